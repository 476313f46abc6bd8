// Calls about a session, whoever owns it: carried out here, or handed on to its owner's door. While nobody owns it they
// wait, for a takeover takes seconds; a watch goes on with the new owner, and whoever watches sees no break.
import type { ClientReadableStream, Metadata, ServerWritableStream } from "@grpc/grpc-js";
import type { Clock } from "../../host/clock.ts";
import { mayTouch } from "../../host/door/caller.ts";
import type { GrpcClient } from "../../host/grpc-client.ts";
import { toGrpcError } from "../../host/grpc-error.ts";
import { authorizationOf, callerOf } from "../../host/grpc-gate.ts";
import { leavingSignal, streamReply } from "../../host/grpc-stream.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { Notice } from "../../proto/gen/arras/v1/common_pb.ts";
import type { ImageChunk } from "../../proto/gen/arras/v1/film_pb.ts";
import type { FetchImageRequest, SessionEvent, WatchSessionRequest } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";
import { RepeatedNotices } from "../../proto/repeated-notices.ts";
import { isFinalState } from "../../proto/session-states.ts";
import type { SessionLooking } from "../looking.ts";
import type { Session } from "../session.ts";
import { sessionElsewhere, sessionMissing } from "../session-errors.ts";
import type { Located, SessionFinder } from "./located.ts";
import { type DialPeer, PeerDoors } from "./peer-doors.ts";

/** Set on calls that were handed on once: they are answered there or not at all, so that none runs in circles. */
const relayedKey = "arras-relayed";
const lookAgainAfterMs = 200;

export interface Call {
  readonly metadata: Metadata;
}
type WatchCall = ServerWritableStream<WatchSessionRequest, SessionEvent>;
type ImageCall = ServerWritableStream<FetchImageRequest, ImageChunk>;

/** The owner's side of a call that is handed on. */
export interface Owner {
  readonly client: GrpcClient;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface RelaySurroundings {
  readonly finder: SessionFinder;
  readonly dial: DialPeer;
  readonly clock: Clock;
}

export class SessionRelay {
  readonly #finder: SessionFinder;
  readonly #clock: Clock;
  readonly #peers: PeerDoors;

  constructor({ finder, dial, clock }: RelaySurroundings) {
    this.#finder = finder;
    this.#clock = clock;
    this.#peers = new PeerDoors(dial);
  }

  close(): void {
    this.#peers.close();
  }

  /** One question, one answer. `here` may be carried out twice, as an answer may be lost. */
  answer<Request extends object, Reply extends object>(
    call: Call & { readonly request: Request & { readonly sessionId: string } },
    method: string,
    here: (session: Session) => Promise<Reply>,
  ): Promise<Reply> {
    const { request } = call;
    return this.withOwner(call, request.sessionId, new AbortController().signal, (at) =>
      "client" in at
        ? at.client.unary<Request, Reply>(method, request, limits.relayedCallMsMax, at.metadata)
        : here(at),
    );
  }

  async watch(call: WatchCall): Promise<void> {
    const { sessionId, intervalMs } = call.request;
    if (intervalMs > limits.watchIntervalMsMax) {
      call.emit("error", toGrpcError(tooSeldom(intervalMs)));
      return;
    }
    const signal = leavingSignal(call);
    const notices = new RepeatedNotices();
    let failingSinceMs: number | undefined;
    const untold: Notice[] = [];
    const tell = (event: SessionEvent) => {
      failingSinceMs = undefined;
      if (signal.aborted) return;
      untold.push(...notices.fresh(event.notices));
      untold.splice(0, untold.length - limits.sessionNoticesMax);
      // One that stands still misses states in between, and nothing else: what it does not read is not kept for it.
      if (call.writableLength >= limits.watchBacklogMax && !isFinalState(event.state)) return;
      call.write({ ...event, notices: untold.splice(0) });
      if (isFinalState(event.state)) call.end();
    };
    while (!signal.aborted) {
      notices.begin();
      try {
        if (await this.#watchOnce(call, sessionId, signal, tell)) return;
      } catch (thrown) {
        const error = ArrasError.from(thrown);
        failingSinceMs ??= this.#clock.nowMs();
        const isPassing = isPassingError(error) && !isRelayed(call);
        if (!isPassing || this.#clock.nowMs() - failingSinceMs >= limits.ownerAwaitedMsMax) {
          call.emit("error", toGrpcError(error));
          return;
        }
      }
      await this.pause();
    }
  }

  fetchImage(call: ImageCall): Promise<void> {
    return streamReply(call, (signal) => this.#image(call, signal));
  }

  async *#image(call: ImageCall, signal: AbortSignal): AsyncGenerator<ImageChunk> {
    const { image } = call.request;
    if (image === undefined) throw malformed();
    // The first piece tells whether somebody has the film; what breaks after it has to be asked for again.
    const { first, iterator } = await this.withOwner(call, image.sessionId, signal, async (at) => {
      const source =
        "client" in at
          ? imageThere(
              at.client.serverStream<FetchImageRequest, ImageChunk>("fetchImage", call.request, at.metadata),
              at,
            )
          : imageHere(at.looking.encodeImage(image));
      signal.addEventListener("abort", () => source.cancel());
      const pieces = source.pieces[Symbol.asyncIterator]();
      return { first: await pieces.next(), iterator: pieces };
    });
    for (let piece = first; !piece.done; piece = await iterator.next()) yield piece.value;
  }

  /** True when the last event was told; false when the session is told elsewhere now. */
  async #watchOnce(
    call: WatchCall,
    sessionId: string,
    signal: AbortSignal,
    tell: (event: SessionEvent) => void,
  ): Promise<boolean> {
    const { at, final } = await this.#locate(call, sessionId);
    if (at.t === "here") return watchHere(at.session, call.request.intervalMs, signal, tell);
    if (final !== undefined) {
      tell(final);
      return true;
    }
    return this.#watchThere(this.#ownerAt(call, sessionId, at), call.request, signal, tell);
  }

