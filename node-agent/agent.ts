// The node agent: starts and stops computations at a coordinator's request, holds them to their memory, tells how they
// ended, and leaves in good order. One inbox; it keeps nothing but its running children. Whether a computation is
// started again is not its business.
import { toBinary } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../host/bus.ts";
import type { Timer } from "../host/clock.ts";
import { errorToMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import { ComputationExitedSchema } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import { subjects } from "../proto/subjects.ts";
import { answerRequests, type Reply, type Request } from "./agent-requests.ts";
import type { AgentSettings } from "./agent-settings.ts";
import type { NodeLoad } from "./capabilities.ts";
import type { ComputationProgram } from "./computation-program.ts";
import { ComputationStarts, type StartWorld } from "./computation-starts.ts";
import { heartbeatBytes, usageBytes } from "./heartbeat.ts";
import type { ProcessExit } from "./launch.ts";
import { type DrainWish, Leaving } from "./leaving.ts";
import type { MemoryReading } from "./memory-watchdog.ts";
import { OwnerFence } from "./owner-fence.ts";
import { checkAdopt, checkDrain } from "./request-checks.ts";
import type { Running } from "./running.ts";

export interface AgentWorld extends StartWorld {
  readonly bus: Bus;
  /** `readResidentSet`, or a test's. */
  readonly readMemory: (pid: number) => MemoryReading | undefined;
  /** `readLoad`, or a test's. */
  readonly readLoad: () => NodeLoad;
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
  readonly #starts: ComputationStarts;
  readonly #leaving: Leaving;
  #isClosed = false;

  constructor(settings: AgentSettings, world: AgentWorld) {
    this.#settings = settings;
    this.#world = world;
    this.#starts = new ComputationStarts(settings, world);
    this.#leaving = new Leaving(world.clock);
  }

  /** Resolves when it is to leave and nothing runs here any more. Then close(). */
  get drained(): Promise<void> {
    return this.#leaving.left;
  }

  /** Answers from now on, and gives the first heartbeat. */
  start(): void {
    const { nodeId } = this.#settings;
    const { bus, log } = this.#world;
    if (this.#starts.memoryEnforcement === "none") {
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
          reply({ computationCount: this.#running.size, leftMs: this.#leaving.leftMs });
        },
      }),
    );
    this.#receive({ t: "heartbeat-due" });
    this.#receive({ t: "memory-due" });
    this.#starts.prestarted.open();
  }

  /** Before `start`, too: processes that orders will come for soon, so that their programs are loaded meanwhile. */
  prestart(program: ComputationProgram, count: number): void {
    this.#starts.prestarted.start(program, count);
  }

  /** Processes that were started beforehand and wait for an order. */
  prestartedCount(program: ComputationProgram): number {
    return this.#starts.prestarted.waitingCount(program);
  }

  /** Stops every computation and answers no more. Resolves when all are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    const closing = this.#starts.prestarted.close();
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
    await closing;
    await this.#starts.enclosures.settled();
    for (const timer of this.#timers.values()) timer.cancel();
  }

  /** Takes nothing new and says so; waits until others have taken what runs here, at most until the deadline. */
  drain(wish: DrainWish): void {
    this.#receive({ t: "drain", wish });
  }

  /** Ends every computation and what waits for one, and goes on answering. Resolves when all are gone. */
  async stopAll(): Promise<void> {
    const clearing = this.#starts.prestarted.clear();
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
    await clearing;
  }

  /** At once, without grace: the second Ctrl-C. */
  kill(): void {
    this.#isClosed = true;
    this.#starts.prestarted.kill();
    for (const running of this.#running.values()) running.kill();
  }

  /** It is leaving. */
  get isDraining(): boolean {
    return this.#leaving.isBegun;
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
        for (const running of this.#running.values()) this.#readMemoryOf(running);
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

  #beginDrain(wish: DrainWish): void {
    if (!this.#leaving.begin(wish, () => this.#receive({ t: "drain-due" }))) return;
    const { reason, deadlineMs } = wish;
    const computationCount = this.#running.size;
    this.#world.log.info({ reason, deadlineMs, computationCount }, "leaving: what runs here goes elsewhere");
    void this.#starts.prestarted.close();
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
    if (this.#running.size === 0) this.#leaving.empty();
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
      if (this.#isClosed || this.isDraining) throw leaving(this.#settings.nodeId);
      const running = this.#starts.start(request, [...this.#running.values()], (ended, exit) =>
        this.#receive({ t: "exited", running: ended, exit }),
      );
      this.#running.set(key, running);
      this.#answerWhenAnnounced(running, reply);
    } catch (thrown) {
      reply({ error: errorToMessage(ArrasError.from(thrown)) });
    }
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
    if (running.group !== undefined) this.#starts.enclosures.remove(running.group);
    const report = running.exitReport(exit);
    const { code, signal } = exit;
    this.#world.log.debug({ session: sessionId, computation, code, signal, cause: report.cause }, "computation ended");
    this.#world.watcher?.ended(running, report.cause);
    // Told by the reply to its launch where that has not been given yet.
    if (running.isKnown) this.#world.bus.publish(subjects.exited(sessionId), toBinary(ComputationExitedSchema, report));
    this.#leaveIfEmpty();
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
        memoryEnforcement: this.#starts.memoryEnforcement,
        drainLeftMs: this.isDraining ? this.#leaving.leftMs : undefined,
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
