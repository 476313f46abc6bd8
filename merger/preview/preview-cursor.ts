// What one viewer has been sent and has acknowledged, and which tiles come next: first those of which it has seen nothing,
// coarse where that is there, so that there is a whole picture soon; then those of which it has seen that alone; then other
// changed ones. Of each the longest changed first, a bounded number at a time. Newest wins by itself: a tile is read when
// it is sent. Pure.
import { limits } from "../../proto/limits.ts";
import type { TileVersions } from "../tile-versions.ts";

export interface NextFrame {
  readonly frameIndex: number;
  readonly epoch: number;
  readonly tileIndices: readonly number[];
  /** All of them as the coarse preview has them, whatever the film has. */
  readonly isCoarse: boolean;
  /** So many of them, the last ones, it has seen before. */
  readonly refinedCount: number;
  /** With this frame the viewer has been sent all that there was when it joined, or wished. */
  readonly isWhole: boolean;
}

/** A film, or what is made of one. */
export interface VersionedTiles {
  readonly epoch: number;
  readonly versions: TileVersions;
  /** What there is of the tile is so little that what follows is to be seen at once. */
  isRough(tileIndex: number): boolean;
  /** For the first look at a tile there is something coarse, and what else there is says little more. */
  hasCoarse(tileIndex: number): boolean;
}

export interface Look {
  /** At most so many tiles that it has seen before; absent: all. */
  readonly refinementsMax?: number;
  /** Its last frame is so short a while ago that few tiles of which it has seen something rough wait for more. */
  readonly gathers?: boolean;
  /** False: a frame is wanted for what it says beside tiles. */
  readonly isTold?: boolean;
  /** Of an empty film, too, it is to be told that this is all. */
  readonly isAtRest?: boolean;
}

/** Changed tiles of which the viewer has seen nothing; something rough alone; and all others. */
interface Changes {
  readonly unseen: number[];
  readonly rough: number[];
  readonly refined: number[];
}

/** Of tiles that are shown again: a frame for fewer costs more than what it brings (as much as two tiles). */
export const tilesPerFrameMin = 8;

export class PreviewCursor {
  #epoch = 0;
  /** By tile: the version that was sent; 0: none. */
  #sent = new Float64Array(0);
  /** By tile: 1 where what was sent was rough. */
  #rough = new Uint8Array(0);
  #lastFrameIndex = 0;
  #acknowledgedIndex = 0;
  /** It has not had all that there was when it joined, or wished anew. */
  #isOwed = false;
  #refinementCount = 0;
  #isGathering = false;

  /** It has not been told yet that it has all that there was. */
  get isOwed(): boolean {
    return this.#isOwed;
  }

  /** From the beginning: it wishes to see something else. */
  reset(): void {
    this.#epoch = 0;
  }

