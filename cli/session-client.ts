// The command's way to a coordinator: SessionService, typed.
import { create } from "@bufbuild/protobuf";
import { GrpcClient } from "../host/grpc-client.ts";
import { ArrasError } from "../proto/errors.ts";
import type { EncodeImageRequest, ImageChunk } from "../proto/gen/arras/v1/film_pb.ts";
import {
  type CloseSessionReply,
  CloseSessionRequestSchema,
  type CreateSessionReply,
  CreateSessionRequestSchema,
  FetchImageRequestSchema,
  type SessionEvent,
  SessionService,
  type SessionSpec,
  SessionState,
  type StopSessionReply,
  StopSessionRequestSchema,
  WatchSessionRequestSchema,
} from "../proto/gen/arras/v1/session_pb.ts";

const requestTimeoutMs = 30_000;

const finalStates: ReadonlySet<SessionState> = new Set([
  SessionState.FINISHED,
  SessionState.STOPPED,
  SessionState.HOLES,
  SessionState.FAILED,
]);

export class SessionClient {
  readonly #client: GrpcClient;

  constructor(address: string) {
    this.#client = new GrpcClient({ address, service: SessionService, peer: "the coordinator" });
  }

  async create(requestId: string, session: SessionSpec): Promise<string> {
    const request = create(CreateSessionRequestSchema, { requestId, session });
    const reply = await this.#client.unary<typeof request, CreateSessionReply>(
      "createSession",
      request,
      requestTimeoutMs,
    );
    return reply.sessionId;
  }

  /** Calls `told` for each event; resolves with the last one, which has a final state. Rejects when none comes. */
  async watch(sessionId: string, told: (event: SessionEvent) => void): Promise<SessionEvent> {
    const stream = this.#client.serverStream<object, SessionEvent>(
      "watchSession",
      create(WatchSessionRequestSchema, { sessionId }),
    );
    let last: SessionEvent | undefined;
    try {
      for await (const event of stream as AsyncIterable<SessionEvent>) {
        last = event;
        told(event);
      }
    } catch (thrown) {
      throw this.#client.error(thrown);
    } finally {
      stream.cancel();
    }
    if (last !== undefined && finalStates.has(last.state)) return last;
    throw new ArrasError("unavailable", {
      message: "The coordinator left before it told the end of the session",
      action: "Try again.",
      place: { session: sessionId },
    });
  }

  async stop(sessionId: string): Promise<void> {
    const request = create(StopSessionRequestSchema, { sessionId });
    await this.#client.unary<typeof request, StopSessionReply>("stopSession", request, requestTimeoutMs);
  }

  /** The file's bytes as they come. Who leaves before their end cancels the rest. */
  async *fetchImage(image: EncodeImageRequest): AsyncGenerator<Uint8Array> {
    const stream = this.#client.serverStream<object, ImageChunk>(
      "fetchImage",
      create(FetchImageRequestSchema, { image }),
    );
    try {
      for await (const chunk of stream as AsyncIterable<ImageChunk>) yield chunk.content;
    } catch (thrown) {
      throw this.#client.error(thrown);
    } finally {
      // grpc-js goes on with a call whose stream is destroyed: the merger would wait for this reader, and the next
      // picture for the merger.
      stream.cancel();
    }
  }

  async closeSession(sessionId: string): Promise<void> {
    const request = create(CloseSessionRequestSchema, { sessionId });
    await this.#client.unary<typeof request, CloseSessionReply>("closeSession", request, requestTimeoutMs);
  }

  close(): void {
    this.#client.close();
  }
}
