// A real node agent of which mergers are asked as a coordinator does, with processes that wait for an order as on a farm.
import { setTimeout as delay } from "node:timers/promises";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { computationEntry } from "../../host/built-file.ts";
import type { GrpcClient } from "../../host/grpc-client.ts";
import { InMemoryBus } from "../../host/in-memory-bus.ts";
import { mergerClient } from "../../host/merger-client.ts";
import { objectStorePlaceToText } from "../../host/nats/object-store-place.ts";
import type { NodeAgent } from "../../node-agent/agent.ts";
import { systemGroupHost } from "../../node-agent/cgroup/system-group-host.ts";
import {
  ComputationKind,
  LaunchOrderSchema,
  LaunchReplySchema,
  LaunchRequestSchema,
} from "../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../proto/limits.ts";
import { subjects } from "../../proto/subjects.ts";
import { fixtureAgent } from "../integration/fixture-agent.ts";
import { sessionId, token } from "../integration/merger-process.ts";

const nodeId = "n1";
const launchMsMax = 60_000;
/** Of the process that waits: as long as a film is rendered at least before its merger dies. */
const waitedMs = 4_000;

export class MergerNode {
  readonly #bus = new InMemoryBus();
  readonly #agent: NodeAgent;
  readonly #listenAddress: string;
  #attempt = 0;

  /** `folder`: of sockets, and of the object store. */
  constructor(folder: string) {
    this.#listenAddress = `unix:${folder}/merge.sock`;
    this.#agent = fixtureAgent(
      this.#bus,
      {
        entries: { mcrt: computationEntry("node-agent/mcrt/main.js"), merge: computationEntry("merger/main.js") },
        objectStore: objectStorePlaceToText({ t: "folder", path: folder }),
        prestartCount: limits.prestartCount,
      },
      { groupHost: systemGroupHost() },
    );
    this.#agent.start();
  }

  /** A process waits for the next order, and has done so for a while. */
  async ready(): Promise<void> {
    while (this.#agent.prestartedCount("merge") < 1) await delay(50);
    await delay(waitedMs);
  }

  /** Returns the process's id. Rejects where it does not start. */
  async launch(): Promise<{ readonly client: GrpcClient; readonly pid: number }> {
    this.#attempt += 1;
    const order = create(LaunchOrderSchema, {
      sessionId,
      token,
      computation: "merge",
      attempt: this.#attempt,
      kind: ComputationKind.MERGE,
      threadCount: 1,
      nodeId,
      listenAddress: this.#listenAddress,
      logLevel: 1,
    });
    const request = create(LaunchRequestSchema, { order, memoryLimitBytes: 2n ** 31n });
    const reply = await this.#bus.request(subjects.launch(nodeId), toBinary(LaunchRequestSchema, request), launchMsMax);
    const { error, address, pid } = fromBinary(LaunchReplySchema, reply);
    if (error !== undefined) throw new Error(`the merger did not start: ${error.message}`);
    return { client: mergerClient(address, ""), pid };
  }

  /** Kills it, and resolves when its coordinator would know. */
  async kill(pid: number): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      const subscription = this.#bus.subscribe(subjects.exited(sessionId), () => {
        subscription.unsubscribe();
        resolve();
      });
    });
    process.kill(pid, "SIGKILL");
    await gone;
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}