  async #watchThere(
    { client, metadata }: Owner,
    request: WatchSessionRequest,
    signal: AbortSignal,
    tell: (event: SessionEvent) => void,
  ): Promise<boolean> {
    const stream = client.serverStream<WatchSessionRequest, SessionEvent>("watchSession", request, metadata);
    const cancel = () => stream.cancel();
    signal.addEventListener("abort", cancel);
    const left = this.#cancelWhenMoved(request.sessionId, client, stream);
    try {
      for await (const event of stream as AsyncIterable<SessionEvent>) {
        tell(event);
        if (isFinalState(event.state)) return true;
      }
      return false;
    } catch (thrown) {
      throw client.error(thrown);
    } finally {
      left();
      signal.removeEventListener("abort", cancel);
      stream.cancel();
    }
  }

  /** An owner that stands still keeps its connections for seconds: who owns the session now is known before. */
  #cancelWhenMoved(sessionId: string, client: GrpcClient, stream: ClientReadableStream<SessionEvent>): () => void {
    let isLeft = false;
    const look = async () => {
      if (isLeft) return;
      const located = await this.#finder.locate(sessionId).catch(() => undefined);
      const at = located?.at;
      const hasMoved = at !== undefined && !(at.t === "there" && this.#peers.to(at.address) === client);
      if (hasMoved) stream.cancel();
      else this.#clock.after(lookAgainAfterMs, () => void look());
    };
    this.#clock.after(lookAgainAfterMs, () => void look());
    return () => {
      isLeft = true;
    };
  }

  /** Tries until somebody owns the session, or too long. */
  async withOwner<Result>(
    call: Call,
    sessionId: string,
    signal: AbortSignal,
    act: (at: Session | Owner) => Promise<Result>,
  ): Promise<Result> {
    const sinceMs = this.#clock.nowMs();
    for (;;) {
      try {
        const { at } = await this.#locate(call, sessionId);
        return await act(at.t === "here" ? at.session : this.#ownerAt(call, sessionId, at));
      } catch (thrown) {
        const error = ArrasError.from(thrown);
        const isTooLate = this.#clock.nowMs() - sinceMs >= limits.ownerAwaitedMsMax;
        if (!isPassingError(error) || isRelayed(call) || isTooLate || signal.aborted) throw error;
      }
      await this.pause();
    }
  }

  /** Throws `session-missing` for another user's session too: whether there is one is nobody else's business. */
  async #locate(call: Call, sessionId: string): Promise<Located> {
    const located = await this.#finder.locate(sessionId);
    if (!mayTouch(callerOf(call), located.user)) throw sessionMissing(sessionId);
    return located;
  }

  #ownerAt(call: Call, sessionId: string, at: Exclude<Located["at"], { t: "here" }>): Owner {
    if (at.t === "nobody" || isRelayed(call)) throw sessionElsewhere(sessionId);
    const authorization = authorizationOf(call);
    const metadata = { [relayedKey]: "1", ...(authorization === undefined ? {} : { authorization }) };
    return { client: this.#peers.to(at.address), metadata };
  }

  /** Before looking again. */
  pause(): Promise<void> {
    return new Promise((resolve) => this.#clock.after(lookAgainAfterMs, resolve));
  }
}

function isRelayed({ metadata }: Call): boolean {
  return metadata.get(relayedKey).length > 0;
}

/** Another owner, or the same one in a moment, may do it. One that ends cancels its calls. */
function isPassingError({ code }: ArrasError): boolean {
  return code === "unavailable" || code === "timed-out" || code === "cancelled";
}

async function watchHere(
  session: Session,
  intervalMs: number,
  signal: AbortSignal,
  tell: (event: SessionEvent) => void,
): Promise<boolean> {
  let unwatch = () => {};
  const hasEnded = await new Promise<boolean>((resolve) => {
    signal.addEventListener("abort", () => resolve(false));
    unwatch = session.watch(
      (event) => {
        tell(event);
        if (isFinalState(event.state)) resolve(true);
      },
      () => resolve(false),
      intervalMs,
    );
  });
  unwatch();
  return hasEnded;
}

interface ImageSource {
  readonly pieces: AsyncIterable<ImageChunk>;
  cancel(): void;
}

function imageHere({ chunks, error }: ReturnType<SessionLooking["encodeImage"]>): ImageSource {
  return { pieces: translated(chunks as AsyncIterable<ImageChunk>, error), cancel: () => chunks.cancel() };
}

function imageThere(stream: ClientReadableStream<ImageChunk>, { client }: Owner): ImageSource {
  const pieces = translated(stream as AsyncIterable<ImageChunk>, (thrown) => client.error(thrown));
  return { pieces, cancel: () => stream.cancel() };
}

async function* translated<Item>(
  items: AsyncIterable<Item>,
  translate: (thrown: unknown) => ArrasError,
): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (thrown) {
    throw translate(thrown);
  }
}

function malformed(): ArrasError {
  return new ArrasError("message-malformed", {
    message: "A request lacks a part",
    action: "Compare software versions of client and coordinator.",
  });
}

function tooSeldom(intervalMs: number): ArrasError {
  return new ArrasError("message-malformed", {
    message: `interval_ms is ${intervalMs}, more than watchIntervalMsMax = ${limits.watchIntervalMsMax}`,
    action: "Ask for a shorter interval.",
  });
}
