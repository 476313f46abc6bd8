// A real node agent that starts test/fixtures/computation.mjs in place of renderers and mergers, and requests to it.
import { join } from "node:path";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Bus } from "../../host/bus.ts";
import { systemClock } from "../../host/clock.ts";
import { createLog } from "../../host/log.ts";
import { packageRoot } from "../../host/package-root.ts";
import { type AgentWorld, NodeAgent } from "../../node-agent/agent.ts";
import type { AgentSettings } from "../../node-agent/agent-settings.ts";
import { readCapabilities, readLoad } from "../../node-agent/capabilities.ts";
import { readResidentSet } from "../../node-agent/resident-set.ts";
import {
  ComputationKind,
  LaunchOrderSchema,
  type LaunchReply,
  LaunchReplySchema,
  LaunchRequestSchema,
} from "../../proto/gen/arras/v1/node_pb.ts";
import { subjects } from "../../proto/subjects.ts";

const mebibyte = 2 ** 20;

export const fixtureEntry = {
  command: process.execPath,
  args: [join(packageRoot(), "test/fixtures/computation.mjs")],
};

/** Not started yet. */
export function fixtureAgent(
  bus: Bus,
  settings: Partial<AgentSettings> = {},
  world: Partial<Pick<AgentWorld, "log" | "groupHost">> = {},
): NodeAgent {
  return new NodeAgent(
    {
      nodeId: "n1",
      capabilities: { ...readCapabilities(), host: "testhost", memoryBytes: 4096 * mebibyte },
      coresShared: true,
      renderers: ["fake"],
      tags: [],
      startedAtMs: 0,
      entries: { mcrt: fixtureEntry, merge: fixtureEntry },
      environment: process.env,
      ...settings,
    },
    { bus, clock: systemClock, log: createLog("test", 0), readMemory: readResidentSet, readLoad, ...world },
  );
}

export interface FixtureWish {
  /** What computation.mjs does. */
  readonly mode: string;
  readonly attempt?: number;
  readonly limitMB?: number;
  readonly environment?: { readonly [name: string]: string };
  readonly request?: MessageInitShape<typeof LaunchRequestSchema>;
}

/** Asks the agent for the computation mcrt_i0 of session s1. */
export async function launchFixture(
  bus: Bus,
  { mode, attempt = 1, limitMB = 512, environment = {}, request = {} }: FixtureWish,
): Promise<LaunchReply> {
  const order = create(LaunchOrderSchema, {
    sessionId: "s1",
    computation: "mcrt_i0",
    attempt,
    kind: ComputationKind.MCRT,
    token: "t",
    threadCount: 2,
    coordinatorAddress: "unix:/nowhere",
    nodeId: "n1",
    logLevel: 2,
  });
  const message = create(LaunchRequestSchema, {
    order,
    memoryLimitBytes: BigInt(limitMB * mebibyte),
    environment: { FIXTURE_MODE: mode, ...environment },
    ...request,
  });
  const reply = await bus.request(subjects.launch("n1"), toBinary(LaunchRequestSchema, message), 60_000);
  return fromBinary(LaunchReplySchema, reply);
}
