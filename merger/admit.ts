// Whether a unit's contribution enters the film. Adding and recording are one synchronous step: nothing can be in the
// film and not in the ledger, or the other way round, however often and in whatever order contributions come.
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import { wholeTiles } from "../proto/tiling.ts";
import { type Unit, unitKey } from "../proto/unit.ts";
import type { WirePlane } from "../proto/wire-plane.ts";
import { malformed } from "./contribution-reader.ts";
import type { FilmEpoch } from "./film-epoch.ts";

/**
 * `added`: it is in, the film changed. `coarse`: it is in the preview, which has all of its points with it where
 * `completes`. `duplicate`, `stale` (of an older epoch, or
 * granted on the word of samples that were taken out) and `refused`: nothing changed.
 */
export type Admission =
  | { readonly t: "added"; readonly sampleCount: number }
  | { readonly t: "coarse"; readonly completes: boolean }
  | { readonly t: "duplicate" }
  | { readonly t: "stale" }
  | { readonly t: "refused"; readonly error: ArrasError };

export function admit(state: FilmEpoch, unit: Unit, planes: readonly WirePlane[]): Admission {
  if (unit.epoch < state.epoch) return { t: "stale" };
  try {
    requireSound(state, unit);
    return unit.stridePx === 1 ? admitToFilm(state, unit, planes) : admitToPreview(state, unit, planes);
  } catch (thrown) {
    if (thrown instanceof ArrasError) return { t: "refused", error: thrown };
    throw thrown;
  }
}

function admitToFilm(state: FilmEpoch, unit: Unit, planes: readonly WirePlane[]): Admission {
  const { tileIndex, rect, sampleBegin, sampleEnd } = unit;
  const coverage = state.ledger.coverage(tileIndex, rect, sampleBegin, sampleEnd);
  if (coverage === "misplaced") throw malformed(`unit ${unitKey(unit)} is neither its tile nor a quarter of it`);
  if (coverage === "all") return { t: "duplicate" };
  if (state.isUnasked(tileIndex, sampleBegin)) return { t: "stale" };
  if (coverage === "partial") throw overlaps(unit);
  const sampleCount = sampleEnd - sampleBegin;
  state.film.add({ rect, sampleCount, planes });
  state.ledger.record(tileIndex, rect, sampleBegin, sampleEnd);
  state.noteChanged(tileIndex);
  return { t: "added", sampleCount };
}

function admitToPreview(state: FilmEpoch, unit: Unit, planes: readonly WirePlane[]): Admission {
  if (unit.sampleEnd !== 1) throw malformed(`unit ${unitKey(unit)} is coarse but not sample 0`);
  const tileIndices = wholeTiles(state.tiling, unit.rect);
  if (tileIndices === undefined || tileIndices[0] !== unit.tileIndex) {
    throw malformed(`unit ${unitKey(unit)} is coarse but no whole tiles`);
  }
  // Points are as they were where another unit brought them: nobody need look again.
  const wasWhole = state.coarse.isWhole;
  for (const tile of state.coarse.add(unit.rect, tileIndices, planes)) state.versions.raise(tile);
  return { t: "coarse", completes: state.coarse.isWhole && !wasWhole };
}

function requireSound(state: FilmEpoch, unit: Unit): void {
  const { tileIndex, sampleBegin, sampleEnd, stridePx } = unit;
  if (unit.epoch !== state.epoch) throw epochNotOpen(state, unit);
  if (!Number.isSafeInteger(tileIndex) || tileIndex < 0 || tileIndex >= state.tiling.tileCount) {
    throw malformed(`tile ${tileIndex} is not one of the film's ${state.tiling.tileCount}`);
  }
  const integers = Number.isSafeInteger(sampleBegin) && Number.isSafeInteger(sampleEnd);
  if (!integers || sampleBegin < 0 || sampleEnd <= sampleBegin || sampleEnd > state.spec.maxSpp) {
    throw malformed(`samples [${sampleBegin}, ${sampleEnd}) are not a range within [0, ${state.spec.maxSpp})`);
  }
  if (stridePx !== 1 && stridePx !== limits.coarseStridePx) throw malformed(`stride ${stridePx} is neither 1 nor 8`);
}

function overlaps(unit: Unit): ArrasError {
  return new ArrasError("contribution-overlaps", {
    message: "Some of the contribution's samples are in the film already, others are not",
    action: "Units of one epoch must not overlap in part; this is a mistake of the planner, please report it.",
    place: { unit: unitKey(unit) },
  });
}

function epochNotOpen(state: FilmEpoch, unit: Unit): ArrasError {
  return new ArrasError("session-state", {
    message: `Epoch ${unit.epoch} is not open; the film is at epoch ${state.epoch}`,
    action: "Open the film of an epoch before work for it is granted.",
    place: { unit: unitKey(unit) },
  });
}
