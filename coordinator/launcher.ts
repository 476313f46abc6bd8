// How a session starts and stops processes: requests to node agents over the bus.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Bus } from "../host/bus.ts";
import { errorFromMessage } from "../proto/error-message.ts";
import {
  type AdoptedComputation,
  AdoptReplySchema,
  AdoptRequestSchema,
  type LaunchOrder,
  LaunchReplySchema,
  LaunchRequestSchema,
  StopReplySchema,
  StopRequestSchema,
} from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import { subjects } from "../proto/subjects.ts";

export interface Launch {
  readonly order: LaunchOrder;
  readonly memoryLimitBytes: number;
  readonly environment: Readonly<Record<string, string>>;
  /** mcrt: see LaunchRequest; absent: none. */
  readonly bundleSha256?: string;
}

/** What a session asks of nodes. */
export interface Launcher {
  /** Resolves with the address that the computation announced; rejects with what the agent says. */
  launch(nodeId: string, launch: Launch): Promise<{ readonly address: string }>;
  /** All computations of the session on that node when no name is given. Resolves when they are ended. */
  stop(nodeId: string, sessionId: string, computation?: string): Promise<void>;
  /** What runs there of a session that was taken over; its mcrts are told where its coordinator is now. */
  adopt(nodeId: string, sessionId: string): Promise<readonly AdoptedComputation[]>;
}

/**
 * The same for whoever may own the session. `fence`: the revision of the lease under which it is owned; nodes refuse one
 * lower than they have seen. 0: no lease is involved.
 */
export interface FarmLauncher {
  launch(nodeId: string, launch: Launch, fence: number): Promise<{ readonly address: string }>;
  stop(nodeId: string, sessionId: string, computation: string, fence: number): Promise<void>;
  adopt(nodeId: string, sessionId: string, fence: number): Promise<readonly AdoptedComputation[]>;
}

export class BusLauncher implements FarmLauncher {
  readonly #bus: Bus;
  readonly #coordinatorAddress: () => string;

  constructor(bus: Bus, coordinatorAddress: () => string) {
    this.#bus = bus;
    this.#coordinatorAddress = coordinatorAddress;
  }

  async launch(
    nodeId: string,
    { order, memoryLimitBytes, environment, bundleSha256 = "" }: Launch,
    fence: number,
  ): Promise<{ readonly address: string }> {
    const request = create(LaunchRequestSchema, {
      order,
      memoryLimitBytes: BigInt(memoryLimitBytes),
      environment: { ...environment },
      bundleSha256,
      ownerRevision: BigInt(fence),
    });
    const bytes = await this.#bus.request(
      subjects.launch(nodeId),
      toBinary(LaunchRequestSchema, request),
      // The agent's own limit ends first and says more.
      limits.launchTimeoutMs + limits.stopGraceMs,
    );
    const reply = fromBinary(LaunchReplySchema, bytes);
    if (reply.error !== undefined) throw errorFromMessage(reply.error);
    return { address: reply.address };
  }

  async stop(nodeId: string, sessionId: string, computation: string, fence: number): Promise<void> {
    const request = create(StopRequestSchema, { sessionId, computation, ownerRevision: BigInt(fence) });
    const bytes = await this.#bus.request(
      subjects.stop(nodeId),
      toBinary(StopRequestSchema, request),
      2 * (limits.stopGraceMs + limits.killGraceMs),
    );
    const { error } = fromBinary(StopReplySchema, bytes);
    if (error !== undefined) throw errorFromMessage(error);
  }

  async adopt(nodeId: string, sessionId: string, fence: number): Promise<readonly AdoptedComputation[]> {
    const coordinatorAddress = this.#coordinatorAddress();
    const request = create(AdoptRequestSchema, { sessionId, coordinatorAddress, ownerRevision: BigInt(fence) });
    const bytes = await this.#bus.request(
      subjects.adopt(nodeId),
      toBinary(AdoptRequestSchema, request),
      limits.heartbeatIntervalMs,
    );
    const { computations, error } = fromBinary(AdoptReplySchema, bytes);
    if (error !== undefined) throw errorFromMessage(error);
    return computations;
  }
}
