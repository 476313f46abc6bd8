// Films as rendering makes them: units of random tiles, cuts and sample ranges, from several contributors.
import fc from "fast-check";
import { admit } from "../../../../merger/admit.ts";
import { type CheckpointCount, checkpointPieces } from "../../../../merger/checkpoint/encode-film.ts";
import { FilmEpoch } from "../../../../merger/film-epoch.ts";
import type { FilmSpec } from "../../../../proto/film-spec.ts";
import { areaPx } from "../../../../proto/rect.ts";
import { quarters, tileRect } from "../../../../proto/tiling.ts";
import type { Unit } from "../../../../proto/unit.ts";
import { planesOf } from "../analytic-samples.ts";

/** Not yet fitted to a film: `tile` and `quarter` are taken modulo what there is. */
export interface Step {
  readonly tile: number;
  /** 0: the whole tile; else one of its quarters. */
  readonly quarter: number;
  readonly begin: number;
  readonly sampleCount: number;
  readonly contributor: number;
}

export const steps = fc.array(
  fc.record({
    tile: fc.nat(100),
    quarter: fc.constantFrom(0, 0, 0, 1, 2, 3, 4),
    begin: fc.constantFrom(0, 1, 2, 4, 9),
    sampleCount: fc.constantFrom(1, 2, 4),
    contributor: fc.nat(4),
  }),
  { maxLength: 15 },
);

export function take(state: FilmEpoch, step: Step): void {
  const tileIndex = step.tile % state.tiling.tileCount;
  const whole = tileRect(state.tiling, tileIndex);
  const parts = quarters(whole);
  const rect = step.quarter === 0 ? whole : parts[step.quarter % parts.length];
  const { begin, sampleCount } = step;
  takeUnit(
    state,
    { epoch: state.epoch, tileIndex, rect, sampleBegin: begin, sampleEnd: begin + sampleCount, stridePx: 1 },
    step.contributor,
  );
}

/** Overlaps are refused, as in life. */
export function takeUnit(state: FilmEpoch, unit: Unit, contributor = 0): void {
  const origin = {
    computation: `mcrt_i${contributor % 3}`,
    nodeId: `node ${contributor}`,
    clampedCount: contributor,
    nonFiniteCount: 1,
  };
  const admission = admit(state, unit, planesOf(state.spec, unit));
  state.contributors.note(origin, unit.tileIndex, admission, areaPx(unit.rect));
}

export function filmOf(spec: FilmSpec, all: readonly Step[]): FilmEpoch {
  const state = new FilmEpoch(1, spec);
  for (const step of all) take(state, step);
  return state;
}

/** Samples that are missing below `spp`, whatever is there already. */
export function complete(state: FilmEpoch, spp: number): void {
  for (let tileIndex = 0; tileIndex < state.tiling.tileCount; tileIndex++) {
    for (const { rect, ranges } of state.ledger.regions(tileIndex)) {
      let begin = 0;
      for (const range of [...ranges, { begin: spp, end: spp }]) {
        const sampleEnd = Math.min(range.begin, spp);
        if (sampleEnd > begin)
          takeUnit(state, { epoch: state.epoch, tileIndex, rect, sampleBegin: begin, sampleEnd, stridePx: 1 });
        begin = range.end;
      }
    }
  }
}

export const origin = { sessionId: "s", sessionSpec: new Uint8Array() };

export function bytesOf(state: FilmEpoch, from = origin, count: CheckpointCount = { sampleCount: 0 }): Buffer {
  return Buffer.concat(framesOf(state, from, count));
}

/** Copies of the pieces: each of them is in the memory of the one before. */
export function framesOf(state: FilmEpoch, from = origin, count: CheckpointCount = { sampleCount: 0 }): Buffer[] {
  const pieces: Buffer[] = [];
  for (const piece of checkpointPieces(state, from, count)) pieces.push(Buffer.from(piece));
  return pieces;
}

/** In pieces of this size, through one piece of memory. */
export async function* inPieces(bytes: Uint8Array, sizeBytes = 1000): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(sizeBytes);
  for (let begin = 0; begin < bytes.byteLength; begin += sizeBytes) {
    const part = bytes.subarray(begin, begin + sizeBytes);
    piece.set(part);
    yield piece.subarray(0, part.byteLength);
  }
}

/** All that is known of a film, to be compared. */
export function knowledgeOf(state: FilmEpoch) {
  const tiles = Array.from({ length: state.tiling.tileCount }, (_, tile) => tile);
  return {
    regions: tiles.map((tile) => state.ledger.regions(tile)),
    errors: tiles.map((tile) => state.errors(tile)),
    shares: tiles.map((tile) => state.contributors.shares(tile)),
    contributors: state.contributors.all,
    totals: state.contributors.totals(),
    barred: state.contributors.barredNodeIds,
    isVersioned: tiles.map((tile) => state.versions.of(tile) > 0),
  };
}
