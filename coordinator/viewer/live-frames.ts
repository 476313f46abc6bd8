// The frames of one page: a stream from the session's merger, opened anew when that is started again, in the encoding
// that the page's link carries. At most a frame waits for a slow page; its acknowledgements pace the merger.
import { create } from "@bufbuild/protobuf";
import type { Clock, Timer } from "../../host/clock.ts";
import type { EncodedFrame } from "../../host/encoded-frame.ts";
import type { ArrasError } from "../../proto/errors.ts";
import {
  PreviewEncoding,
  type PreviewRequest,
  PreviewRequestSchema,
  type PreviewWish,
} from "../../proto/gen/arras/v1/preview_pb.ts";
import type { SessionLooking } from "../looking.ts";
import { LinkSpeed } from "./link-speed.ts";
import { encodeEvent, frameEvent } from "./viewer-event.ts";

type FrameStream = ReturnType<SessionLooking["link"]["preview"]>;

export interface FramesSurroundings {
  /** Throws while there is no film. */
  link(): Pick<SessionLooking["link"], "preview" | "error">;
  readonly clock: Clock;
  /** `left`: it has left this process. */
  send(bytes: Uint8Array, left: () => void): void;
  /** Behind what was sent: when that had arrived, the connection says so by `arrived`. */
  ping(frameNumber: number): void;
  /** The page says more than the merger takes: it is to be heard again only after `hearAgain`. */
  hearNothing(): void;
  hearAgain(): void;
  /** What was wished is impossible. */
  refused(error: ArrasError): void;
}

/** The merger is started again within this; then its stream is opened anew. */
const openAgainAfterMs = 200;

export class LiveFrames {
  readonly #world: FramesSurroundings;
  readonly #speed = new LinkSpeed();
  #stream: FrameStream | undefined;
  /** Of the present stream: an acknowledgement of one that is gone means nothing to its follower. */
  #lastFrameIndex = 0n;
  #wish: PreviewWish | undefined;
  #openingAgain: Timer | undefined;
  /** What is sent to measure the link has not left yet. */
  #isMeasuring = false;
  #isClosed = false;

  constructor(world: FramesSurroundings) {
    this.#world = world;
  }

  get bytesPerSecond(): number {
    return this.#speed.bytesPerSecond;
  }

  /** What is sent now. */
  get encoding(): PreviewEncoding {
    const wished = this.#wish?.encoding ?? PreviewEncoding.AUTO;
    return wished === PreviewEncoding.AUTO ? this.#speed.encoding : wished;
  }

  wish(wish: PreviewWish): void {
    this.#wish = wish;
    this.#tellWish();
  }

  acknowledge(frameIndex: bigint): void {
    if (frameIndex <= this.#lastFrameIndex) this.#ask({ case: "acknowledge", value: frameIndex });
  }

  /** The connection answers for itself: what the page does with the frame takes no part in it. */
  arrived(frameNumber: number): void {
    const hasChanged = this.#speed.arrived(frameNumber, this.#world.clock.nowMs());
    if (hasChanged && this.#wish?.encoding === PreviewEncoding.AUTO) this.#tellWish();
  }

  /** Now and then: whether the link is as slow as it seems. */
  measure(): void {
    if (this.#wish?.encoding !== PreviewEncoding.AUTO || this.#isMeasuring) return;
    const sizeBytes = this.#speed.paddingDue(this.#world.clock.nowMs());
    if (sizeBytes === 0) return;
    this.#isMeasuring = true;
    this.#send(encodeEvent({ case: "padding", value: new Uint8Array(sizeBytes) }), () => {
      this.#isMeasuring = false;
    });
  }

  /** There is one now: what was wished before need not wait for the next attempt. */
  filmOpened(): void {
    if (this.#stream === undefined) this.#tellWish();
  }

  close(): void {
    this.#isClosed = true;
    this.#openingAgain?.cancel();
    this.#stream?.cancel();
  }

  #tellWish(): void {
    const wish = this.#wish;
    if (wish === undefined || this.#isClosed) return;
    if (this.#stream === undefined) this.#open();
    this.#ask({ case: "wish", value: { ...wish, encoding: this.encoding } });
  }

  #open(): void {
    let link: ReturnType<FramesSurroundings["link"]>;
    let stream: FrameStream;
    try {
      link = this.#world.link();
      stream = link.preview();
    } catch {
      // There is no film yet.
      this.#openAgain();
      return;
    }
    this.#stream = stream;
    this.#lastFrameIndex = 0n;
    stream.on("data", (frame: EncodedFrame) => this.#hand(stream, frame));
    stream.on("drain", () => this.#world.hearAgain());
    const ended = (error?: unknown) => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#world.hearAgain();
      const told = error === undefined ? undefined : link.error(error);
      // Its wish is at fault: the same would be refused again.
      if (told !== undefined && told.retry === "never" && told.code !== "session-state") this.#world.refused(told);
      else this.#openAgain();
    };
    stream.on("error", ended);
    stream.on("end", () => ended());
  }

  #openAgain(): void {
    if (this.#isClosed) return;
    this.#openingAgain?.cancel();
    this.#openingAgain = this.#world.clock.after(openAgainAfterMs, () => this.#tellWish());
  }

  /** The next frame is read when this one has left: the socket holds one at most. */
  #hand(stream: FrameStream, { frameIndex, bytes }: EncodedFrame): void {
    if (this.#stream !== stream) return;
    this.#lastFrameIndex = frameIndex;
    stream.pause();
    this.#send(frameEvent(bytes), () => stream.resume());
  }

  /** The ping behind it tells how soon it has arrived. */
  #send(event: Uint8Array, left: () => void): void {
    const { clock, send, ping } = this.#world;
    const number = this.#speed.sent(event.length, clock.nowMs());
    send(event, left);
    ping(number);
  }

  #ask(request: PreviewRequest["request"]): void {
    if (this.#stream?.write(create(PreviewRequestSchema, { request })) === false) this.#world.hearNothing();
  }
}
