// How fast a viewer's link is, from frames and their acknowledgements; and which encoding that carries. Pure: time is an
// argument.
import { PreviewEncoding } from "../../proto/gen/arras/v1/preview_pb.ts";

interface SentFrame {
  readonly frameIndex: bigint;
  readonly sizeBytes: number;
  readonly sentMs: number;
}

/** Half floats below this would lag behind a frame that renders quickly; pictures need about a fifth of it. */
const halfBytesPerSecondMin = 2_000_000;
/** Back to half only well above, so that a link at the border does not change all the time. */
const halfAgainBytesPerSecondMin = 4_000_000;
/** A small frame's time is latency, not bandwidth. */
const measuredSizeBytesMin = 32 * 1024;
/** Weight of a new measurement. */
const share = 0.3;

export class LinkSpeed {
  #bytesPerSecond = 0;
  #sent: SentFrame[] = [];
  #auto: PreviewEncoding.HALF | PreviewEncoding.WEBP = PreviewEncoding.HALF;

  /** 0: not known yet. */
  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** What `auto` stands for now. */
  get encoding(): PreviewEncoding.HALF | PreviewEncoding.WEBP {
    return this.#auto;
  }

  sent(frameIndex: bigint, sizeBytes: number, nowMs: number): void {
    this.#sent.push({ frameIndex, sizeBytes, sentMs: nowMs });
  }

  /** Returns whether `encoding` is another now. */
  acknowledged(frameIndex: bigint, nowMs: number): boolean {
    const last = this.#sent.find((frame) => frame.frameIndex === frameIndex);
    this.#sent = this.#sent.filter((frame) => frame.frameIndex > frameIndex);
    if (last === undefined || last.sizeBytes < measuredSizeBytesMin) return false;
    const measured = last.sizeBytes / (Math.max(1, nowMs - last.sentMs) / 1000);
    this.#bytesPerSecond =
      this.#bytesPerSecond === 0 ? measured : this.#bytesPerSecond + share * (measured - this.#bytesPerSecond);
    const before = this.#auto;
    if (this.#bytesPerSecond < halfBytesPerSecondMin) this.#auto = PreviewEncoding.WEBP;
    else if (this.#bytesPerSecond > halfAgainBytesPerSecondMin) this.#auto = PreviewEncoding.HALF;
    return this.#auto !== before;
  }
}
