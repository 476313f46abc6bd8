// The film of one epoch with all that is known about it: ledger, contributors, versions, coarse preview, errors at
// decision counts.
// One value that the merger replaces when a higher epoch opens.
import type { FilmSpec } from "../proto/film-spec.ts";
import { type StopRule, standingBy } from "../proto/stop-rule.ts";
import { type Tiling, tileRect, tilingOf } from "../proto/tiling.ts";
import { CoarsePreview } from "./coarse-preview.ts";
import { Contributors, type Suspects } from "./contributors.ts";
import { tileError } from "./error-estimate.ts";
import { Film } from "./film.ts";
import { Ledger } from "./ledger.ts";
import { TileVersions } from "./tile-versions.ts";

export interface ErrorAtCount {
  /** A power of two, at least 2. */
  readonly spp: number;
  readonly error: number;
}

export class FilmEpoch {
  readonly epoch: number;
  readonly spec: FilmSpec;
  readonly tiling: Tiling;
  readonly film: Film;
  readonly ledger: Ledger;
  /** Of all that is to be seen of a tile. */
  readonly versions: TileVersions;
  /** Of what its ledger says: the coarse preview has no part in it. */
  readonly ledgerVersions: TileVersions;
  readonly coarse: CoarsePreview;
  readonly contributors = new Contributors();
  /** How often samples were taken out: what was read of the film before is void. */
  takeOutCount = 0;
  /** Processor time that went into its contributions. */
  renderedMs = 0;
  readonly #errors = new Map<number, ErrorAtCount[]>();
  /** Set once samples may have been granted on the word of such as were taken out. */
  #stopRule: StopRule | undefined;

  constructor(epoch: number, spec: FilmSpec) {
    this.epoch = epoch;
    this.spec = spec;
    this.tiling = tilingOf(spec.cropWindow, spec.tileSizePx);
    this.film = new Film(spec);
    this.ledger = new Ledger(this.tiling);
    this.versions = new TileVersions(this.tiling.tileCount);
    this.ledgerVersions = new TileVersions(this.tiling.tileCount);
    this.coarse = new CoarsePreview(spec, this.tiling);
  }

  errors(tileIndex: number): readonly ErrorAtCount[] {
    return this.#errors.get(tileIndex) ?? [];
  }

  /** After every change of a tile's film: raises its version, and keeps the error where decisions may be taken. */
  noteChanged(tileIndex: number): void {
    this.#raise(tileIndex);
    const spp = this.ledger.contiguousSpp(tileIndex);
    if (!isDecisionCount(spp) || !this.ledger.isExactly(tileIndex, spp)) return;
    const known = this.#errors.get(tileIndex) ?? [];
    if (known.some((one) => one.spp === spp)) return;
    const error = tileError(this.film, tileRect(this.tiling, tileIndex));
    if (error !== undefined) this.#errors.set(tileIndex, [...known, { spp, error }]);
  }

  /** Nothing but the coarse preview: whatever comes next is worth being seen at once. */
  isRough(tileIndex: number): boolean {
    return this.ledger.contiguousSpp(tileIndex) === 0;
  }

  /** For a first look the coarse preview says as much as the film, for a tenth of the time. */
  hasCoarse(tileIndex: number): boolean {
    return this.ledger.contiguousSpp(tileIndex) <= 1 && this.coarse.has(tileIndex);
  }

  /** Empties a tile, so that it is rendered again: what came from a node that was found wrong. */
  clearTile(tileIndex: number): void {
    this.film.clear(tileRect(this.tiling, tileIndex));
    this.ledger.clearTile(tileIndex);
    this.contributors.clearTile(tileIndex);
    this.#errors.delete(tileIndex);
    this.#raise(tileIndex);
  }

  /**
   * Once samples were taken out: samples from `sampleBegin` on are not asked for by the tile's errors. A tile that is
   * cut has none at some counts, because of a hole; it goes on to its budget in any case.
   */
  isUnasked(tileIndex: number, sampleBegin: number): boolean {
    if (this.#stopRule === undefined || this.ledger.regions(tileIndex).length > 1) return false;
    const errors = this.errors(tileIndex);
    const { spp } = standingBy(this.#stopRule, (count) => errors.find((one) => one.spp === count)?.error);
    return sampleBegin >= spp;
  }

  /**
   * Empties every tile that has samples of `suspects`, and those whose errors do not tell how far they have to go: from now
   * on these alone are asked. Refuses what those nodes send from now on.
   */
  takeOut(suspects: Suspects): { readonly tileCount: number; readonly sampleCount: number } {
    this.#stopRule = suspects.stopRule ?? this.#stopRule;
    this.contributors.bar(suspects.nodeIds);
    const suspected = new Set(this.contributors.tilesOf(suspects));
    const tiles = [...Array(this.tiling.tileCount).keys()].filter(
      (tile) => suspected.has(tile) || this.#isBeyond(tile),
    );
    let sampleCount = 0;
    for (const tileIndex of tiles) {
      for (const share of this.contributors.shares(tileIndex)) sampleCount += share.sampleCount;
      this.clearTile(tileIndex);
    }
    if (tiles.length > 0) this.takeOutCount += 1;
    return { tileCount: tiles.length, sampleCount };
  }

  /** It has samples that its errors do not ask for: after a loss, the later ones were there again before the first. */
  #isBeyond(tileIndex: number): boolean {
    const lastEnd = Math.max(
      0,
      ...this.ledger.regions(tileIndex).flatMap(({ ranges }) => ranges.map(({ end }) => end)),
    );
    return lastEnd > 0 && this.isUnasked(tileIndex, lastEnd - 1);
  }

  /** Of a checkpoint's tile, whose samples are in film and ledger already. */
  restoreErrors(tileIndex: number, errors: readonly ErrorAtCount[]): void {
    if (errors.length > 0) this.#errors.set(tileIndex, [...errors]);
    this.#raise(tileIndex);
  }

  #raise(tileIndex: number): void {
    this.versions.raise(tileIndex);
    this.ledgerVersions.raise(tileIndex);
  }
}

/** Powers of two from 2: adaptive decisions are taken only there, so that they do not depend on arrival (DESIGN 6). */
export function isDecisionCount(spp: number): boolean {
  return spp >= 2 && (spp & (spp - 1)) === 0;
}
