// The node agent: starts and stops computations at a coordinator's request, holds them to their memory, tells how they
// ended. One inbox; it keeps nothing but its running children. Whether a computation is started again is not its
// business.
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../host/bus.ts";
import type { Clock, Timer } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { errorToMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import {
  AdoptReplySchema,
  ComputationExitedSchema,
  ComputationKind,
  type LaunchOrder,
  LaunchReplySchema,
  LaunchRequestSchema,
  StopReplySchema,
  StopRequestSchema,
} from "../proto/gen/arras/v1/node_pb.ts";
import { launchOrderToLine } from "../proto/launch-order.ts";
import { limits } from "../proto/limits.ts";
import { subjects } from "../proto/subjects.ts";
import type { AgentSettings, MemoryEnforcement } from "./agent-settings.ts";
import type { GroupHost } from "./cgroup/group-files.ts";
import type { MemoryGroup } from "./cgroup/memory-group.ts";
import { MemoryGroups } from "./cgroup/memory-groups.ts";
import { childEnvironment } from "./child-environment.ts";
import { forwardLine } from "./forward-line.ts";
import { heartbeatBytes, usageBytes } from "./heartbeat.ts";
import { defaultGraces, type ProcessExit, RunningComputation } from "./launch.ts";
import { adoptRequestFrom, checkLaunch } from "./launch-check.ts";
import type { MemoryReading } from "./memory-watchdog.ts";
import { Running } from "./running.ts";

export interface AgentWorld {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** `readResidentSet`, or a test's. */
  readonly readMemory: (pid: number) => MemoryReading | undefined;
  /** `systemGroupHost()`, or a test's; absent where there are no cgroups. */
  readonly groupHost?: GroupHost | undefined;
}

type LaunchReplyFields = MessageInitShape<typeof LaunchReplySchema>;

type AgentEvent =
  | { readonly t: "launch"; readonly message: Uint8Array; readonly reply: (message: Uint8Array) => void }
  | { readonly t: "stop"; readonly message: Uint8Array; readonly reply: (message: Uint8Array) => void }
  | { readonly t: "adopt"; readonly message: Uint8Array; readonly reply: (message: Uint8Array) => void }
  | { readonly t: "announced"; readonly running: Running; readonly address: string }
  | { readonly t: "exited"; readonly running: Running; readonly exit: ProcessExit }
  | { readonly t: "memory-due" }
  | { readonly t: "heartbeat-due" };

export class NodeAgent {
  readonly #settings: AgentSettings;
  readonly #world: AgentWorld;
  /** By session and computation; at most one attempt of each. */
  readonly #running = new Map<string, Running>();
  readonly #subscriptions: Subscription[] = [];
  readonly #timers = new Map<string, Timer>();
  /** Groups of computations that are gone, on their way out. */
  readonly #removals = new Set<Promise<void>>();
  /** undefined where the watchdog alone holds computations to their limits. */
  #groups: MemoryGroups | undefined;
  #isClosed = false;
  #isDraining = false;

  constructor(settings: AgentSettings, world: AgentWorld) {
    this.#settings = settings;
    this.#world = world;
  }

  /** Answers from now on, and gives the first heartbeat. */
  start(): void {
    const { nodeId } = this.#settings;
    const { bus, log } = this.#world;
    this.#openGroups();
    if (this.#memoryEnforcement === "none") {
      log.warn({ node: nodeId }, "this system has no /proc: memory limits are reserved but not enforced");
    }
    const responder = (t: "launch" | "stop" | "adopt") => (message: Uint8Array) =>
      new Promise<Uint8Array>((reply) => this.#receive({ t, message, reply }));
    this.#subscriptions.push(
      bus.reply(subjects.launch(nodeId), responder("launch")),
      bus.reply(subjects.stop(nodeId), responder("stop")),
      bus.reply(subjects.adopt(nodeId), responder("adopt")),
    );
    this.#receive({ t: "heartbeat-due" });
    this.#receive({ t: "memory-due" });
  }

  /** Stops every computation and answers no more. Resolves when all are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
    await Promise.all(this.#removals);
    for (const timer of this.#timers.values()) timer.cancel();
  }

  /** Takes nothing new and says so, then ends what runs: its units go back, and others take them. Then close(). */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#publishHeartbeat();
    await this.stopAll();
  }

  /** Ends every computation, and goes on answering. Resolves when all are gone. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
  }

  /** At once, without grace: the second Ctrl-C. */
  kill(): void {
    this.#isClosed = true;
    for (const running of this.#running.values()) running.kill();
  }

  get #memoryEnforcement(): MemoryEnforcement {
    return this.#groups?.enforcement ?? this.#settings.capabilities.memoryEnforcement;
  }

  #openGroups(): void {
    const { groupHost, clock, log } = this.#world;
    if (groupHost === undefined || this.#settings.memoryEnforcement === "watchdog") return;
    this.#groups = MemoryGroups.open(groupHost);
    void this.#groups?.removeStale(clock).then((removedCount) => {
      if (removedCount > 0) log.debug({ removedCount }, "removed memory groups of agents that are gone");
    });
  }

  #receive(event: AgentEvent): void {
    switch (event.t) {
      case "launch":
        this.#launch(event.message, event.reply);
        break;
      case "stop":
        this.#stop(event.message, event.reply);
        break;
      case "adopt":
        this.#adopt(event.message, event.reply);
        break;
      case "announced":
        event.running.address = event.address;
        if (event.running.state.t === "launching") event.running.state = { t: "running" };
        // So that the peak of one that lives shorter than a poll is known too.
        this.#readMemoryOf(event.running);
        break;
      case "exited":
        this.#exited(event.running, event.exit);
        break;
      case "memory-due":
        this.#readMemory();
        this.#again("memory-due", limits.memoryPollMs);
        break;
      case "heartbeat-due":
        this.#publishHeartbeat();
        this.#again("heartbeat-due", limits.heartbeatIntervalMs);
        break;
    }
  }

  #again(t: "memory-due" | "heartbeat-due", delayMs: number): void {
    // While closing, memory is watched on; timers do not keep the process alive.
    if (this.#isClosed && (t === "heartbeat-due" || this.#running.size === 0)) return;
    this.#timers.set(
      t,
      this.#world.clock.after(delayMs, () => this.#receive({ t })),
    );
  }

  #launch(message: Uint8Array, send: (message: Uint8Array) => void): void {
    const reply = (fields: LaunchReplyFields) => send(toBinary(LaunchReplySchema, create(LaunchReplySchema, fields)));
    try {
      const request = fromBinary(LaunchRequestSchema, message);
      const key = keyOf(request.order?.sessionId ?? "", request.order?.computation ?? "");
      const existing = this.#running.get(key);
      if (existing !== undefined && existing.order.attempt === request.order?.attempt) {
        this.#answerWhenAnnounced(existing, reply);
        return;
      }
      if (existing !== undefined && existing.order.attempt > (request.order?.attempt ?? 0)) {
        throw stale(existing, request.order?.attempt ?? 0);
      }
      if (existing !== undefined) {
        // A newer attempt takes its place; the two must not share an address.
        void existing.stop().then(() => this.#receive({ t: "launch", message, reply: send }));
        return;
      }
      const running = this.#begin(request);
      this.#running.set(key, running);
      this.#answerWhenAnnounced(running, reply);
    } catch (thrown) {
      reply({ error: errorToMessage(ArrasError.from(thrown, "message-malformed")) });
    }
  }

  #begin(request: Parameters<typeof checkLaunch>[0]): Running {
    const { nodeId, capabilities, entries, environment, graces } = this.#settings;
    const { clock, log } = this.#world;
    if (this.#isClosed || this.#isDraining) throw closing(nodeId);
    const promisedBytes = [...this.#running.values()].reduce((sum, each) => sum + each.limitBytes, 0);
    const { order: asked, limitBytes } = checkLaunch(request, {
      nodeId,
      host: capabilities.host,
      memoryBytes: capabilities.memoryBytes,
      promisedBytes,
      runningCount: this.#running.size,
    });
    const order = withOwnTerms(asked, this.#settings);
    const childLog = log.child({ session: order.sessionId, computation: order.computation, node: nodeId });
    let group: MemoryGroup | undefined;
    const process = new RunningComputation({
      entry: order.kind === ComputationKind.MERGE ? entries.merge : entries.mcrt,
      environment: childEnvironment(environment, request.environment, order.threadCount),
      orderLine: launchOrderToLine(order),
      clock,
      said: (line) => forwardLine(childLog, line),
      spawned: (pid) => {
        group = this.#enclose(pid, limitBytes, childLog);
      },
      ...(graces ?? defaultGraces),
    });
    const running = new Running(order, limitBytes, process, { node: nodeId, host: capabilities.host }, group);
    childLog.debug({ pid: process.pid, attempt: order.attempt, limitBytes }, "computation started");
    void process.exited.then((exit) => this.#receive({ t: "exited", running, exit }));
    return running;
  }

  /** In a group with this limit; undefined: the watchdog has to do. */
  #enclose(pid: number, limitBytes: number, log: Log): MemoryGroup | undefined {
    if (this.#groups === undefined) return undefined;
    const group = this.#groups.create(limitBytes);
    if (group?.join(pid) === true) return group;
    log.warn({ pid, limitBytes }, "its memory group could not be made: its resident set is watched instead");
    if (group !== undefined) this.#remove(group);
    return undefined;
  }

  #remove(group: MemoryGroup): void {
    const removal = group.remove(this.#world.clock).then((isRemoved) => {
      this.#removals.delete(removal);
      if (!isRemoved) this.#world.log.warn({ group: group.path }, "a memory group could not be removed");
    });
    this.#removals.add(removal);
  }

  #answerWhenAnnounced(running: Running, reply: (fields: LaunchReplyFields) => void): void {
    running.process.announced.then(
      ({ address }) => {
        this.#receive({ t: "announced", running, address });
        running.isKnown = true;
        reply({ address, pid: running.process.pid ?? 0 });
      },
      // The reply waits for the end, so that who launches again finds the node as it was.
      (error) => void running.process.exited.then(() => reply({ error: errorToMessage(running.launchError(error)) })),
    );
  }

  #stop(message: Uint8Array, reply: (message: Uint8Array) => void): void {
    let stops: Promise<void>[] = [];
    try {
      const { sessionId, computation } = fromBinary(StopRequestSchema, message);
      stops = [...this.#running.values()]
        .filter(
          ({ order }) => order.sessionId === sessionId && (computation === "" || order.computation === computation),
        )
        .map((running) => running.stop());
    } catch (thrown) {
      this.#world.log.warn({ node: this.#settings.nodeId, err: thrown }, "a stop request was malformed");
    }
    void Promise.all(stops).then(() => reply(toBinary(StopReplySchema, create(StopReplySchema))));
  }

  /** Another coordinator owns the session now. */
  #adopt(message: Uint8Array, send: (message: Uint8Array) => void): void {
    const reply = (fields: MessageInitShape<typeof AdoptReplySchema>) =>
      send(toBinary(AdoptReplySchema, create(AdoptReplySchema, fields)));
    try {
      const { sessionId, coordinatorAddress } = adoptRequestFrom(message, this.#settings.nodeId);
      const ofSession = [...this.#running.values()].filter(({ order }) => order.sessionId === sessionId);
      if (coordinatorAddress !== "")
        for (const { process } of ofSession) process.note({ t: "coordinator", address: coordinatorAddress });
      reply({ computations: ofSession.flatMap((running) => running.adopted() ?? []) });
    } catch (thrown) {
      reply({ error: errorToMessage(ArrasError.from(thrown, "message-malformed")) });
    }
  }

  #exited(running: Running, exit: ProcessExit): void {
    const { sessionId, computation } = running.order;
    const key = keyOf(sessionId, computation);
    if (this.#running.get(key) === running) this.#running.delete(key);
    // The kernel may have ended it between two readings.
    this.#readMemoryOf(running);
    if (running.group !== undefined) this.#remove(running.group);
    const report = running.exitReport(exit);
    const { code, signal } = exit;
    this.#world.log.debug({ session: sessionId, computation, code, signal, cause: report.cause }, "computation ended");
    // Told by the reply to its launch where that has not been given yet.
    if (!running.isKnown) return;
    this.#world.bus.publish(subjects.exited(sessionId), toBinary(ComputationExitedSchema, report));
  }

  #readMemory(): void {
    for (const running of this.#running.values()) this.#readMemoryOf(running);
  }

  #readMemoryOf(running: Running): void {
    const { pid, hasExited } = running.process;
    running.judge(pid === undefined || hasExited ? undefined : this.#world.readMemory(pid));
  }

  #publishHeartbeat(): void {
    const { nodeId } = this.#settings;
    const { bus } = this.#world;
    bus.publish(
      subjects.heartbeat(nodeId),
      heartbeatBytes(this.#settings, { memoryEnforcement: this.#memoryEnforcement, draining: this.#isDraining }),
    );
    for (const running of this.#running.values()) {
      bus.publish(subjects.usage(running.order.sessionId), usageBytes(nodeId, running));
    }
  }
}

/** What only the node decides: by which address others reach it, and which renderers run here. */
function withOwnTerms(order: LaunchOrder, { hostAddress, renderers }: AgentSettings): LaunchOrder {
  const isOpen = order.kind === ComputationKind.MERGE && order.listenAddress === "" && hostAddress !== undefined;
  return { ...order, renderers: [...renderers], ...(isOpen ? { listenAddress: `${hostAddress}:0` } : {}) };
}

function keyOf(sessionId: string, computation: string): string {
  return `${sessionId} ${computation}`;
}

function stale({ order }: Running, attempt: number): ArrasError {
  return new ArrasError("session-state", {
    message: `${order.computation} runs in attempt ${order.attempt}, attempt ${attempt} came too late`,
    action: "Nothing: the newer attempt goes on.",
    place: { session: order.sessionId, computation: order.computation, node: order.nodeId },
  });
}

function closing(nodeId: string): ArrasError {
  return new ArrasError("unavailable", {
    message: "The node agent is closing",
    action: "Place the computation on another node.",
    place: { node: nodeId },
  });
}
