// The node agent: starts and stops computations at a coordinator's request, holds them to their memory, tells how they
// ended, and leaves in good order. One inbox; it keeps nothing but its running children. Whether a computation is
// started again is not its business.
import { toBinary } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../host/bus.ts";
import type { Clock, Timer } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { errorToMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import {
  ComputationExitedSchema,
  ComputationKind,
  type ExitCause,
  type LaunchOrder,
} from "../proto/gen/arras/v1/node_pb.ts";
import { launchOrderToLine } from "../proto/launch-order.ts";
import { limits } from "../proto/limits.ts";
import { subjects } from "../proto/subjects.ts";
import { answerRequests, type Reply, type Request } from "./agent-requests.ts";
import type { AgentSettings, MemoryEnforcement } from "./agent-settings.ts";
import type { BundleState } from "./assets/bundle-cache.ts";
import { noteOf } from "./assets/bundle-note.ts";
import type { NodeLoad } from "./capabilities.ts";
import type { GroupHost } from "./cgroup/group-files.ts";
import { childEnvironment } from "./child-environment.ts";
import { spawnComputation } from "./computation-child.ts";
import { type ComputationProgram, programOf } from "./computation-program.ts";
import { Enclosures } from "./enclosures.ts";
import { forwardLine } from "./forward-line.ts";
import { heartbeatBytes, usageBytes } from "./heartbeat.ts";
import { defaultGraces, type ProcessExit, RunningComputation } from "./launch.ts";
import type { MemoryReading } from "./memory-watchdog.ts";
import { OwnerFence } from "./owner-fence.ts";
import { PrestartedComputations, type PrestartSurroundings } from "./prestart/prestarted.ts";
import type { Environment } from "./prestart/serves-environment.ts";
import { checkAdopt, checkDrain, checkLaunch } from "./request-checks.ts";
import { Running } from "./running.ts";

export interface AgentWorld {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Its lines name the node. */
  readonly log: Log;
  /** `readResidentSet`, or a test's. */
  readonly readMemory: (pid: number) => MemoryReading | undefined;
  /** `readLoad`, or a test's. */
  readonly readLoad: () => NodeLoad;
  /** `systemGroupHost()`, or a test's; absent where there are no cgroups. */
  readonly groupHost?: GroupHost | undefined;
  /** Absent where all files are there already. */
  readonly scenes?: SceneCache | undefined;
  readonly watcher?: AgentWatcher;
}

/** Told what runs here, for figures. */
export interface AgentWatcher {
  /** `wasWaiting`: its process was started beforehand. */
  started(running: Running, wasWaiting: boolean): void;
  ended(running: Running, cause: ExitCause): void;
}

/** Scenes that are brought to this machine; `BundleCache`, or a test's. */
export interface SceneCache {
  hold(bundleSha256: string, told: (state: BundleState) => void): { release(): void };
  readonly held: readonly string[];
}

/** Why it leaves, and how long what runs may take to go. */
export interface DrainWish {
  readonly reason: string;
  readonly deadlineMs: number;
}

interface Drain {
  readonly untilMs: number;
  readonly timer: Timer;
}

type AgentEvent =
  | { readonly t: "launch"; readonly request: Request<"launch">; readonly reply: (fields: Reply<"launch">) => void }
  | { readonly t: "stop"; readonly request: Request<"stop">; readonly reply: (fields: Reply<"stop">) => void }
  | { readonly t: "adopt"; readonly request: Request<"adopt">; readonly reply: (fields: Reply<"adopt">) => void }
  | { readonly t: "drain"; readonly wish: DrainWish }
  | { readonly t: "drain-due" }
  | { readonly t: "announced"; readonly running: Running; readonly address: string }
  | { readonly t: "exited"; readonly running: Running; readonly exit: ProcessExit }
  | { readonly t: "memory-due" }
  | { readonly t: "heartbeat-due" };

export class NodeAgent {
  readonly #settings: AgentSettings;
  readonly #world: AgentWorld;
  /** By session and computation; at most one attempt of each. */
  readonly #running = new Map<string, Running>();
  readonly #ownerFence = new OwnerFence();
  readonly #subscriptions: Subscription[] = [];
  readonly #timers = new Map<string, Timer>();
  readonly #enclosures: Enclosures;
  readonly #prestarted: PrestartedComputations;
  #isClosed = false;
  /** undefined: it stays. */
  #drain: Drain | undefined;
  /** Resolves when it is to leave and nothing runs here any more. Then close(). */
  readonly drained: Promise<void>;
  #tellDrained: () => void = () => {};

  constructor(settings: AgentSettings, world: AgentWorld) {
    this.#settings = settings;
    this.#world = world;
    this.drained = new Promise((resolve) => {
      this.#tellDrained = resolve;
    });
    const { memoryEnforcement, prestartCount = 0 } = settings;
    const groupHost = memoryEnforcement === "watchdog" ? undefined : world.groupHost;
    this.#enclosures = new Enclosures(groupHost, world.clock, world.log);
    this.#prestarted = new PrestartedComputations(prestartCount, this.#prestartSurroundings());
  }

  #prestartSurroundings(): PrestartSurroundings {
    const { capabilities, entries, environment, graces = defaultGraces } = this.#settings;
    const { clock, log } = this.#world;
    const { coreCount, memoryBytes } = capabilities;
    return {
      clock,
      log,
      stopGraceMs: graces.stopGraceMs,
      // A merger has one thread for itself.
      environmentOf: (program) => childEnvironment(environment, {}, program === "merge" ? 1 : coreCount),
      spawn: (program, ofChild) => spawnComputation(entries[program], ofChild),
      enclose: (pid) => this.#enclosures.enclose(pid, memoryBytes, log),
      remove: (group) => this.#enclosures.remove(group),
    };
  }

  /** Answers from now on, and gives the first heartbeat. */
  start(): void {
    const { nodeId } = this.#settings;
    const { bus, log } = this.#world;
    if (this.#memoryEnforcement === "none") {
      log.warn("this system has no /proc: memory limits are reserved but not enforced");
    }
    this.#subscriptions.push(
      ...answerRequests(bus, nodeId, {
        launch: (request, reply) => this.#receive({ t: "launch", request, reply }),
        stop: (request, reply) => this.#receive({ t: "stop", request, reply }),
        adopt: (request, reply) => this.#receive({ t: "adopt", request, reply }),
        drain: (request, reply) => {
          const { drainDeadlineMs = limits.drainDeadlineMs } = this.#settings;
          this.drain(checkDrain(request, { nodeId, drainDeadlineMs }));
          reply({ computationCount: this.#running.size, leftMs: this.#drainLeftMs });
        },
      }),
    );
    this.#receive({ t: "heartbeat-due" });
    this.#receive({ t: "memory-due" });
    this.#prestarted.open();
  }

  /** Before `start`, too: processes that orders will come for soon, so that their programs are loaded meanwhile. */
  prestart(program: ComputationProgram, count: number): void {
    this.#prestarted.start(program, count);
  }

  /** Processes that were started beforehand and wait for an order. */
  prestartedCount(program: ComputationProgram): number {
    return this.#prestarted.waitingCount(program);
  }

  /** Stops every computation and answers no more. Resolves when all are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    const closing = this.#prestarted.close();
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
    await closing;
    await this.#enclosures.settled();
    for (const timer of this.#timers.values()) timer.cancel();
  }

  /** Takes nothing new and says so; waits until others have taken what runs here, at most until the deadline. */
  drain(wish: DrainWish): void {
    this.#receive({ t: "drain", wish });
  }

  /** Ends every computation and what waits for one, and goes on answering. Resolves when all are gone. */
  async stopAll(): Promise<void> {
    const clearing = this.#prestarted.clear();
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
    await clearing;
  }

  /** At once, without grace: the second Ctrl-C. */
  kill(): void {
    this.#isClosed = true;
    this.#prestarted.kill();
    for (const running of this.#running.values()) running.kill();
  }

  /** It is leaving. */
  get isDraining(): boolean {
    return this.#drain !== undefined;
  }

  get #memoryEnforcement(): MemoryEnforcement {
    return this.#enclosures.enforcement ?? this.#settings.capabilities.memoryEnforcement;
  }

  #receive(event: AgentEvent): void {
    switch (event.t) {
      case "launch":
        this.#launch(event.request, event.reply);
        break;
      case "stop":
        this.#stop(event.request, event.reply);
        break;
      case "adopt":
        this.#adopt(event.request, event.reply);
        break;
      case "drain":
        this.#beginDrain(event.wish);
        break;
      case "drain-due":
        this.#endDrain();
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
        this.#again("memory-due", this.#areAllEnclosed ? limits.enclosedMemoryPollMs : limits.memoryPollMs);
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

  #beginDrain({ reason, deadlineMs }: DrainWish): void {
    const { clock, log } = this.#world;
    const untilMs = clock.nowMs() + deadlineMs;
    // Asked again: the earliest deadline counts.
    if (this.#drain !== undefined && this.#drain.untilMs <= untilMs) return;
    this.#drain?.timer.cancel();
    this.#drain = { untilMs, timer: clock.after(deadlineMs, () => this.#receive({ t: "drain-due" })) };
    log.info({ reason, deadlineMs, computationCount: this.#running.size }, "leaving: what runs here goes elsewhere");
    void this.#prestarted.close();
    this.#publishHeartbeat();
    this.#leaveIfEmpty();
  }

  #endDrain(): void {
    const { log } = this.#world;
    if (this.#running.size > 0)
      log.warn({ computationCount: this.#running.size }, "the time to leave is up: what is left here is ended");
    void this.stopAll();
  }

  #leaveIfEmpty(): void {
    if (this.#drain === undefined || this.#running.size > 0) return;
    this.#drain.timer.cancel();
    this.#tellDrained();
  }

  /** 0 where it stays. */
  get #drainLeftMs(): number {
    return this.#drain === undefined ? 0 : Math.max(0, Math.round(this.#drain.untilMs - this.#world.clock.nowMs()));
  }

  #launch(request: Request<"launch">, reply: (fields: Reply<"launch">) => void): void {
    const key = keyOf(request.order?.sessionId ?? "", request.order?.computation ?? "");
    const attempt = request.order?.attempt ?? 0;
    const existing = this.#running.get(key);
    try {
      this.#ownerFence.admit(request.order?.sessionId ?? "", request.ownerRevision);
      if (existing !== undefined && existing.order.attempt === attempt) {
        this.#answerWhenAnnounced(existing, reply);
        return;
      }
      if (existing !== undefined && existing.order.attempt < attempt) {
        // A newer attempt takes its place; the two must not share an address.
        void existing.stop().then(() => this.#receive({ t: "launch", request, reply }));
        return;
      }
      if (existing !== undefined) throw stale(existing, attempt);
      const running = this.#begin(request);
      this.#running.set(key, running);
      this.#answerWhenAnnounced(running, reply);
    } catch (thrown) {
      reply({ error: errorToMessage(ArrasError.from(thrown)) });
    }
  }

  #begin(request: Request<"launch">): Running {
    const { nodeId, capabilities, environment, graces } = this.#settings;
    const { clock, log, scenes } = this.#world;
    if (this.#isClosed || this.#drain !== undefined) throw leaving(nodeId);
    const promisedBytes = [...this.#running.values()].reduce((sum, each) => sum + each.limitBytes, 0);
    const { order: asked, limitBytes } = checkLaunch(request, {
      nodeId,
      host: capabilities.host,
      memoryBytes: capabilities.memoryBytes,
      promisedBytes,
      runningCount: this.#running.size,
      hasCache: scenes !== undefined,
    });
    const order = withOwnTerms(asked, this.#settings);
    const childLog = log.child({ session: order.sessionId, computation: order.computation });
    const program = programOf(order.kind);
    const ofChild = childEnvironment(environment, request.environment, order.threadCount);
    const { child, group, wasWaiting } = this.#childFor(program, ofChild, limitBytes, childLog);
    const process = new RunningComputation({
      child,
      orderLine: launchOrderToLine(order),
      clock,
      said: (line) => forwardLine(childLog, line),
      ...(graces ?? defaultGraces),
    });
    const running = new Running(order, limitBytes, process, { node: nodeId, host: capabilities.host }, group);
    childLog.debug({ childPid: process.pid, attempt: order.attempt, limitBytes, wasWaiting }, "computation started");
    this.#world.watcher?.started(running, wasWaiting);
    const { bundleSha256 } = request;
    const scene =
      bundleSha256 === ""
        ? undefined
        : scenes?.hold(bundleSha256, (state) => process.note(noteOf(bundleSha256, state)));
    void process.exited.then((exit) => {
      scene?.release();
      this.#receive({ t: "exited", running, exit });
    });
    return running;
  }

  /** In its memory group, and without its order yet. */
  #childFor(program: ComputationProgram, environment: Environment, limitBytes: number, log: Log) {
    const waiting = this.#prestarted.take(program, environment, limitBytes);
    const child = waiting?.child ?? spawnComputation(this.#settings.entries[program], environment);
    const { pid } = child;
    const group = waiting?.group ?? (pid === undefined ? undefined : this.#enclosures.enclose(pid, limitBytes, log));
    return { child, group, wasWaiting: waiting !== undefined };
  }

  #answerWhenAnnounced(running: Running, reply: (fields: Reply<"launch">) => void): void {
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

  #stop({ sessionId, computation, ownerRevision }: Request<"stop">, reply: (fields: Reply<"stop">) => void): void {
    this.#ownerFence.admit(sessionId, ownerRevision);
    const wanted = this.#ofSession(sessionId).filter(
      ({ order }) => computation === "" || order.computation === computation,
    );
    void Promise.all(wanted.map((running) => running.stop())).then(() => reply({}));
  }

  /** Another coordinator owns the session now. Throws `message-malformed`. */
  #adopt(request: Request<"adopt">, reply: (fields: Reply<"adopt">) => void): void {
    const { sessionId, coordinatorAddress: address } = checkAdopt(request, this.#settings.nodeId);
    this.#ownerFence.admit(sessionId, request.ownerRevision);
    const ofSession = this.#ofSession(sessionId);
    if (address !== "") for (const { process } of ofSession) process.note({ t: "coordinator", address });
    reply({ computations: ofSession.flatMap((running) => running.adopted() ?? []) });
  }

  #ofSession(sessionId: string): Running[] {
    return [...this.#running.values()].filter(({ order }) => order.sessionId === sessionId);
  }

  #exited(running: Running, exit: ProcessExit): void {
    const { sessionId, computation } = running.order;
    const key = keyOf(sessionId, computation);
    if (this.#running.get(key) === running) this.#running.delete(key);
    // The kernel may have ended it between two readings.
    this.#readMemoryOf(running);
    if (running.group !== undefined) this.#enclosures.remove(running.group);
    const report = running.exitReport(exit);
    const { code, signal } = exit;
    this.#world.log.debug({ session: sessionId, computation, code, signal, cause: report.cause }, "computation ended");
    this.#world.watcher?.ended(running, report.cause);
    // Told by the reply to its launch where that has not been given yet.
    if (running.isKnown) this.#world.bus.publish(subjects.exited(sessionId), toBinary(ComputationExitedSchema, report));
    this.#leaveIfEmpty();
  }

  #readMemory(): void {
    for (const running of this.#running.values()) this.#readMemoryOf(running);
  }

  /** The kernel holds all to their limits; reading serves their peaks alone. */
  get #areAllEnclosed(): boolean {
    return this.#running.size > 0 && [...this.#running.values()].every(({ group }) => group !== undefined);
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
      heartbeatBytes(this.#settings, {
        memoryEnforcement: this.#memoryEnforcement,
        drainLeftMs: this.#drain === undefined ? undefined : this.#drainLeftMs,
        load: this.#world.readLoad(),
        bundles: this.#world.scenes?.held ?? [],
        usedBytes: [...this.#running.values()].reduce((sum, { residentBytes }) => sum + residentBytes, 0),
      }),
    );
    for (const running of this.#running.values()) {
      bus.publish(subjects.usage(running.order.sessionId), usageBytes(nodeId, running));
    }
  }
}

/** What only the node decides: by which address others reach it, which renderers run here, where objects are kept. */
function withOwnTerms(order: LaunchOrder, settings: AgentSettings): LaunchOrder {
  const { hostAddress, renderers, objectStore = "" } = settings;
  const isMerger = order.kind === ComputationKind.MERGE;
  // A socket that somebody else names would replace the file of that name.
  const isOpen = isMerger && hostAddress !== undefined;
  const { certPem = "", keyPem = "" } = (isOpen ? settings.mergerIdentity?.() : undefined) ?? {};
  return {
    ...order,
    tlsCertPem: certPem,
    tlsKeyPem: keyPem,
    renderers: [...renderers],
    objectStore: isMerger ? objectStore : "",
    ...(isOpen ? { listenAddress: `${hostAddress}:0` } : {}),
  };
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

function leaving(nodeId: string): ArrasError {
  return new ArrasError("unavailable", {
    message: "The node is leaving the farm",
    action: "Place the computation on another node.",
    place: { node: nodeId },
  });
}
