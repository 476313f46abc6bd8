// LookService.WatchPreview: one viewer's stream of frames, from the session's merger or through its owner's door. What
// goes either way is handed on as it is; nothing is kept but the last wish, until there is a film.
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { type EncodedFrame, encodedFrame } from "../../host/encoded-frame.ts";
import { toGrpcError } from "../../host/grpc-error.ts";
import { ArrasError } from "../../proto/errors.ts";
import { type WatchPreviewRequest, WatchPreviewRequestSchema } from "../../proto/gen/arras/v1/look_pb.ts";
import { type PreviewRequest, PreviewRequestSchema } from "../../proto/gen/arras/v1/preview_pb.ts";
import type { Session } from "../session.ts";
import { isFinal } from "../session-state.ts";
import type { Owner, SessionRelay } from "./session-relay.ts";

export type PreviewCall = ServerDuplexStream<WatchPreviewRequest, Uint8Array>;

/** As grpc-js's streams, as far as frames need them. */
interface FrameStream {
  on(event: "data", act: (frame: EncodedFrame) => void): unknown;
  on(event: "end" | "drain", act: () => void): unknown;
  on(event: "error", act: (thrown: unknown) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  cancel(): void;
}

/** Where frames come from. */
interface FrameSource {
  readonly stream: FrameStream;
  /** Returns whether there is room for more. */
  ask(request: PreviewRequest): boolean;
  error(thrown: unknown): ArrasError;
}

/** Answers the call, from its first message to its end. */
export function relayPreview(relay: SessionRelay, call: PreviewCall): void {
  const preview = new RelayedPreview(relay, call);
  call.on("data", (request: WatchPreviewRequest) => preview.receive(request));
  for (const event of ["end", "close", "cancelled", "error"]) call.on(event, () => preview.close());
}

class RelayedPreview {
  readonly #relay: SessionRelay;
  readonly #call: PreviewCall;
  readonly #closing = new AbortController();
  #sessionId: string | undefined;
  #wish: PreviewRequest | undefined;
  #source: FrameSource | undefined;

  constructor(relay: SessionRelay, call: PreviewCall) {
    this.#relay = relay;
    this.#call = call;
  }

  receive({ sessionId, request }: WatchPreviewRequest): void {
    const isFirst = this.#sessionId === undefined;
    const isUsable = request?.request.case !== undefined && (!isFirst || request.request.case === "wish");
    if (request === undefined || !isUsable || (isFirst && sessionId === "")) {
      this.#fail(malformed(isFirst));
      return;
    }
    if (request.request.case === "wish") this.#wish = request;
    if (isFirst) {
      this.#sessionId = sessionId;
      this.#open(sessionId).catch((thrown: unknown) => this.#fail(thrown));
    } else this.#ask(request);
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#source?.stream.cancel();
    if (!this.#call.destroyed) this.#call.end();
  }

  #ask(request: PreviewRequest): void {
    if (this.#source?.ask(request) === false) this.#call.pause();
  }

  async #open(sessionId: string): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const source = await this.#relay.withOwner(this.#call, sessionId, signal, async (at) =>
        "client" in at ? framesThere(at, sessionId) : await this.#framesSoon(at),
      );
      if (source !== undefined) {
        this.#follow(source);
        return;
      }
      await this.#relay.pause();
    }
  }

  /** At once where there is a film, or as soon as there is one within a pause; undefined: not within that. */
  async #framesSoon(session: Session): Promise<FrameSource | undefined> {
    const source = framesHere(session);
    if (source !== undefined) return source;
    let unwatch = () => {};
    const opened = new Promise<void>((resolve) => {
      unwatch = session.looking.watchFilm(resolve);
    });
    await Promise.race([opened, this.#relay.pause()]);
    unwatch();
    return this.#closing.signal.aborted ? undefined : framesHere(session);
  }

  #follow(source: FrameSource): void {
    const { stream } = source;
    stream.on("error", (thrown) => this.#fail(source.error(thrown)));
    if (this.#closing.signal.aborted) {
      stream.cancel();
      return;
    }
    this.#source = source;
    stream.on("data", ({ bytes }) => {
      if (!this.#call.write(bytes)) stream.pause();
    });
    this.#call.on("drain", () => stream.resume());
    stream.on("drain", () => this.#call.resume());
    stream.on("end", () => this.close());
    if (this.#wish !== undefined) this.#ask(this.#wish);
  }

  #fail(thrown: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#source?.stream.cancel();
    this.#call.emit("error", toGrpcError(ArrasError.from(thrown)));
  }
}

/** undefined: there is no film yet. Throws `session-state`: there will be none. */
function framesHere(session: Session): FrameSource | undefined {
  try {
    const link = session.looking.link;
    const stream = link.preview();
    return {
      stream,
      ask: (request) => stream.write(create(PreviewRequestSchema, request)),
      error: (thrown) => link.error(thrown),
    };
  } catch (thrown) {
    if (ArrasError.from(thrown).code === "session-state" && !isFinal(session.state)) return undefined;
    throw thrown;
  }
}

function framesThere({ client, metadata }: Owner, sessionId: string): FrameSource {
  const stream = client.duplex<WatchPreviewRequest, EncodedFrame>("watchPreview", metadata, encodedFrame);
  return {
    stream,
    ask: (request) => stream.write(create(WatchPreviewRequestSchema, { sessionId, request })),
    error: (thrown) => client.error(thrown),
  };
}

function malformed(isFirst: boolean): ArrasError {
  return new ArrasError("message-malformed", {
    message: isFirst ? "A preview was asked for without a session and a wish" : "A preview request holds nothing",
    action: "Compare software versions of client and coordinator.",
  });
}
