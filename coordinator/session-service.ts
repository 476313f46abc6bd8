// SessionService over gRPC: the door for clients.
import { create } from "@bufbuild/protobuf";
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import { toGrpcError } from "../host/grpc-error.ts";
import type { ServedService } from "../host/grpc-server.ts";
import { ArrasError } from "../proto/errors.ts";
import type { ImageChunk } from "../proto/gen/arras/v1/film_pb.ts";
import {
  CloseSessionReplySchema,
  type CloseSessionRequest,
  CreateSessionReplySchema,
  type CreateSessionRequest,
  type FetchImageRequest,
  type SessionEvent,
  SessionService,
  SessionState,
  StopSessionReplySchema,
  type StopSessionRequest,
  type WatchSessionRequest,
} from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { type AssetReader, requireBundle } from "./bundle-check.ts";
import type { Coordinator } from "./coordinator.ts";

const finalStates: ReadonlySet<SessionState> = new Set([
  SessionState.FINISHED,
  SessionState.STOPPED,
  SessionState.HOLES,
  SessionState.FAILED,
]);

/** `assets`: where bundles are looked for; absent: nobody here has one. */
export function sessionService(coordinator: Coordinator, assets?: AssetReader): ServedService {
  return {
    service: SessionService,
    access: {
      createSession: "submit",
      stopSession: "submit",
      closeSession: "submit",
      watchSession: "watch",
      fetchImage: "watch",
    },
    openCallsMax: { watchSession: limits.watchesPerClientMax, fetchImage: limits.picturesPerClientMax },
    implementation: {
      createSession: unary(async ({ requestId, session }: CreateSessionRequest) => {
        if (session === undefined || requestId === "" || requestId.length > 128) throw malformed();
        await requireBundle(session.render, assets);
        return create(CreateSessionReplySchema, { sessionId: await coordinator.create(requestId, session) });
      }),
      stopSession: unary(async ({ sessionId }: StopSessionRequest) => {
        await coordinator.session(sessionId).stop();
        return create(StopSessionReplySchema);
      }),
      closeSession: unary(async ({ sessionId }: CloseSessionRequest) => {
        await coordinator.close(sessionId);
        return create(CloseSessionReplySchema);
      }),
      watchSession: (call: ServerWritableStream<WatchSessionRequest, SessionEvent>) => watchSession(coordinator, call),
      fetchImage: (call: ServerWritableStream<FetchImageRequest, ImageChunk>) => fetchImage(coordinator, call),
    },
  };
}

function unary<Request, Reply>(answer: (request: Request) => Reply | Promise<Reply>) {
  return (call: ServerUnaryCall<Request, Reply>, callback: sendUnaryData<Reply>): void => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then((reply) => callback(null, reply))
      .catch((thrown: unknown) => callback(toGrpcError(thrown)));
  };
}

function watchSession(coordinator: Coordinator, call: ServerWritableStream<WatchSessionRequest, SessionEvent>): void {
  try {
    const unwatch = coordinator.session(call.request.sessionId).watch((event) => {
      call.write(event);
      if (finalStates.has(event.state)) call.end();
    });
    call.on("cancelled", unwatch);
  } catch (thrown) {
    call.emit("error", toGrpcError(thrown));
  }
}

/** Hands the merger's chunks on as they come, at the client's pace. */
function fetchImage(coordinator: Coordinator, call: ServerWritableStream<FetchImageRequest, ImageChunk>): void {
  try {
    const { image } = call.request;
    if (image === undefined) throw malformed();
    const session = coordinator.session(image.sessionId);
    const { chunks, error } = session.encodeImage(image);
    chunks.on("error", (thrown) => call.emit("error", toGrpcError(error(thrown))));
    call.on("cancelled", () => chunks.cancel());
    // grpc-js's type lacks one optional property that exactOptionalPropertyTypes insists on.
    chunks.pipe(call as unknown as NodeJS.WritableStream);
  } catch (thrown) {
    call.emit("error", toGrpcError(thrown));
  }
}

function malformed(): ArrasError {
  return new ArrasError("message-malformed", {
    message: "A request lacks a part",
    action: "Compare software versions of client and coordinator.",
  });
}
