// A coordinator in simulated time round the real planner: it launches and watches the session's computations, hands
// their reports and the merger's ledger to the planner, and carries out what the planner decides. When it dies, a new
// one starts from what is stored and from the ledger.
import type { PlacementNode } from "../../coordinator/placement/placement-request.ts";
import type { PlannerEvent } from "../../coordinator/planner/events.ts";
import { Planner } from "../../coordinator/planner/planner.ts";
import { limits } from "../../proto/limits.ts";
import { verifyChoice } from "../../proto/verified-unit.ts";
import { GrantCheck } from "./grant-check.ts";
import { MergerWatch } from "./merger-watch.ts";
import type { Heartbeat, WorkDown, WorkUp } from "./messages.ts";
import type { Connection } from "./packet-network.ts";
import type { AgentListener, SimAgent } from "./sim-agent.ts";
import { type Hole, type Member, SimMembers, type StoredSession } from "./sim-members.ts";
import type { SimMerger } from "./sim-merger.ts";
import { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

const tickMs = 25;
/** The planner's, while no computation waits for time to pass: as in a session that nobody looks on at. */
const calmTickMs = limits.watchIntervalMsMax;
const placeIntervalMs = 200;
const launchAgainMs = 1_000;
const exitGraceMs = 250;
const nodeLostMs = (limits.heartbeatsMissedMax + 0.5) * limits.heartbeatIntervalMs;

interface KnownNode {
  readonly node: PlacementNode;
  heardAtMs: number;
  sequence: number;
  isDraining: boolean;
  agent: SimAgent | undefined;
}

export interface CoordinatorOptions {
  readonly stored: StoredSession;
  readonly nodes: readonly PlacementNode[];
  /** What starts the member's process at the place that it has now. */
  starterOf(member: Member): () => SimProcess;
}

export class SimCoordinator extends SimProcess implements AgentListener {
  readonly members: SimMembers;
  holes: Hole[] = [];
  readonly #world: World;
  readonly #options: CoordinatorOptions;
  readonly #nodes = new Map<string, KnownNode>();
  readonly #watch: MergerWatch;
  #planner: Planner;
  #check: GrantCheck;
  #nextPlaceAtMs = 0;
  #plannerTickedAtMs = Number.NEGATIVE_INFINITY;
  /** By name: when a launch is asked for again. */
  readonly #launchAtMs = new Map<string, number>();

  constructor(world: World, name: string, options: CoordinatorOptions) {
    super(name, "coordinators", world.clock);
    this.#world = world;
    this.#options = options;
    this.members = new SimMembers(world, options.stored, options.nodes);
    this.#planner = this.#newPlanner();
    this.#check = new GrantCheck(world);
    for (const { nodeId } of this.members.members.values()) if (nodeId !== undefined) this.#nodeOf(nodeId);
    this.#watch = new MergerWatch(world, this, {
      opened: () => {
        for (const member of this.members.mcrts) this.#assign(member);
      },
      ledger: (tiles) => this.#step({ t: "ledger", tiles }),
      merged: (tiles) => this.#step({ t: "merged", tiles }),
      receipt: (sha256) => this.#takeReceipt(sha256),
      takenOut: (nodeIds) => this.#step({ t: "taken-out", nodeIds }),
      wrongNodeIds: () => [...this.#options.stored.wrongNodeIds],
    });
  }

  start(): void {
    this.#tick();
  }

  get isEnded(): boolean {
    const everyoneIsGone = [...this.members.members.values()].every(({ nodeId }) => nodeId === undefined);
    return this.#options.stored.final !== undefined && everyoneIsGone;
  }

  get outcome(): string {
    return this.#planner.outcome;
  }

  get planner(): Planner {
    return this.#planner;
  }

  tell(event: PlannerEvent): void {
    this.#step(event);
  }

  /** After a stop: a new planner, which begins with the ledger. */
  resumeStopped(): void {
    if (this.#planner.outcome !== "stopped") return;
    this.#checkCopies();
    this.#options.stored.excuses.add("stopped and resumed");
    this.#planner = this.#newPlanner();
    this.#check = new GrantCheck(this.#world);
    this.holes = [];
    for (const member of this.members.mcrts) member.hasJoined = false;
    this.#watch.beginAgain();
  }

  #newPlanner(): Planner {
    const { film, scenario } = this.#world;
    const { cropWindow, tileSizePx } = film.spec;
    const { targetError, coarse } = scenario;
    const adaptive = targetError === undefined ? {} : { targetError, minSpp: 2 };
    const share = this.#world.canary === "nobody compares" ? 0 : scenario.verifyShare;
    const verify = verifyChoice(share, String(scenario.seed));
    return new Planner({ cropWindow, tileSizePx, budgetSpp: film.budgetSpp, epoch: 1, coarse, verify, ...adaptive });
  }

  #step(event: PlannerEvent): void {
    if (this.#options.stored.final !== undefined) return;
    if (this.#world.canary === "planner is not told who left" && event.t === "left") return;
    this.#check.event(event);
    for (const effect of this.#planner.step(this.clock.nowMs(), event)) {
      this.#check.effect(effect);
      if (effect.t === "grant" || effect.t === "verify" || effect.t === "cancel") {
        const order = { t: effect.t, units: effect.units };
        this.#send(effect.computation, order);
        if (effect.t === "grant" && this.#world.canary === "units are granted twice") this.#check.effect(effect);
      } else if (effect.t === "hole") this.holes.push(effect);
      else if (effect.t === "reconcile") {
        this.#world.counts.note("ledger asked for");
        this.#watch.restart();
      } else if (effect.t === "stuck") this.#replace(effect.computation);
      else if (effect.t === "drained") this.#drained(effect.computation);
      else if (effect.t === "wrong") this.#quarantine(effect.nodeId);
      else if (effect.t === "undecided") this.#options.stored.excuses.add("undecided");
      if (this.#world.isTraced && effect.t !== "grant") this.#world.note(`planner: ${JSON.stringify(effect)}`);
    }
  }

  #quarantine(nodeId: string): void {
    const { wrong } = this.#world.scenario;
    if (nodeId !== wrong?.nodeId) this.#world.violate(`${nodeId} is all right, and was found wrong`);
    this.#world.counts.note(`wrong node found: ${wrong?.kind}`);
    this.#options.stored.wrongNodeIds.add(nodeId);
    for (const member of this.members.members.values()) if (member.nodeId === nodeId) this.#gone(member, "closed");
    this.#watch.restart();
  }

  #send(name: string, order: WorkDown): void {
    this.members.members.get(name)?.work?.send(this, order);
  }

  // Processes that render.

  acceptWork(work: Connection): void {
    let member: Member | undefined;
    work.accept({
      message: (message) => {
        const report = message as WorkUp;
        if (report.t === "hello") member = this.#greet(report.computation, report.attempt, work);
        else if (member?.work === work) this.#report(member, report);
      },
      closed: () => {
        if (member?.work !== work) return;
        const left = member;
        left.work = undefined;
        // Whether its process is gone too is known soon, and only then can a unit be blamed.
        this.after(exitGraceMs, () => {
          if (left.work === undefined) this.#left(left, "lost");
        });
      },
    });
  }

  #greet(name: string, attempt: number, work: Connection): Member | undefined {
    const member = this.members.members.get(name);
    const isOver = this.#options.stored.final !== undefined;
    if (member === undefined || member.attempt !== attempt || member.nodeId === undefined || isOver) {
      work.send(this, { t: "end" });
      return undefined;
    }
    if (member.work !== undefined) member.work.close(this);
    this.#left(member, "lost");
    member.work = work;
    this.#assign(member);
    return member;
  }

  /** Nothing until the planner knows what is in the film. */
  #assign(member: Member): void {
    const merger = this.#watch.merger;
    if (merger !== undefined && this.#watch.hasLedger && this.#watch.isOpen)
      member.work?.send(this, { t: "assignment", merger });
  }

  #report(member: Member, report: WorkUp): void {
    const { name: computation } = member.computation;
    switch (report.t) {
      case "hello":
        break;
      case "prepared":
        member.hasJoined = true;
        this.#step({ t: "joined", computation, threadCount: member.threadCount, nodeId: member.nodeId ?? "" });
        break;
      case "credit":
        this.#step({ t: "credit", computation, units: report.units });
        break;
      case "started":
      case "refused":
        this.#step({ ...report, computation });
        break;
      case "done":
      case "verified":
        this.#step({ ...report, computation });
        break;
      case "failed":
        this.#step({ t: "failed", computation, unit: report.unit, retry: report.retry, reason: "poison" });
        break;
    }
  }

  #left(member: Member, cause: "lost" | "crashed" | "closed"): void {
    if (!member.hasJoined) return;
    member.hasJoined = false;
    this.#step({ t: "left", computation: member.computation.name, cause });
  }

  /** Its unit hangs: only another process can go on. */
  #replace(name: string): void {
    const member = this.members.members.get(name);
    if (member?.nodeId === undefined) return;
    this.#world.counts.note("stuck process ended");
    this.#gone(member, "crashed");
  }

  #gone(member: Member, cause: "lost" | "crashed" | "closed"): void {
    this.#world.note(`${member.computation.name}#${member.attempt} is gone: ${cause}`);
    this.#stop(member.nodeId, member);
    this.#left(member, cause);
    member.work?.close(this);
    member.work = undefined;
    if (member === this.members.merge) this.#watch.lost();
    this.members.release(member);
  }

  // Nodes.

  heard({ nodeId, sequence, agent, isDraining, computations }: Heartbeat): void {
    const known = this.#nodeOf(nodeId);
    if (sequence <= known.sequence) return;
    known.sequence = sequence;
    known.heardAtMs = this.clock.nowMs();
    const isSuccessor = known.agent !== undefined && known.agent !== agent;
    known.agent = agent as SimAgent;
    known.isDraining = isDraining;
    for (const { name, attempt, process } of computations) {
      const member = this.members.members.get(name);
      if (member === undefined || member.attempt !== attempt || member.nodeId !== nodeId) {
        this.#ask(known, () => known.agent?.stop(name, attempt));
      } else if (member.process === undefined) {
        member.process = process;
        member.knownSinceSequence = sequence;
        if (member === this.members.merge) this.#watch.found(process as SimMerger);
      }
    }
    for (const member of this.members.members.values()) {
      if (member.nodeId !== nodeId || member.knownSinceSequence >= sequence) continue;
      if (!computations.some(({ name, attempt }) => name === member.computation.name && attempt === member.attempt)) {
        // Its agent has forgotten it, or it was never known to this coordinator: gone in either case.
        this.#gone(member, isSuccessor ? "lost" : "crashed");
      }
    }
    if (isDraining) this.#drain(nodeId);
  }

  /** Its computations end what they have begun, and go. Its merger stays. */
  #drain(nodeId: string): void {
    for (const member of this.members.mcrts) {
      if (member.nodeId !== nodeId) continue;
      if (member.hasJoined) this.#step({ t: "drain", computation: member.computation.name });
      else this.#gone(member, "closed");
    }
  }

  #drained(name: string): void {
    const member = this.members.members.get(name);
    if (member?.nodeId === undefined) return;
    this.#world.counts.note("computation drained");
    this.#gone(member, "closed");
  }

  exited({ name, attempt, crashed }: { name: string; attempt: number; crashed: boolean }): void {
    const member = this.members.members.get(name);
    if (member === undefined || member.attempt !== attempt || member.nodeId === undefined) return;
    // What it said last may still be on its way; its stream ends after that.
    this.after(exitGraceMs, () => {
      if (member.attempt === attempt && member.nodeId !== undefined) this.#gone(member, crashed ? "crashed" : "closed");
    });
  }

  #nodeOf(nodeId: string): KnownNode {
    const before = this.#nodes.get(nodeId);
    if (before !== undefined) return before;
    const node = this.#options.nodes.find(({ id }) => id === nodeId) as PlacementNode;
    const known = { node, heardAtMs: this.clock.nowMs(), sequence: 0, isDraining: false, agent: undefined };
    this.#nodes.set(nodeId, known);
    return known;
  }

  #isHeard({ node, heardAtMs, agent, isDraining }: KnownNode): boolean {
    if (this.#options.stored.wrongNodeIds.has(node.id)) return false;
    return agent !== undefined && !isDraining && this.clock.nowMs() - heardAtMs < nodeLostMs;
  }

  #ask(known: KnownNode, request: () => void): void {
    this.#world.network.datagram(this.hostId, known.agent, request);
  }

  #stop(nodeId: string | undefined, { computation, attempt }: Member): void {
    const known = nodeId === undefined ? undefined : this.#nodes.get(nodeId);
    if (known !== undefined) this.#ask(known, () => known.agent?.stop(computation.name, attempt));
  }

  #tick(): void {
    this.after(tickMs, () => this.#tick());
    const nowMs = this.clock.nowMs();
    if (this.#planner.isTimeAwaited || nowMs - this.#plannerTickedAtMs >= calmTickMs) {
      this.#plannerTickedAtMs = nowMs;
      this.#step({ t: "tick" });
    }
    for (const known of this.#nodes.values()) {
      if (nowMs - known.heardAtMs < nodeLostMs) continue;
      for (const member of this.members.members.values()) {
        if (member.nodeId === known.node.id) this.#gone(member, "lost");
      }
    }
    if (this.#options.stored.final !== undefined) {
      this.#endAll(nowMs);
      return;
    }
    const { outcome } = this.#planner;
    if (outcome === "finished" || outcome === "holes") this.#watch.askReceipt();
    if (nowMs < this.#nextPlaceAtMs) return;
    this.#nextPlaceAtMs = nowMs + placeIntervalMs;
    const open = [...this.#nodes.values()].filter((known) => this.#isHeard(known)).map(({ node }) => node);
    this.members.placeWaiting(open);
    for (const member of this.members.members.values()) this.#launch(member, nowMs);
  }

  /** Asked for again until the agent shows it: requests may be lost. */
  #launch(member: Member, nowMs: number): void {
    const { nodeId, process, attempt, computation } = member;
    if (nodeId === undefined || process !== undefined) return;
    const key = `${computation.name}#${attempt}`;
    if ((this.#launchAtMs.get(key) ?? 0) > nowMs) return;
    this.#launchAtMs.set(key, nowMs + launchAgainMs);
    const known = this.#nodeOf(nodeId);
    const start = this.#options.starterOf(member);
    this.#ask(known, () => known.agent?.launch({ name: computation.name, attempt, start }));
  }

  #endAll(nowMs: number): void {
    if (nowMs < this.#nextPlaceAtMs) return;
    this.#nextPlaceAtMs = nowMs + placeIntervalMs;
    for (const member of this.members.members.values()) {
      member.work?.send(this, { t: "end" });
      this.#stop(member.nodeId, member);
      // One that was never seen cannot be missed.
      if (member.nodeId !== undefined && member.process === undefined) member.knownSinceSequence = 0;
    }
  }

  #takeReceipt(sha256: string): void {
    const { outcome } = this.#planner;
    if (outcome !== "finished" && outcome !== "holes") return;
    this.#world.note(`ended: ${outcome}, ${sha256}`);
    this.#checkCopies();
    if (this.#planner.progress().uncheckedCount > 0) this.#options.stored.excuses.add("units were not compared");
    this.#world.counts.note("units compared", this.#planner.progress().verifiedCount);
    this.#options.stored.final = { filmSha256: sha256, outcome, holes: this.holes };
  }

  /** Every copy is one that the planner made on purpose. */
  #checkCopies(): void {
    const { hedgedCount } = this.#planner.progress();
    if (this.#check.copyCount > hedgedCount) {
      this.#world.violate(`${this.#check.copyCount} units were copied, of which ${hedgedCount} as overdue`);
    }
  }
}
