// SessionService over gRPC: the door for clients. A session is created where it is asked for; all else goes to its owner.
import { create } from "@bufbuild/protobuf";
import type { ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { callerOf } from "../host/grpc-gate.ts";
import type { ServedService } from "../host/grpc-server.ts";
import { unary } from "../host/grpc-unary.ts";
import { ArrasError } from "../proto/errors.ts";
import type { ImageChunk } from "../proto/gen/arras/v1/film_pb.ts";
import {
  CheckpointSessionReplySchema,
  type CheckpointSessionRequest,
  CloseSessionReplySchema,
  type CloseSessionRequest,
  CreateSessionReplySchema,
  type CreateSessionRequest,
  type FetchImageRequest,
  type SessionEvent,
  SessionService,
  StopSessionReplySchema,
  type StopSessionRequest,
  type WatchSessionRequest,
} from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { type AssetReader, requireBundle } from "./bundle-check.ts";
import type { Coordinator } from "./coordinator.ts";
import type { SessionRelay } from "./relay/session-relay.ts";
import { sessionElsewhere } from "./session-errors.ts";

export interface SessionDoor {
  readonly coordinator: Coordinator;
  readonly relay: SessionRelay;
  /** Where bundles are looked for; absent: nobody here has one. */
  readonly assets?: AssetReader;
}

export function sessionService({ coordinator, relay, assets }: SessionDoor): ServedService {
  return {
    service: SessionService,
    access: {
      createSession: "submit",
      stopSession: "submit",
      checkpointSession: "submit",
      closeSession: "submit",
      watchSession: "watch",
      fetchImage: "watch",
    },
    openCallsMax: { watchSession: limits.watchesPerClientMax, fetchImage: limits.picturesPerClientMax },
    implementation: {
      createSession: unary(async (call: Unary<CreateSessionRequest>) => {
        const { requestId, session } = call.request;
        if (session === undefined || requestId === "" || requestId.length > 128) throw malformed();
        await requireBundle(session.render, assets);
        const sessionId = await coordinator.create(requestId, session, callerOf(call).user);
        return create(CreateSessionReplySchema, { sessionId });
      }),
      stopSession: unary((call: Unary<StopSessionRequest>) =>
        relay.answer(call, "stopSession", async (session) => {
          if (!(await session.stop())) throw sessionElsewhere(call.request.sessionId);
          return create(StopSessionReplySchema);
        }),
      ),
      checkpointSession: unary((call: Unary<CheckpointSessionRequest>) =>
        relay.answer(call, "checkpointSession", async (session) => {
          const { sppMean, sizeBytes } = await session.checkpoint();
          return create(CheckpointSessionReplySchema, { sppMean, sizeBytes });
        }),
      ),
      closeSession: unary((call: Unary<CloseSessionRequest>) =>
        relay
          .answer(call, "closeSession", async () => {
            await coordinator.close(call.request.sessionId);
            return create(CloseSessionReplySchema);
          })
          .catch((thrown: unknown) => {
            // Closed before: it is as it shall be.
            if (ArrasError.from(thrown).code !== "session-missing") throw thrown;
            return create(CloseSessionReplySchema);
          }),
      ),
      watchSession: (call: ServerWritableStream<WatchSessionRequest, SessionEvent>) => void relay.watch(call),
      fetchImage: (call: ServerWritableStream<FetchImageRequest, ImageChunk>) => void relay.fetchImage(call),
    },
  };
}

type Unary<Request> = ServerUnaryCall<Request, unknown>;

function malformed(): ArrasError {
  return new ArrasError("message-malformed", {
    message: "A request lacks a part",
    action: "Compare software versions of client and coordinator.",
  });
}
