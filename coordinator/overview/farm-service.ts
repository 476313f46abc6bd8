// FarmService over gRPC: the door for operators.
import { create } from "@bufbuild/protobuf";
import type { ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { toGrpcError } from "../../host/grpc-error.ts";
import { callerOf } from "../../host/grpc-gate.ts";
import type { ServedService } from "../../host/grpc-server.ts";
import { unary } from "../../host/grpc-unary.ts";
import type { EventLog, FollowFrom } from "../../host/nats/event-log.ts";
import { ArrasError } from "../../proto/errors.ts";
import {
  DrainNodeReplySchema,
  type DrainNodeRequest,
  type FarmEvent,
  FarmService,
  ListNodesReplySchema,
  ListSessionsReplySchema,
  ReadSessionReplySchema,
  type ReadSessionRequest,
  type WatchEventsRequest,
} from "../../proto/gen/arras/v1/farm_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { FarmView } from "./farm-view.ts";
import { visibleNodes, visibleSessions } from "./visible.ts";

type Asked<Request = unknown> = ServerUnaryCall<Request, unknown>;

export function farmService(farm: FarmView, events: EventLog): ServedService {
  const followers = { count: 0 };
  return {
    service: FarmService,
    // The journal tells of everybody's sessions.
    access: {
      listNodes: "watch",
      listSessions: "watch",
      readSession: "watch",
      watchEvents: "operate",
      drainNode: "operate",
    },
    implementation: {
      listNodes: unary((call: Asked) => create(ListNodesReplySchema, { nodes: visibleNodes(farm, callerOf(call)) })),
      listSessions: unary((call: Asked) =>
        create(ListSessionsReplySchema, { sessions: visibleSessions(farm, callerOf(call)) }),
      ),
      readSession: unary((call: Asked<ReadSessionRequest>) => {
        const { sessionId } = call.request;
        const session = visibleSessions(farm, callerOf(call)).find((each) => each.sessionId === sessionId);
        if (session === undefined) throw missingSession(sessionId);
        return create(ReadSessionReplySchema, { session });
      }),
      drainNode: unary(async ({ request }: Asked<DrainNodeRequest>) => {
        await farm.drain(request.nodeId);
        return create(DrainNodeReplySchema);
      }),
      watchEvents: (call: ServerWritableStream<WatchEventsRequest, FarmEvent>) => watchEvents(events, followers, call),
    },
  };
}

function watchEvents(
  events: EventLog,
  followers: { count: number },
  call: ServerWritableStream<WatchEventsRequest, FarmEvent>,
): void {
  if (followers.count >= limits.eventReadersMax) {
    call.emit("error", toGrpcError(tooManyReaders()));
    return;
  }
  followers.count += 1;
  let isOpen = true;
  let goOn: () => void = () => {};
  const following = events.follow(followFrom(call.request), {
    // What the client has not read yet stays in the log, not in this process.
    event: (event) =>
      call.write(event)
        ? undefined
        : new Promise<void>((resolve) => {
            goOn = resolve;
          }),
    current: () => {
      if (call.request.follow) return;
      leave();
      call.end();
    },
  });
  const leave = () => {
    if (!isOpen) return;
    isOpen = false;
    followers.count -= 1;
    following.unsubscribe();
    goOn();
  };
  call.on("drain", () => goOn());
  for (const end of ["cancelled", "close", "error"]) call.on(end, leave);
}

function followFrom({ from }: WatchEventsRequest): FollowFrom {
  if (from.case === "afterSequence") return { t: "sequence", sequence: bounded(from.value) + 1 };
  if (from.case === "sinceMs") return { t: "time", sinceMs: bounded(from.value) };
  return { t: from.case === "now" && from.value ? "now" : "start" };
}

/** Of milliseconds the last that a Date has (ECMA-262, 21.4.1.1); no event has a greater number either. */
function bounded(value: bigint): number {
  return Number(value > 8_640_000_000_000_000n ? 8_640_000_000_000_000n : value);
}

function missingSession(sessionId: string): ArrasError {
  return new ArrasError("session-missing", {
    message: `There is no session ${JSON.stringify(sessionId.slice(0, 80))}`,
    action: "It was closed, or it never was.",
  });
}

function tooManyReaders(): ArrasError {
  return new ArrasError("unavailable", {
    message: `eventReadersMax = ${limits.eventReadersMax} read this coordinator's events already`,
    action: "Ask again later, or another coordinator.",
  });
}
