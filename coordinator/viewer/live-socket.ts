// One page that looks at one session: its WebSocket on one side, the session's events and the merger's frames on the
// other. At most a frame waits for a slow page; the page's acknowledgements pace the merger.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { WebSocket } from "ws";
import type { Clock, Timer } from "../../host/clock.ts";
import { type Caller, hasRight } from "../../host/door/caller.ts";
import { errorToMessage } from "../../proto/error-message.ts";
import { ArrasError } from "../../proto/errors.ts";
import { filmSpecToMessage } from "../../proto/film-spec-message.ts";
import {
  PreviewEncoding,
  type PreviewFrame,
  type PreviewRequest,
  PreviewRequestSchema,
  type PreviewWish,
} from "../../proto/gen/arras/v1/preview_pb.ts";
import {
  ViewerCommand,
  type ViewerEvent,
  ViewerEventSchema,
  type ViewerRequest,
  ViewerRequestSchema,
} from "../../proto/gen/arras/v1/viewer_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { Session } from "../session.ts";
import { LinkSpeed } from "./link-speed.ts";

export interface LiveSurroundings {
  readonly session: Session;
  readonly caller: Caller;
  readonly clock: Clock;
  /** Pages that look at the session here. */
  viewerCount(): number;
}

type FrameStream = ClientDuplexStream<PreviewRequest, PreviewFrame>;

/** The merger is started again within this; then its stream is opened anew. */
const openAgainAfterMs = 200;
const linkIntervalMs = 1_000;
/** A close code of ours (RFC 6455, 7.4.2: 4000-4999): the page spoke what this is not. */
const malformedCode = 4400;
/** The session ended or went to another coordinator: connect again. */
const movedCode = 4503;

export class LiveSocket {
  readonly #socket: WebSocket;
  readonly #world: LiveSurroundings;
  readonly #speed = new LinkSpeed();
  #frames: FrameStream | undefined;
  /** Of the present stream: an acknowledgement of one that is gone means nothing to its follower. */
  #lastFrameIndex = 0n;
  #wish: PreviewWish | undefined;
  #timers: Timer[] = [];
  #unwatch = () => {};
  #isClosed = false;

  constructor(socket: WebSocket, world: LiveSurroundings) {
    this.#socket = socket;
    this.#world = world;
    socket.binaryType = "nodebuffer";
    socket.on("message", (bytes: Buffer, isBinary: boolean) => this.#receive(bytes, isBinary));
    socket.on("pong", (payload: Buffer) => this.#arrived(payload));
    socket.on("close", () => this.close());
    // What is wrong is told by the close that follows.
    socket.on("error", () => {});
    this.#tellFilm();
    this.#unwatch = world.session.watch(
      (event) => this.#send({ case: "session", value: event }),
      () => socket.close(movedCode),
    );
    this.#tellLink();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#unwatch();
    this.#frames?.cancel();
  }

  #receive(bytes: Buffer, isBinary: boolean): void {
    let request: ViewerRequest["request"];
    try {
      request = isBinary ? fromBinary(ViewerRequestSchema, bytes).request : { case: undefined };
    } catch {
      request = { case: undefined };
    }
    if (request.case === undefined) this.#socket.close(malformedCode);
    else this.#obey(request);
  }

