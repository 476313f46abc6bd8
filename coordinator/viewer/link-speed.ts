// How fast a viewer's link is, from frames and when they had arrived; and which encoding that carries. An arrival is what
// the viewer's connection itself says (a pong behind the frame), not the viewer, which first decodes and draws. Pure: time
// is an argument.
import { PreviewEncoding } from "../../proto/gen/arras/v1/preview_pb.ts";

interface SentFrame {
  readonly index: number;
  readonly sizeBytes: number;
  readonly sentMs: number;
}

/** Half floats below this would lag behind a frame that renders quickly; pictures need about a fifth of it. */
const halfBytesPerSecondMin = 2_000_000;
/** Back to half only well above, so that a link at the border does not change all the time. */
const halfAgainBytesPerSecondMin = 4_000_000;
/** A small frame's time is the way there and back, not bandwidth. Pictures are small too: they must be enough to go back to half. */
const measuredSizeBytesMin = 8 * 1024;
/**
 * Weights of a new measurement. What is in the way (a busy machine, another download) makes a link look slower than it is,
 * little makes it look faster (a modem's buffer, which takes the first frames at once): so up soon, and down after some slow
 * ones. A busy machine is in the way for a moment: the longer a frame took, the more it says of the link.
 */
const shareUp = 0.5;
const shareDownMin = 0.1;
/** A measurement that took so long says as much as one that goes up. */
const measuredMsFull = 1_000;
/** A page that opens is busy with itself: its first frames say little, so it takes some to be called slow. */
const measuredCountMin = 3;
/**
 * A picture is so small that what a busy machine adds to its way looks like a slow link, and it would be called slow for
 * ever. So now and then this goes behind it: 10 ms more make no slow link of a fast one then.
 */
const paddingSizeBytes = 128 * 1024;
/** On a link that is slow it takes a second, so ever more seldom. */
const paddingAfterMsMin = 2_000;
const paddingAfterMsMax = 60_000;
/** Pongs of more frames than this are not waited for: a connection that answers none must not make this grow. */
const waitingMax = 64;

export class LinkSpeed {
  #bytesPerSecond = 0;
  #measuredCount = 0;
  #waiting: SentFrame[] = [];
  #lastIndex = 0;
  #lastArrivedMs = Number.NEGATIVE_INFINITY;
  /** Shortest so far of a small frame; of the way alone, without its bytes. */
  #roundTripMs: number | undefined;
  #auto: PreviewEncoding.HALF | PreviewEncoding.WEBP = PreviewEncoding.HALF;
  #paddingAfterMs = paddingAfterMsMin;
  #paddedMs = 0;

  /** 0: not known yet. */
  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** What `auto` stands for now. */
  get encoding(): PreviewEncoding.HALF | PreviewEncoding.WEBP {
    return this.#auto;
  }

  /** How many bytes to send for the sake of their arrival alone; 0: none. To be asked now and then. */
  paddingDue(nowMs: number): number {
    if (this.#auto === PreviewEncoding.HALF || nowMs - this.#paddedMs < this.#paddingAfterMs) return 0;
    this.#paddedMs = nowMs;
    this.#paddingAfterMs = Math.min(paddingAfterMsMax, 2 * this.#paddingAfterMs);
    return paddingSizeBytes;
  }

  /** Returns what `arrived` is to be told; rises by one. */
  sent(sizeBytes: number, nowMs: number): number {
    this.#lastIndex += 1;
    this.#waiting.push({ index: this.#lastIndex, sizeBytes, sentMs: nowMs });
    if (this.#waiting.length > waitingMax) this.#waiting.shift();
    return this.#lastIndex;
  }

  /** Returns whether `encoding` is another now. */
  arrived(index: number, nowMs: number): boolean {
    const frame = this.#waiting.find((each) => each.index === index);
    if (frame === undefined) return false;
    this.#waiting = this.#waiting.filter((each) => each.index > index);
    // Behind another frame its own bytes began to move when that one had arrived.
    const isAlone = frame.sentMs >= this.#lastArrivedMs;
    const takenMs = nowMs - (isAlone ? frame.sentMs : this.#lastArrivedMs);
    this.#lastArrivedMs = nowMs;
    if (frame.sizeBytes < measuredSizeBytesMin) {
      if (isAlone) this.#roundTripMs = Math.min(takenMs, this.#roundTripMs ?? takenMs);
      return false;
    }
    const hasChanged = this.#measure(frame.sizeBytes, takenMs - (isAlone ? (this.#roundTripMs ?? 0) : 0));
    if (hasChanged) [this.#paddingAfterMs, this.#paddedMs] = [paddingAfterMsMin, nowMs];
    return hasChanged;
  }

  #measure(sizeBytes: number, takenMs: number): boolean {
    const measured = sizeBytes / (Math.max(1, takenMs) / 1000);
    const share = measured > this.#bytesPerSecond ? shareUp : shareDown(takenMs);
    this.#bytesPerSecond =
      this.#bytesPerSecond === 0 ? measured : this.#bytesPerSecond + share * (measured - this.#bytesPerSecond);
    this.#measuredCount += 1;
    const before = this.#auto;
    const isSlow = this.#bytesPerSecond < halfBytesPerSecondMin && this.#measuredCount >= measuredCountMin;
    if (isSlow) this.#auto = PreviewEncoding.WEBP;
    else if (this.#bytesPerSecond > halfAgainBytesPerSecondMin) this.#auto = PreviewEncoding.HALF;
    return this.#auto !== before;
  }
}

function shareDown(takenMs: number): number {
  return Math.max(shareDownMin, Math.min(1, takenMs / measuredMsFull) * shareUp);
}
