// A film through a checkpoint and back, and checkpoints that are none.
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillFromCheckpoint } from "../../../../merger/checkpoint/decode-film.ts";
import { checkpointPieces } from "../../../../merger/checkpoint/encode-film.ts";
import { FrameWriter, frameKinds } from "../../../../merger/checkpoint/frame.ts";
import { FilmEpoch } from "../../../../merger/film-epoch.ts";
import { filmSha256 } from "../../../../merger/film-hash.ts";
import type { FilmSpec } from "../../../../proto/film-spec.ts";
import { type SessionSpec, SessionSpecSchema } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { filmSpecOf } from "../analytic-samples.ts";
import {
  bytesOf,
  complete,
  filmOf,
  framesOf,
  inPieces,
  knowledgeOf,
  origin,
  type Step,
  steps,
  take,
} from "./random-films.ts";

const spec = filmSpecOf();
const tiny = filmSpecOf({
  widthPx: 8,
  heightPx: 8,
  tileSizePx: 8,
  outputs: ["beauty", "alpha", "luminance2", "depth"],
});

async function restored(
  bytes: Uint8Array,
  into: FilmSpec = spec,
  sessionSpec = origin.sessionSpec,
  pieceSizeBytes = 1000,
) {
  const state = new FilmEpoch(1, into);
  await fillFromCheckpoint(state, inPieces(bytes, pieceSizeBytes), sessionSpec);
  return state;
}

const step = (tile: number, fields: Partial<Step> = {}): Step => ({
  tile,
  quarter: 0,
  begin: 0,
  sampleCount: 4,
  contributor: 0,
  ...fields,
});

describe("a film through a checkpoint", () => {
  it("any film, read in any pieces -> the same hash, ledger, errors and contributors", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 100_000 }), async (all, pieceSizeBytes) => {
        const state = filmOf(spec, all);
        state.contributors.bar(["a wrong node"]);
        const again = await restored(bytesOf(state), spec, origin.sessionSpec, pieceSizeBytes);
        expect(filmSha256(again.film)).toBe(filmSha256(state.film));
        const known = knowledgeOf(state);
        const isVersioned = known.regions.map((regions) => regions.some(({ ranges }) => ranges.length > 0));
        expect(knowledgeOf(again)).toEqual({ ...known, isVersioned });
      }),
      { numRuns: 25 },
    );
  });

  it("a crop, few outputs -> the same", async () => {
    const cropped = filmSpecOf({
      cropWindow: { x0: 9, y0: 5, x1: 38, y1: 23 },
      outputs: ["beauty", "alpha", "luminance2"],
    });
    const state = filmOf(cropped, [step(0), step(3, { quarter: 2 }), step(5, { begin: 9 })]);
    const again = await restored(bytesOf(state), cropped);
    expect(filmSha256(again.film)).toBe(filmSha256(state.film));
    expect(knowledgeOf(again)).toEqual(knowledgeOf(state));
  });

  it("it changes while it is written -> every tile with its own ledger; rendered to the end, the hash of the whole", async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, fc.nat(8), async (before, meanwhile, pieceCount) => {
        const state = filmOf(spec, before);
        const pieces: Uint8Array[] = [];
        for (const piece of checkpointPieces(state, origin, { sampleCount: 0 })) {
          pieces.push(piece.slice());
          if (pieces.length === pieceCount) for (const each of meanwhile) take(state, each);
        }
        const again = await restored(Buffer.concat(pieces));
        complete(again, 14);
        complete(state, 14);
        expect(filmSha256(again.film)).toBe(filmSha256(state.film));
      }),
      { numRuns: 15 },
    );
  });

  it("sums of 32, 40, 48 and 53 bits -> exact, in as many bytes", async () => {
    const sizes: number[] = [];
    for (const bits of [31, 39, 47, 52]) {
      const state = new FilmEpoch(1, tiny);
      state.ledger.record(0, tiny.cropWindow, 0, 4096);
      state.contributors.note(
        { computation: "a", nodeId: "", clampedCount: 0, nonFiniteCount: 0 },
        0,
        { t: "added", sampleCount: 4096 },
        64,
      );
      state.film.counts.fill(4096);
      const sums = [2 ** bits - 1, -(2 ** bits), 4, -1, 0, 1];
      (state.film.planes[0] as Float64Array).set(sums);
      const bytes = bytesOf(state);
      sizes.push(bytes.byteLength);
      const again = await restored(bytes, tiny);
      expect([...(again.film.planes[0] as Float64Array).slice(0, 6)]).toEqual(sums);
    }
    const [first = 0] = sizes;
    expect(sizes.map((size) => size - first)).toEqual([0, 64, 128, 256]);
  });

  it("it counts the samples that it wrote", () => {
    const count = { sampleCount: 0 };
    bytesOf(filmOf(spec, [step(0), step(1, { quarter: 1 })]), origin, count);
    expect(count.sampleCount).toBe(16 * 16 * 4 + 8 * 8 * 4);
  });
});

