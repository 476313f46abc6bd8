import { describe, expect, it } from "vitest";
import type { Clock } from "../../../host/clock.ts";
import { Film } from "../../../merger/film.ts";
import type { FilmEpoch } from "../../../merger/film-epoch.ts";
import { filmSha256 } from "../../../merger/film-hash.ts";
import { Merger } from "../../../merger/merger.ts";
import { limits } from "../../../proto/limits.ts";
import { tileRect, tilingOf } from "../../../proto/tiling.ts";
import type { Unit } from "../../../proto/unit.ts";
import { filmSpecOf, planesOf } from "./analytic-samples.ts";

const spec = filmSpecOf();
const tiling = tilingOf(spec.cropWindow, spec.tileSizePx);

/** Time that stands until it is moved. */
class FakeClock implements Clock {
  #nowMs = 1000;
  #waiting: { dueMs: number; action: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void) {
    const entry = { dueMs: this.#nowMs + delayMs, action };
    this.#waiting.push(entry);
    return {
      cancel: () => {
        this.#waiting = this.#waiting.filter((one) => one !== entry);
      },
    };
  }

  move(byMs: number): void {
    this.#nowMs += byMs;
    const due = this.#waiting.filter((one) => one.dueMs <= this.#nowMs);
    this.#waiting = this.#waiting.filter((one) => one.dueMs > this.#nowMs);
    for (const one of due) one.action();
  }
}

function unitOf(tileIndex: number, sampleBegin: number, sampleEnd: number, epoch = 1): Unit {
  return { epoch, tileIndex, rect: tileRect(tiling, tileIndex), sampleBegin, sampleEnd, stridePx: 1 };
}

const origin = { computation: "mcrt_i0", nodeId: "n", clampedCount: 0, nonFiniteCount: 0 };

function contribute(merger: Merger, unit: Unit, computation = "mcrt_i0") {
  return merger.contribute(unit, planesOf(spec, unit), {
    computation,
    nodeId: "n",
    clampedCount: 1,
    nonFiniteCount: 0,
  });
}

