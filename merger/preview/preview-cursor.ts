// What one viewer has been sent and has acknowledged, and which tiles come next: changed ones, the longest changed
// first, a bounded number at a time. Newest wins by itself: a tile is read when it is sent. Pure.
import { limits } from "../../proto/limits.ts";
import type { TileVersions } from "../tile-versions.ts";

export interface NextFrame {
  readonly frameIndex: number;
  readonly epoch: number;
  readonly tileIndices: readonly number[];
  /** With this frame the viewer has been sent all that there was when it joined, or wished. */
  readonly isWhole: boolean;
}

/** A film, or what is made of one. */
export interface VersionedTiles {
  readonly epoch: number;
  readonly versions: TileVersions;
}

export class PreviewCursor {
  #epoch = 0;
  #sentVersion = 0;
  #lastFrameIndex = 0;
  #acknowledgedIndex = 0;
  /** What it is owed since it joined or wished anew; undefined: it has had that. */
  #owedUntilVersion: number | undefined;

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

  /** undefined: nothing new (but `isTold`: a frame is wanted for what it says beside tiles), or too much unacknowledged. */
  next(state: VersionedTiles | undefined, isTold = true): NextFrame | undefined {
    if (state === undefined || !this.hasCredit) return undefined;
    if (state.epoch !== this.#epoch) {
      this.#epoch = state.epoch;
      this.#sentVersion = 0;
      this.#owedUntilVersion = state.versions.latest;
    }
    const { versions } = state;
    const changed = versions.changedSince(this.#sentVersion);
    if (changed.length > limits.previewTilesPerFrameMax) {
      changed.sort((a, b) => versions.of(a) - versions.of(b));
      changed.length = limits.previewTilesPerFrameMax;
    }
    for (const tile of changed) this.#sentVersion = Math.max(this.#sentVersion, versions.of(tile));
    const owed = this.#owedUntilVersion;
    const isWhole = owed !== undefined && this.#sentVersion >= owed;
    if (changed.length === 0 && !isWhole && isTold) return undefined;
    if (isWhole) this.#owedUntilVersion = undefined;
    this.#lastFrameIndex += 1;
    return { frameIndex: this.#lastFrameIndex, epoch: state.epoch, tileIndices: changed, isWhole };
  }
}