  #obey(request: ViewerRequest["request"]): void {
    switch (request.case) {
      case "wish":
        this.#wish = request.value;
        this.#tellWish();
        return;
      case "acknowledge":
        this.#acknowledge(request.value);
        return;
      case "command":
        if (request.value === ViewerCommand.STOP) this.#stop();
        else this.#refuse("this command");
        return;
      default:
        this.#refuse(request.case ?? "nothing");
    }
  }

  #acknowledge(frameIndex: bigint): void {
    if (frameIndex <= this.#lastFrameIndex) this.#ask({ case: "acknowledge", value: frameIndex });
  }

  /** The connection answers for itself: what the page does with the frame takes no part in it. */
  #arrived(payload: Buffer): void {
    const hasChanged = this.#speed.arrived(Number(payload.toString("latin1")), this.#world.clock.nowMs());
    if (hasChanged && this.#wish?.encoding === PreviewEncoding.AUTO) this.#tellWish();
  }

  #tellWish(): void {
    const wish = this.#wish;
    if (wish === undefined) return;
    const encoding = wish.encoding === PreviewEncoding.AUTO ? this.#speed.encoding : wish.encoding;
    if (this.#frames === undefined) this.#openFrames();
    this.#ask({ case: "wish", value: { ...wish, encoding } });
  }

  #openFrames(): void {
    let stream: FrameStream;
    try {
      stream = this.#world.session.link.preview();
    } catch {
      // There is no film yet.
      this.#openAgain();
      return;
    }
    this.#frames = stream;
    this.#lastFrameIndex = 0n;
    stream.on("data", (frame: PreviewFrame) => this.#hand(stream, frame));
    const ended = (error?: unknown) => {
      if (this.#frames !== stream) return;
      this.#frames = undefined;
      const told = error === undefined ? undefined : this.#world.session.link.error(error);
      // Its wish is at fault: the same would be refused again.
      if (told !== undefined && told.retry === "never" && told.code !== "session-state") this.#tellError(told);
      else this.#openAgain();
    };
    stream.on("error", ended);
    stream.on("end", () => ended());
  }

  #openAgain(): void {
    if (this.#isClosed) return;
    this.#after(openAgainAfterMs, () => this.#tellWish());
  }

  /** The next frame is read when this one has left: the socket holds one at most. */
  #hand(stream: FrameStream, frame: PreviewFrame): void {
    if (this.#frames === stream) this.#lastFrameIndex = frame.frameIndex;
    const bytes = encode({ case: "frame", value: frame });
    const index = this.#speed.sent(bytes.length, this.#world.clock.nowMs());
    stream.pause();
    this.#socket.send(bytes, () => stream.resume());
    // Behind the frame: its pong tells when that had arrived.
    this.#socket.ping(String(index));
  }

  #ask(request: PreviewRequest["request"]): void {
    this.#frames?.write(create(PreviewRequestSchema, { request }));
  }

  #stop(): void {
    if (!hasRight(this.#world.caller, "submit")) {
      this.#tellError(
        new ArrasError("not-allowed", {
          message: "Stopping a session needs the right to submit",
          action: "Ask whoever runs the farm for a token with it.",
        }),
      );
      return;
    }
    this.#world.session.stop().catch((thrown: unknown) => this.#tellError(ArrasError.from(thrown)));
  }

  #refuse(what: string): void {
    const message = `This coordinator does not do ${what}`;
    this.#tellError(new ArrasError("usage", { message, action: "Load the page anew: it may be of another version." }));
  }

  #tellFilm(): void {
    const { film, sceneName, budgetSpp, sessionId } = this.#world.session.plan;
    const mayEdit = hasRight(this.#world.caller, "submit");
    this.#send({
      case: "film",
      value: {
        $typeName: "arras.v1.ViewerFilm",
        sessionId,
        film: filmSpecToMessage(film),
        sceneName,
        budgetSpp,
        mayEdit,
      },
    });
  }

  #tellLink(): void {
    const { bytesPerSecond, encoding: auto } = this.#speed;
    const wished = this.#wish?.encoding ?? PreviewEncoding.AUTO;
    this.#send({
      case: "link",
      value: {
        $typeName: "arras.v1.ViewerLink",
        bytesPerSecond: BigInt(Math.round(bytesPerSecond)),
        encoding: wished === PreviewEncoding.AUTO ? auto : wished,
        viewerCount: this.#world.viewerCount(),
      },
    });
    this.#after(linkIntervalMs, () => this.#tellLink());
  }

  #tellError(error: ArrasError): void {
    this.#send({ case: "error", value: errorToMessage(error) });
  }

  /** Events are small, and frames paced: a page that takes nothing for so long has stopped. */
  #send(event: ViewerEvent["event"]): void {
    if (this.#socket.bufferedAmount > limits.viewerWaitingBytesMax) this.#socket.terminate();
    else this.#socket.send(encode(event));
  }

  #after(delayMs: number, act: () => void): void {
    const timer = this.#world.clock.after(delayMs, () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      if (!this.#isClosed) act();
    });
    this.#timers.push(timer);
  }
}

function encode(event: ViewerEvent["event"]): Uint8Array {
  return toBinary(ViewerEventSchema, create(ViewerEventSchema, { event }));
}