describe("merger", () => {
  it("no film → contributions are refused and no receipt is given", async () => {
    const merger = new Merger(new FakeClock());
    expect(contribute(merger, unitOf(0, 0, 1))).toMatchObject({ t: "refused", error: { code: "session-state" } });
    await expect(merger.receipt()).rejects.toMatchObject({ code: "session-state" });
  });

  it("a film opens, then many changes at once → watchers wake at once for either, then once per interval", () => {
    const clock = new FakeClock();
    const merger = new Merger(clock);
    let wakeCount = 0;
    merger.watch(() => {
      wakeCount += 1;
    });
    merger.open(1, spec);
    clock.move(0);
    expect(wakeCount).toBe(1);
    for (let tile = 0; tile < 4; tile++) contribute(merger, unitOf(tile, 0, 1));
    clock.move(0);
    expect(wakeCount).toBe(2);
    for (let tile = 0; tile < 4; tile++) contribute(merger, unitOf(tile, 1, 2));
    clock.move(limits.tileStatusIntervalMs - 1);
    expect(wakeCount).toBe(2);
    clock.move(1);
    expect(wakeCount).toBe(3);
    clock.move(1000);
    expect(wakeCount).toBe(3);
    contribute(merger, unitOf(0, 2, 3));
    clock.move(0);
    expect(wakeCount).toBe(4);
  });

  it("nothing added → nobody wakes", () => {
    const clock = new FakeClock();
    const merger = new Merger(clock);
    merger.open(1, spec);
    contribute(merger, unitOf(0, 0, 1));
    clock.move(100);
    merger.watch(() => {
      throw new Error("woken");
    });
    expect(contribute(merger, unitOf(0, 0, 1)).t).toBe("duplicate");
    expect(merger.contribute(unitOf(1, 0, 1), [], origin).t).toBe("refused");
    expect(contribute(merger, unitOf(1, 0, 1, 2)).t).toBe("refused");
    clock.move(100);
  });

  it("watchers have a bound, and one that left makes room", () => {
    const merger = new Merger(new FakeClock());
    const stops = Array.from({ length: limits.tileWatchersMax }, () => merger.watch(() => {}));
    expect(() => merger.watch(() => {})).toThrow(expect.objectContaining({ code: "unavailable" }));
    stops[0]();
    merger.watch(() => {});
  });

  it("many look at pictures -> bounded, and none of them takes a ledger watcher's place or counts as one", () => {
    const clock = new FakeClock();
    const merger = new Merger(clock);
    let wakeCount = 0;
    const wake = () => {
      wakeCount += 1;
    };
    const stops = Array.from({ length: limits.previewStreamsMax }, () => merger.look(() => wake()));
    expect(() => merger.look(() => {})).toThrow(expect.objectContaining({ code: "unavailable" }));
    expect(merger.hasWatchers).toBe(false);
    merger.watch(() => {});
    expect(merger.hasWatchers).toBe(true);
    merger.open(1, spec);
    contribute(merger, unitOf(0, 0, 1));
    clock.move(100);
    expect(wakeCount).toBeGreaterThanOrEqual(limits.previewStreamsMax);
    stops[0]();
    merger.look(() => {});
  });

  it("opening again the same is nothing, another for the same epoch or a lower one is refused", () => {
    const merger = new Merger(new FakeClock());
    merger.open(2, spec);
    const state = merger.state;
    merger.open(2, { ...spec, outputs: [...spec.outputs] });
    expect(merger.state).toBe(state);
    const refusal = expect.objectContaining({ code: "session-state" });
    expect(() => merger.open(2, { ...spec, tileSizePx: 32 })).toThrow(refusal);
    expect(() => merger.open(1, spec)).toThrow(refusal);
    expect(merger.state).toBe(state);
    merger.open(3, spec);
    expect(merger.state?.epoch).toBe(3);
  });

  it("a film is restored -> open when it is filled, and said so each time; not filled -> no film", async () => {
    const merger = new Merger(new FakeClock());
    const fill = async (state: FilmEpoch) => {
      expect(merger.state).toBeUndefined();
      state.ledger.record(0, tileRect(tiling, 0), 0, 1);
      return true;
    };
    expect(await merger.restore(1, spec, fill)).toBe(true);
    expect(contribute(merger, unitOf(0, 0, 1)).t).toBe("duplicate");
    expect(await merger.restore(1, spec, () => Promise.reject(new Error("filled twice")))).toBe(true);
    await expect(merger.restore(2, spec, () => Promise.reject(new Error("no disk")))).rejects.toThrow("no disk");
    expect(merger.state).toBeUndefined();
    expect(await merger.restore(2, spec, async () => false)).toBe(false);
    await expect(merger.restore(1, spec, fill)).rejects.toMatchObject({ code: "session-state" });
  });

  it("another film is opened while one is restored -> that one stays", async () => {
    const merger = new Merger(new FakeClock());
    const restoring = merger.restore(1, spec, async () => {
      merger.open(1, spec);
      return true;
    });
    await expect(restoring).rejects.toMatchObject({ code: "session-state" });
    expect(merger.state?.epoch).toBe(1);
  });

  it("samples are taken out -> watchers wake; nothing of theirs is in -> nobody does", () => {
    const clock = new FakeClock();
    const merger = new Merger(clock);
    const suspects = { computations: ["mcrt_i0"], nodeIds: [] };
    expect(() => merger.takeOut(suspects)).toThrow(expect.objectContaining({ code: "session-state" }));
    merger.open(1, spec);
    contribute(merger, unitOf(0, 0, 2));
    contribute(merger, unitOf(0, 2, 3), "another");
    clock.move(100);
    let wakeCount = 0;
    merger.watch(() => {
      wakeCount += 1;
    });
    expect(merger.takeOut(suspects)).toEqual({ tileCount: 1, sampleCount: 3 * 256 });
    clock.move(100);
    expect(merger.takeOut(suspects)).toEqual({ tileCount: 0, sampleCount: 0 });
    clock.move(100);
    expect(wakeCount).toBe(1);
  });

  it("the receipt counts what each computation gave", async () => {
    const merger = new Merger(new FakeClock());
    merger.open(1, spec);
    contribute(merger, unitOf(0, 0, 4), "a");
    contribute(merger, unitOf(0, 0, 4), "b");
    contribute(merger, unitOf(1, 0, 2), "b");
    const receipt = await merger.receipt();
    expect(receipt.contributors).toEqual([
      { computation: "a", sampleCount: 1024, unitCount: 1, duplicateCount: 0, clampedCount: 1, nonFiniteCount: 0 },
      { computation: "b", sampleCount: 512, unitCount: 1, duplicateCount: 1, clampedCount: 1, nonFiniteCount: 0 },
    ]);
    expect(receipt).toMatchObject({ epoch: 1, sampleCount: 1536, sppMin: 0, sppMax: 4, sppMean: 1536 / 960 });
    expect(receipt.filmSha256).toBe(filmSha256(merger.requireOpen().film));
  });

  it("a film that changes while it is hashed → hash and film are of one moment all the same", async () => {
    const large = filmSpecOf({ widthPx: 1024, heightPx: 1024, tileSizePx: 256 });
    const merger = new Merger(new FakeClock());
    merger.open(1, large);
    const rect = { x0: 0, y0: 0, x1: 16, y1: 16 };
    const parts = Array.from({ length: 40 }, (_, at) => ({
      epoch: 1,
      tileIndex: 0,
      rect,
      sampleBegin: at,
      sampleEnd: at + 1,
      stridePx: 1,
    }));
    const disturb = () => {
      const unit = parts.shift();
      if (unit === undefined) return;
      expect(merger.contribute(unit, planesOf(large, unit), origin).t).toBe("added");
      setImmediate(disturb);
    };
    disturb();
    const [sha256, again, counts] = await merger.atOneMoment(({ film }, hash) => [
      hash,
      filmSha256(film),
      film.counts[0],
    ]);
    expect(sha256).toBe(again);
    expect(counts).toBeGreaterThan(0);
    expect(sha256).not.toBe(filmSha256(new Film(large)));
  });

  it("a film beyond all memory → memory-exceeded, and a smaller one can be opened after it", () => {
    const merger = new Merger(new FakeClock());
    const impossible = { x0: 0, y0: 0, x1: 2 ** 30, y1: 2 ** 30 };
    const huge = { ...spec, widthPx: 2 ** 30, heightPx: 2 ** 30, tileSizePx: 2 ** 30, cropWindow: impossible };
    expect(() => merger.open(1, huge)).toThrow(expect.objectContaining({ code: "memory-exceeded" }));
    merger.open(1, spec);
    expect(contribute(merger, unitOf(0, 0, 1)).t).toBe("added");
  });
});