const broken = { code: "checkpoint-broken" };

describe("a checkpoint that is none", () => {
  const sound = bytesOf(filmOf(tiny, [step(0), step(0, { begin: 8, contributor: 1 })]));

  it("cut short anywhere, or followed by anything -> refused", async () => {
    for (let sizeBytes = 0; sizeBytes < sound.byteLength; sizeBytes++) {
      await expect(restored(sound.subarray(0, sizeBytes), tiny), `${sizeBytes} bytes`).rejects.toMatchObject(broken);
    }
    for (const more of [Buffer.alloc(1), Buffer.alloc(16), sound.subarray(8), sound]) {
      await expect(restored(Buffer.concat([sound, more]), tiny)).rejects.toMatchObject(broken);
    }
  });

  it("any one bit is another -> refused", async () => {
    for (let at = 0; at < sound.byteLength; at++) {
      const bytes = Buffer.from(sound);
      bytes[at] ^= 1 << ((at * 5) % 8);
      await expect(restored(bytes, tiny), `byte ${at}`).rejects.toMatchObject(broken);
    }
  });

  it("a tile twice, tiles out of order, no header, two headers -> refused", async () => {
    const frames = framesOf(filmOf(spec, [step(0), step(1)]));
    expect(frames).toHaveLength(5);
    for (const order of [
      [0, 1, 2, 2, 4],
      [0, 1, 3, 2, 4],
      [0, 2, 3, 4],
      [0, 1, 1, 2, 3, 4],
      [0, 1, 2, 4],
      [0, 1, 2, 3],
    ]) {
      const bytes = Buffer.concat(order.map((at) => frames[at]));
      await expect(restored(bytes), order.join()).rejects.toMatchObject(broken);
    }
  });

  it("a frame that would take too much memory -> refused before it is taken", async () => {
    const frame = Buffer.from(new FrameWriter().frame(frameKinds.header, new Uint8Array(0)));
    frame.writeUInt32LE(2 ** 31, 8);
    await expect(restored(Buffer.concat([Buffer.from("ARRASCP1"), frame]))).rejects.toMatchObject(broken);
  });

  it("its source fails -> what the source says", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield sound.subarray(0, 100);
      throw new Error("the disk is gone");
    }
    await expect(fillFromCheckpoint(new FilmEpoch(1, tiny), failing(), origin.sessionSpec)).rejects.toThrow(
      "the disk is gone",
    );
  });
});

describe("a checkpoint of something else", () => {
  const session = (render: SessionSpec["render"] | object) =>
    toBinary(SessionSpecSchema, create(SessionSpecSchema, { render: render as object, budget: { spp: 4 } }));
  const mismatch = { code: "checkpoint-mismatch" };

  it("another film -> refused", async () => {
    const bytes = bytesOf(filmOf(spec, [step(0)]));
    for (const other of [{ maxSpp: 8192 }, { widthPx: 41 }, { tileSizePx: 8 }]) {
      await expect(restored(bytes, filmSpecOf(other))).rejects.toMatchObject(mismatch);
    }
  });

  it("another scene, camera or seed -> refused; another budget -> taken", async () => {
    const bytes = bytesOf(filmOf(spec, [step(0)]), {
      sessionId: "s",
      sessionSpec: session({ scenePath: "/a.glb", seed: 1 }),
    });
    for (const other of [
      { scenePath: "/b.glb", seed: 1 },
      { scenePath: "/a.glb", seed: 2 },
      { scenePath: "/a.glb", seed: 1, camera: { name: "c" } },
    ]) {
      await expect(restored(bytes, spec, session(other))).rejects.toMatchObject(mismatch);
    }
    await expect(restored(bytes, spec, new Uint8Array())).rejects.toMatchObject(mismatch);
    const more = create(SessionSpecSchema, { render: { scenePath: "/a.glb", seed: 1 }, budget: { spp: 64 } });
    await restored(bytes, spec, toBinary(SessionSpecSchema, more));
  });
});