  /** That frame and all before it. Throws RangeError for one that was never sent. */
  acknowledge(frameIndex: number): void {
    if (frameIndex > this.#lastFrameIndex) throw new RangeError(`frame ${frameIndex} was never sent`);
    this.#acknowledgedIndex = Math.max(this.#acknowledgedIndex, frameIndex);
  }

  /** A film of one tile is whole in each frame: of that there is one on its way. */
  get #hasCredit(): boolean {
    const framesMax = Math.min(limits.previewFramesInFlightMax, this.#sent.length);
    return this.#lastFrameIndex - this.#acknowledgedIndex < framesMax;
  }

  /** Changed tiles that it has seen before and that the last look left out. */
  get refinementCount(): number {
    return this.#refinementCount;
  }

  /** At the last look, tiles of which it has seen something rough were left to wait for more of them. */
  get isGathering(): boolean {
    return this.#isGathering;
  }

  /** undefined: nothing new, or too much unacknowledged. */
  next(state: VersionedTiles | undefined, look: Look = {}): NextFrame | undefined {
    const { refinementsMax = Number.POSITIVE_INFINITY, gathers = false, isTold = true, isAtRest = false } = look;
    this.#isGathering = false;
    if (state === undefined) return undefined;
    if (state.epoch !== this.#epoch) this.#begin(state);
    if (!this.#hasCredit) return undefined;
    const { unseen, rough, refined } = this.#changes(state);
    this.#isGathering = gathers && unseen.length === 0 && rough.length > 0 && rough.length < tilesPerFrameMin;
    const coarse = unseen.filter((tile) => state.hasCoarse(tile));
    const isCoarse = coarse.length > 0;
    const chosen = isCoarse
      ? { first: longestChanged(coarse, state.versions, limits.previewCoarseTilesPerFrameMax), again: [] }
      : this.#fine({ unseen, rough: this.#isGathering ? [] : rough, refined }, state.versions, refinementsMax);
    const { first, again } = chosen;
    const tileIndices = [...first, ...again];
    this.#refinementCount = refined.length - again.length;
    const isWhole =
      this.#isOwed && unseen.length + rough.length <= first.length && !this.#isMoreThan(first, state, isCoarse);
    if (tileIndices.length === 0 && isTold && !(isWhole && isAtRest)) return undefined;
    for (const tile of tileIndices) this.#note(state, tile, isCoarse);
    if (isWhole) this.#isOwed = false;
    this.#lastFrameIndex += 1;
    const frame = { frameIndex: this.#lastFrameIndex, epoch: state.epoch, tileIndices, isCoarse };
    return { ...frame, refinedCount: again.length, isWhole };
  }

  /** The film has more of one of them than the coarse preview: that follows. */
  #isMoreThan(first: readonly number[], state: VersionedTiles, isCoarse: boolean): boolean {
    return isCoarse && first.some((tile) => !state.isRough(tile));
  }

  #fine({ unseen, rough, refined }: Changes, versions: TileVersions, refinementsMax: number) {
    const tilesMax = tilesPerFrameMax(versions.tileCount);
    const first = longestChanged([...unseen, ...rough], versions, tilesMax);
    const room = Math.min(tilesMax - first.length, refinementsMax);
    return { first, again: longestChanged(refined, versions, room) };
  }

  #note(state: VersionedTiles, tile: number, isCoarse: boolean): void {
    const isRough = state.isRough(tile);
    // What the film has beside the coarse preview is still to come.
    this.#sent[tile] = state.versions.of(tile) - (isCoarse && !isRough ? 0.5 : 0);
    this.#rough[tile] = isCoarse || isRough ? 1 : 0;
  }

  #begin({ epoch, versions }: VersionedTiles): void {
    this.#epoch = epoch;
    this.#sent = new Float64Array(versions.tileCount);
    this.#rough = new Uint8Array(versions.tileCount);
    this.#isOwed = true;
  }

  #changes({ versions }: VersionedTiles): Changes {
    const changes: Changes = { unseen: [], rough: [], refined: [] };
    for (let tile = 0; tile < versions.tileCount; tile++) {
      const sent = this.#sent[tile];
      if (versions.of(tile) <= sent) continue;
      if (sent === 0) changes.unseen.push(tile);
      else (this.#rough[tile] === 1 ? changes.rough : changes.refined).push(tile);
    }
    return changes;
  }
}

/**
 * So few that all frames that a viewer has not acknowledged are one picture together: what waits for it anywhere on its way
 * is no more than that. A film of one tile has one frame on its way; coarse tiles are a 64th of whole ones.
 */
export function tilesPerFrameMax(tileCount: number): number {
  return Math.min(limits.previewTilesPerFrameMax, Math.max(1, Math.floor(tileCount / limits.previewFramesInFlightMax)));
}

/** At most `countMax` of them: where that is not all, the longest changed. */
function longestChanged(tiles: number[], versions: TileVersions, countMax: number): number[] {
  if (countMax === 0) return [];
  if (tiles.length <= countMax) return tiles;
  return tiles.sort((a, b) => versions.of(a) - versions.of(b)).slice(0, countMax);
}
