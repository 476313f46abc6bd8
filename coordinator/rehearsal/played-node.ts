// The node of a rehearsal: heard of over a bus that nobody else is on, it begins played processes where an agent begins
// real ones.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../../host/bus.ts";
import {
  ComputationKind,
  HeartbeatSchema,
  LaunchReplySchema,
  type LaunchRequest,
  LaunchRequestSchema,
  StopReplySchema,
  type StopRequest,
  StopRequestSchema,
} from "../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../proto/limits.ts";
import { subjects } from "../../proto/subjects.ts";
import { softwareVersion } from "../../proto/version.ts";
import { PlayedComputation } from "./played-computation.ts";
import { PlayedMerger } from "./played-merger.ts";

const nodeId = "rehearsal";
/** Of definitions that name none. */
const mergerName = "merge";
/** More than a session of the rehearsal is promised. */
const memoryBytes = 2n ** 36n;

export class PlayedNode {
  readonly #bus: Bus;
  readonly #subscriptions: readonly Subscription[];
  readonly #beating: NodeJS.Timeout;
  #merger: PlayedMerger | undefined;
  #computation: PlayedComputation | undefined;

  /** Is there from now on. */
  constructor(bus: Bus) {
    this.#bus = bus;
    this.#subscriptions = [
      bus.reply(subjects.launch(nodeId), (request) => this.#launch(fromBinary(LaunchRequestSchema, request))),
      bus.reply(subjects.stop(nodeId), (request) => this.#stop(fromBinary(StopRequestSchema, request))),
    ];
    this.#beating = setInterval(() => this.#beat(), limits.heartbeatIntervalMs);
    this.#beat();
  }

  async close(): Promise<void> {
    clearInterval(this.#beating);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#computation?.close();
    await this.#merger?.close();
  }

  #beat(): void {
    const heartbeat = create(HeartbeatSchema, {
      nodeId,
      host: nodeId,
      coreCount: 2,
      memoryBytes,
      renderers: ["fake"],
      architecture: process.arch,
      memoryEnforcement: "none",
      softwareVersion,
    });
    this.#bus.publish(subjects.heartbeat(nodeId), toBinary(HeartbeatSchema, heartbeat));
  }

  async #launch({ order }: LaunchRequest): Promise<Uint8Array> {
    let address = "";
    if (order?.kind === ComputationKind.MERGE) {
      this.#merger = new PlayedMerger();
      address = await this.#merger.start();
    } else if (order !== undefined)
      this.#computation = new PlayedComputation(order, (units) => this.#merger?.take(units));
    return toBinary(LaunchReplySchema, create(LaunchReplySchema, { address, pid: process.pid }));
  }

  async #stop({ computation }: StopRequest): Promise<Uint8Array> {
    const merger = this.#merger;
    if (computation === mergerName) {
      this.#merger = undefined;
      await merger?.close();
    } else this.#computation?.close();
    return toBinary(StopReplySchema, create(StopReplySchema));
  }
}
