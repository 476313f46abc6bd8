// What showing a film that fills may cost: a small share of what rendering it takes. What is shown for the first time is
// shown at once; tiles that a viewer has seen before wait until so much has been rendered that showing them again hardly
// counts. Pure.
import { limits } from "../../proto/limits.ts";
import { tilesPerFrameMin } from "./preview-cursor.ts";

/** Of the time that rendering takes. */
const share = 0.01;
/**
 * Processor time of a frame and of each half-float tile in it, in merger and coordinator together (64×64 pixels; measured
 * with one viewer of 720p on two cores: a second for 700 tiles in 160 frames). Tiles take less since, and what that saves is
 * rendering's. What other forms cost more is rare.
 */
const frameMs = 2;
const tileMs = 0.9;
/** What was not used is kept for one full frame, no more: a viewer who comes late may not take an hour's allowance. */
const keptMsMax = frameMs + tileMs * limits.previewTilesPerFrameMax;

export class LookingAllowance {
  #knownMs = 0;
  #leftMs = 0;

  /** How many tiles may be shown again when rendering has taken `renderedMs` so far: none, or at least a few. */
  tileCount(renderedMs: number): number {
    // Less than before: another film.
    const addedMs = renderedMs >= this.#knownMs ? renderedMs - this.#knownMs : renderedMs;
    this.#knownMs = renderedMs;
    this.#leftMs = Math.min(keptMsMax, this.#leftMs + share * addedMs);
    const count = Math.floor((this.#leftMs - frameMs) / tileMs + 1e-9);
    return count < tilesPerFrameMin ? 0 : count;
  }

  /** So many were shown again, in one frame. What is shown while nothing is rendered costs rendering nothing. */
  spend(tileCount: number): void {
    if (tileCount > 0) this.#leftMs = Math.max(0, this.#leftMs - frameMs - tileMs * tileCount);
  }
}
