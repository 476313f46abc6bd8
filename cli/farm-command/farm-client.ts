// The command's way to a coordinator: FarmService, and of the others what pauses and ends a session.
import { create } from "@bufbuild/protobuf";
import { GrpcClient } from "../../host/grpc-client.ts";
import type { DoorAccess } from "../../host/read-access.ts";
import {
  type DrainNodeReply,
  DrainNodeRequestSchema,
  type FarmEvent,
  FarmService,
  type ListNodesReply,
  ListNodesRequestSchema,
  type ListSessionsReply,
  ListSessionsRequestSchema,
  type NodeRow,
  type SessionRow,
  WatchEventsRequestSchema,
} from "../../proto/gen/arras/v1/farm_pb.ts";
import {
  LookService,
  PauseSessionRequestSchema,
  ResumeSessionRequestSchema,
} from "../../proto/gen/arras/v1/look_pb.ts";
import { SessionService, StopSessionRequestSchema } from "../../proto/gen/arras/v1/session_pb.ts";
import type { EventsFrom, SessionChange } from "./farm-settings.ts";

const requestTimeoutMs = 10_000;
const peer = "the coordinator";
const changes = {
  pause: { method: "pauseSession", schema: PauseSessionRequestSchema },
  resume: { method: "resumeSession", schema: ResumeSessionRequestSchema },
  cancel: { method: "stopSession", schema: StopSessionRequestSchema },
} as const;

export class FarmClient {
  readonly #farm: GrpcClient;
  readonly #sessions: GrpcClient;

  constructor(door: { readonly address: string; readonly access?: DoorAccess }) {
    this.#farm = new GrpcClient({ ...door, service: FarmService, peer });
    this.#sessions = new GrpcClient({ ...door, service: [SessionService, LookService], peer });
  }

  async nodes(): Promise<readonly NodeRow[]> {
    const request = create(ListNodesRequestSchema);
    return (await this.#farm.unary<typeof request, ListNodesReply>("listNodes", request, requestTimeoutMs)).nodes;
  }

  async sessions(): Promise<readonly SessionRow[]> {
    const request = create(ListSessionsRequestSchema);
    const reply = await this.#farm.unary<typeof request, ListSessionsReply>("listSessions", request, requestTimeoutMs);
    return reply.sessions;
  }

  async drain(nodeId: string): Promise<void> {
    const request = create(DrainNodeRequestSchema, { nodeId });
    await this.#farm.unary<typeof request, DrainNodeReply>("drainNode", request, requestTimeoutMs);
  }

  async change(sessionId: string, how: SessionChange): Promise<void> {
    const { method, schema } = changes[how];
    await this.#sessions.unary(method, create<typeof schema>(schema, { sessionId }), requestTimeoutMs);
  }

  /** Ends with what is kept, or with `follow` never by itself. Rejects with an ArrasError when the coordinator goes. */
  async *events(from: EventsFrom, follow: boolean): AsyncGenerator<FarmEvent> {
    const request = create(WatchEventsRequestSchema, { from: fromMessage(from), follow });
    const stream = this.#farm.serverStream<object, FarmEvent>("watchEvents", request);
    try {
      for await (const event of stream as AsyncIterable<FarmEvent>) yield event;
    } catch (thrown) {
      throw this.#farm.error(thrown);
    } finally {
      stream.cancel();
    }
  }

  close(): void {
    this.#farm.close();
    this.#sessions.close();
  }
}

function fromMessage(from: EventsFrom) {
  if (from.t === "after") return { case: "afterSequence" as const, value: BigInt(from.sequence) };
  if (from.t === "since") return { case: "sinceMs" as const, value: BigInt(Math.floor(from.sinceMs)) };
  return { case: undefined };
}
