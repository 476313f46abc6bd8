// What one viewer has been sent and has acknowledged, and which tiles come next: first those of which it has seen nothing
// or the coarse preview alone, then other changed ones, each the longest changed first, a bounded number at a time. Newest
// wins by itself: a tile is read when it is sent. Pure.
import { limits } from "../../proto/limits.ts";
import type { TileVersions } from "../tile-versions.ts";

export interface NextFrame {
  readonly frameIndex: number;
  readonly epoch: number;
  readonly tileIndices: readonly number[];
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
}

/** Changed tiles of which the viewer has seen nothing, or something rough; and all others. */
interface Changes {
  readonly first: number[];
  readonly refined: number[];
}

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

  /** From the beginning: it wishes to see something else. */
  reset(): void {
    this.#epoch = 0;
  }

  /** That frame and all before it. Throws RangeError for one that was never sent. */
  acknowledge(frameIndex: number): void {
    if (frameIndex > this.#lastFrameIndex) throw new RangeError(`frame ${frameIndex} was never sent`);
    this.#acknowledgedIndex = Math.max(this.#acknowledgedIndex, frameIndex);
  }

  get hasCredit(): boolean {
    return this.#lastFrameIndex - this.#acknowledgedIndex < limits.previewFramesInFlightMax;
  }

  /** Changed tiles that it has seen before and that the last look left out. */
  get refinementCount(): number {
    return this.#refinementCount;
  }

  /**
   * At most `refinementsMax` tiles that it has seen before. undefined: nothing new (but `isTold`: a frame is wanted for
   * what it says beside tiles), or too much unacknowledged.
   */
  next(
    state: VersionedTiles | undefined,
    refinementsMax = Number.POSITIVE_INFINITY,
    isTold = true,
  ): NextFrame | undefined {
    if (state === undefined || !this.hasCredit) return undefined;
    if (state.epoch !== this.#epoch) this.#begin(state);
    const { first, refined } = this.#changes(state);
    const tileIndices = longestChanged(first, state.versions, limits.previewTilesPerFrameMax);
    const room = Math.min(limits.previewTilesPerFrameMax - tileIndices.length, refinementsMax);
    const again = longestChanged(refined, state.versions, room);
    tileIndices.push(...again);
    this.#refinementCount = refined.length - again.length;
    const isWhole = this.#isOwed && first.length <= limits.previewTilesPerFrameMax;
    if (tileIndices.length === 0 && !isWhole && isTold) return undefined;
    for (const tile of tileIndices) {
      this.#sent[tile] = state.versions.of(tile);
      this.#rough[tile] = state.isRough(tile) ? 1 : 0;
    }
    if (isWhole) this.#isOwed = false;
    this.#lastFrameIndex += 1;
    return { frameIndex: this.#lastFrameIndex, epoch: state.epoch, tileIndices, refinedCount: again.length, isWhole };
  }

  #begin({ epoch, versions }: VersionedTiles): void {
    this.#epoch = epoch;
    this.#sent = new Float64Array(versions.tileCount);
    this.#rough = new Uint8Array(versions.tileCount);
    this.#isOwed = true;
  }

  #changes({ versions }: VersionedTiles): Changes {
    const [first, refined]: [number[], number[]] = [[], []];
    for (let tile = 0; tile < versions.tileCount; tile++) {
      const sent = this.#sent[tile];
      if (versions.of(tile) > sent) (sent === 0 || this.#rough[tile] === 1 ? first : refined).push(tile);
    }
    return { first, refined };
  }
}

/** At most `countMax` of them: where that is not all, the longest changed. */
function longestChanged(tiles: number[], versions: TileVersions, countMax: number): number[] {
  if (countMax === 0) return [];
  if (tiles.length <= countMax) return tiles;
  return tiles.sort((a, b) => versions.of(a) - versions.of(b)).slice(0, countMax);
}
