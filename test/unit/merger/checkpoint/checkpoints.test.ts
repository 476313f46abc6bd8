// Checkpoints written and read while the merger goes on, with a store in memory.
import { describe, expect, it } from "vitest";
import { type CheckpointSurroundings, Checkpoints } from "../../../../merger/checkpoint/checkpoints.ts";
import { filmSha256 } from "../../../../merger/film-hash.ts";
import { Merger } from "../../../../merger/merger.ts";
import { tileRect, tilingOf } from "../../../../proto/tiling.ts";
import type { Unit } from "../../../../proto/unit.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { MemoryObjectStore } from "../../../fakes/memory-object-store.ts";
import { filmSpecOf, planesOf } from "../analytic-samples.ts";

const film = filmSpecOf();
const tiling = tilingOf(film.cropWindow, film.tileSizePx);
const never = new AbortController().signal;
const opening = { epoch: 1, film, checkpoint: "", sessionSpec: new Uint8Array(0) };

function stage(store: CheckpointSurroundings["store"] = new MemoryObjectStore()) {
  const merger = new Merger(new FakeClock());
  const checkpoints = new Checkpoints({ merger, sessionId: "s", store });
  const contribute = (tileIndex: number, sampleBegin = 0, sampleEnd = 1) => {
    const unit: Unit = { epoch: 1, tileIndex, rect: tileRect(tiling, tileIndex), sampleBegin, sampleEnd, stridePx: 1 };
    const origin = { computation: "mcrt_i0", nodeId: "n", clampedCount: 0, nonFiniteCount: 0 };
    return merger.contribute(unit, planesOf(film, unit), origin);
  };
  const hash = () => filmSha256(merger.requireOpen().film);
  return { merger, checkpoints, contribute, hash };
}

/** Does something between the pieces of what is added. */
class InterruptedStore extends MemoryObjectStore {
  readonly #interrupt: (pieceIndex: number) => void;

  constructor(interrupt: (pieceIndex: number) => void) {
    super();
    this.#interrupt = interrupt;
  }

  override add(source: AsyncIterable<Uint8Array>, options = {}) {
    const interrupt = this.#interrupt;
    async function* interrupted() {
      let pieceIndex = 0;
      for await (const piece of source) {
        yield piece;
        interrupt(pieceIndex++);
      }
    }
    return super.add(interrupted(), options);
  }
}

describe("checkpoints", () => {
  it("written, then restored in another process -> the same film", async () => {
    const store = new MemoryObjectStore();
    const first = stage(store);
    expect(await first.checkpoints.open(opening, never)).toBe(false);
    for (let tile = 0; tile < tiling.tileCount; tile++) first.contribute(tile);
    const written = await first.checkpoints.write(never);
    expect(written.sampleCount).toBe(40 * 24);
    expect(store.objects.get(written.digest)?.byteLength).toBe(written.sizeBytes);
    const second = stage(store);
    expect(await second.checkpoints.open({ ...opening, checkpoint: written.digest }, never)).toBe(true);
    expect(second.hash()).toBe(first.hash());
    expect((await second.merger.receipt()).contributors).toEqual((await first.merger.receipt()).contributors);
  });

  it("contributions come while it is written -> taken in; what is restored goes on to the same film", async () => {
    const store: MemoryObjectStore = new InterruptedStore(
      (pieceIndex) => void first.contribute(pieceIndex % tiling.tileCount),
    );
    const first = stage(store);
    await first.checkpoints.open(opening, never);
    for (let tile = 0; tile < tiling.tileCount; tile++) first.contribute(tile, 1, 2);
    const { digest } = await first.checkpoints.write(never);
    const second = stage(store);
    await second.checkpoints.open({ ...opening, checkpoint: digest }, never);
    for (const { contribute } of [first, second]) {
      for (let tile = 0; tile < tiling.tileCount; tile++) contribute(tile);
    }
    expect(second.hash()).toBe(first.hash());
  });

  it("two are asked for at once -> one after the other, the second with what came meanwhile", async () => {
    const { checkpoints, contribute } = stage();
    await checkpoints.open(opening, never);
    contribute(0);
    const first = checkpoints.write(never);
    const second = checkpoints.write(never);
    await first;
    contribute(1);
    expect((await second).sampleCount).toBeGreaterThan((await first).sampleCount);
  });

  it("the film is replaced, or samples are taken out, while it is written -> refused, nothing stored; the next is written", async () => {
    for (const change of ["replace", "take out"]) {
      const store: MemoryObjectStore = new InterruptedStore((pieceIndex) => {
        if (pieceIndex !== 2 || hasChanged) return;
        hasChanged = true;
        if (change === "replace") merger.open(2, film);
        else merger.takeOut({ computations: ["mcrt_i0"], nodeIds: [] });
      });
      let hasChanged = false;
      const { checkpoints, contribute, merger } = stage(store);
      await checkpoints.open(opening, never);
      contribute(0);
      contribute(1);
      await expect(checkpoints.write(never)).rejects.toMatchObject({ code: "session-state" });
      expect(store.objects.size).toBe(0);
      expect(await checkpoints.write(never)).toMatchObject({ sampleCount: 0 });
    }
  });

  it("there is no store, no film, or nobody waits any more -> told so", async () => {
    const { checkpoints } = stage();
    await expect(checkpoints.write(never)).rejects.toMatchObject({ code: "session-state" });
    await checkpoints.open(opening, never);
    await expect(checkpoints.write(AbortSignal.abort())).rejects.toMatchObject({ code: "cancelled" });
    const without = new Checkpoints({ merger: new Merger(new FakeClock()), sessionId: "s", store: undefined });
    await without.open(opening, never);
    await expect(without.write(never)).rejects.toMatchObject({ code: "unavailable" });
  });
});
