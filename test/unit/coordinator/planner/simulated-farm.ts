// A farm in simulated time round the real planner: computations with threads, speeds and delays, deaths, poison units,
// a merger with batched reports. Every grant is held against the planner's promises while it runs.
import type { PlannerEffect, PlannerEvent, TileReport } from "../../../../coordinator/planner/events.ts";
import { Planner } from "../../../../coordinator/planner/planner.ts";
import type { PlannerOptions } from "../../../../coordinator/planner/settings.ts";
import { limits } from "../../../../proto/limits.ts";
import type { PixelRect } from "../../../../proto/rect.ts";
import { tilingOf } from "../../../../proto/tiling.ts";
import { isCoarse, pixelSampleCount, sameUnit, type Unit, unitKey } from "../../../../proto/unit.ts";
import { TimerQueue } from "../../../fakes/timer-queue.ts";
import { PlannerPromises } from "./planner-promises.ts";
import { uniform } from "./random.ts";
import { SimulatedMerger } from "./simulated-merger.ts";

export interface SimulatedNode {
  readonly threadCount: number;
  readonly speed: number;
  readonly joinAtMs?: number;
  /** Silently dead from then on; the planner hears of it `detectMs` later. */
  readonly dieAtMs?: number;
  readonly detectMs?: number;
  /** Says good-bye, its queue comes back. */
  readonly leaveAtMs?: number;
  /** Its machine is to leave: once it is drained it goes, and another takes its place. */
  readonly drainAtMs?: number;
}

export interface FarmOptions {
  readonly planner: PlannerOptions;
  readonly seed: number;
  readonly nodes: readonly SimulatedNode[];
  /** Milliseconds per pixel and sample of a thread with speed 1. */
  readonly costMs: (tileIndex: number) => number;
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  /** Each unit's time is off by up to this share. */
  readonly timeNoise?: number;
  readonly reportMs?: number;
  /**
   * The merger takes contributions one after another, each for so long, and a node's threads wait while its window is
   * full. Without it nobody waits.
   */
  readonly mergeMs?: (nowMs: number) => number;
  /** Reports are also repeated, late. */
  readonly staleReports?: boolean;
  readonly poison?: (unit: Unit) => boolean;
  /** Poison fails instead of crashing. */
  readonly failsWith?: "same-node" | "other-node" | "never";
  readonly restartMs?: number;
  readonly credit?: number;
  readonly errorAt?: (tileIndex: number, spp: number) => number;
  /** The merger is set back to what it was at the first time, at the second, and gives its ledger. */
  readonly mergerLoss?: { readonly savedAtMs: number; readonly lostAtMs: number };
  /** Other events, at times. */
  readonly script?: readonly { readonly atMs: number; readonly event: PlannerEvent }[];
  readonly endMs?: number;
}

export interface FarmResult {
  readonly outcome: string;
  readonly makespanMs: number;
  readonly merger: SimulatedMerger;
  readonly planner: Planner;
  readonly holes: readonly { rect: PixelRect; fromSample: number; toSample: number }[];
  readonly violations: readonly string[];
  readonly duplicateCount: number;
  readonly unitCount: number;
  readonly crashCount: number;
  readonly innocentCrashBlameCount: number;
  /** Every effect in order, for comparing runs. */
  readonly trace: readonly string[];
  readonly reconcileCount: number;
  readonly grantCount: number;
  readonly drainedCount: number;
  /** Of each unit that was sent: a thread's time in the renderer, until when, and its wait for the merger after that. */
  readonly renderings: readonly { readonly endedAtMs: number; readonly renderMs: number; readonly waitedMs: number }[];
}

interface Running {
  readonly unit: Unit;
  isRendered: boolean;
  isCancelled: boolean;
}

interface Node {
  readonly spec: SimulatedNode;
  name: string;
  generation: number;
  alive: boolean;
  waiting: Unit[];
  running: Set<Running>;
  /** On their way to the merger, and the threads that wait for room there. */
  sentCount: number;
  blocked: (() => void)[];
  lastDeliveryMs: number;
}

export class SimulatedFarm {
  readonly #options: FarmOptions;
  readonly #planner: Planner;
  readonly #merger: SimulatedMerger;
  readonly #random: () => number;
  readonly #timers = new TimerQueue();
  #scriptedCount = 0;
  readonly #nodes: Node[];
  readonly #promises: PlannerPromises;
  readonly #told: TileReport[] = [];
  #nowMs = 0;
  #snapshot: ReturnType<SimulatedMerger["snapshot"]> | undefined;
  readonly #trace: string[] = [];
  #reconcileCount = 0;
  #crashCount = 0;
  #grantCount = 0;
  #innocentCrashBlameCount = 0;
  #reportEpoch = 0;
  #drainedCount = 0;
  #mergerBusyUntilMs = 0;
  readonly #renderings: { endedAtMs: number; renderMs: number; waitedMs: number }[] = [];
  constructor(options: FarmOptions) {
    this.#options = options;
    this.#planner = new Planner(options.planner);
    this.#promises = new PlannerPromises(options.planner);
    const tiling = tilingOf(options.planner.cropWindow, options.planner.tileSizePx);
    this.#merger = new SimulatedMerger(tiling, options.errorAt ?? (() => 1));
    this.#random = uniform(options.seed);
    this.#nodes = options.nodes.map((spec, at) => ({
      spec,
      name: `mcrt-${at}`,
      generation: 0,
      alive: false,
      waiting: [],
      running: new Set(),
      sentCount: 0,
      blocked: [],
      lastDeliveryMs: 0,
    }));
  }

  run(): FarmResult {
    const { nodes, script, mergerLoss } = this.#options;
    nodes.forEach((spec, at) => {
      this.#at(spec.joinAtMs ?? 0, () => this.#start(this.#nodes[at]));
      if (spec.dieAtMs !== undefined) this.#at(spec.dieAtMs, () => this.#die(this.#nodes[at]));
      if (spec.leaveAtMs !== undefined) this.#at(spec.leaveAtMs, () => this.#leave(this.#nodes[at]));
      if (spec.drainAtMs !== undefined) this.#at(spec.drainAtMs, () => this.#drain(this.#nodes[at]));
    });
    for (const { atMs, event } of script ?? []) {
      this.#at(atMs, () => {
        this.#scriptedCount += 1;
        this.#tell(event);
      });
    }
    if (mergerLoss) {
      this.#at(mergerLoss.savedAtMs, () => {
        this.#snapshot = this.#merger.snapshot();
      });
      this.#at(mergerLoss.lostAtMs, () => this.#loseMerger());
    }
    this.#every(20, () => this.#tell({ t: "tick" }));
    this.#every(this.#options.reportMs ?? 20, () => this.#report());
    const endMs = this.#options.endMs ?? 3_600_000;
    while (!this.#isEnded()) {
      const timer = this.#timers.take();
      if (!timer || timer.atMs > endMs) break;
      this.#nowMs = timer.atMs;
      timer.run?.();
    }
    const { holes, violations, duplicateCount, unitCount } = this.#promises;
    return {
      outcome: this.#planner.outcome,
      makespanMs: this.#nowMs,
      merger: this.#merger,
      planner: this.#planner,
      holes,
      violations,
      duplicateCount,
      unitCount,
      crashCount: this.#crashCount,
      innocentCrashBlameCount: this.#innocentCrashBlameCount,
      trace: this.#trace,
      reconcileCount: this.#reconcileCount,
      grantCount: this.#grantCount,
      drainedCount: this.#drainedCount,
      renderings: this.#renderings,
    };
  }

  #isEnded(): boolean {
    const { outcome } = this.#planner;
    // Two lines of the script may be of one moment.
    const isScriptOver = this.#scriptedCount === (this.#options.script?.length ?? 0);
    return outcome !== "running" && outcome !== "paused" && isScriptOver;
  }

  #at(atMs: number, run: () => void): void {
    this.#timers.add(atMs, run);
  }

  #every(periodMs: number, run: () => void): void {
    const again = () => {
      run();
      this.#at(this.#nowMs + periodMs, again);
    };
    this.#at(periodMs, again);
  }

  #delayMs(): number {
    return (this.#options.latencyMs ?? 1) + this.#random() * (this.#options.jitterMs ?? 0);
  }

  /** From a node: in order within its stream. */
  #send(node: Node, event: PlannerEvent): void {
    const atMs = Math.max(node.lastDeliveryMs, this.#nowMs + this.#delayMs());
    node.lastDeliveryMs = atMs;
    this.#at(atMs, () => this.#tell(event));
  }

  #tell(event: PlannerEvent): void {
    this.#promises.told(event, this.#planner.isTimeAwaited);
    for (const effect of this.#planner.step(this.#nowMs, event)) this.#perform(effect);
  }

  #perform(effect: PlannerEffect): void {
    if (this.#options.nodes.length <= 8) this.#trace.push(describe(effect));
    this.#promises.answered(effect);
    switch (effect.t) {
      case "grant":
        this.#grantCount++;
        this.#deliver(effect.computation, (node) => {
          node.waiting.push(...effect.units);
          this.#startThreads(node);
        });
        break;
      case "cancel":
        this.#deliver(effect.computation, (node) => this.#cancel(node, effect.units));
        break;
      case "drained":
        this.#drained(effect.computation);
        break;
      case "stuck":
        this.#replace(effect.computation);
        break;
      case "reconcile":
        this.#reconcileCount++;
        this.#at(this.#nowMs + 1, () => {
          this.#reportEpoch++;
          this.#tell({ t: "ledger", tiles: this.#merger.ledger() });
        });
        break;
      case "hole":
      case "complete":
      case "region-done":
        break;
    }
  }

  #deliver(name: string, run: (node: Node) => void): void {
    const node = this.#nodes.find((other) => other.name === name);
    if (!node) return;
    this.#at(this.#nowMs + this.#delayMs(), () => {
      if (node.alive && node.name === name) run(node);
    });
  }

  #start(node: Node): void {
    node.alive = true;
    node.waiting = [];
    node.running = new Set();
    node.sentCount = 0;
    node.blocked = [];
    const { threadCount } = node.spec;
    this.#send(node, { t: "joined", computation: node.name, threadCount });
    this.#send(node, { t: "credit", computation: node.name, units: this.#options.credit ?? limits.leasedUnitsMax });
  }

  #startThreads(node: Node): void {
    while (node.alive && node.running.size < node.spec.threadCount && node.waiting.length > 0) {
      const unit = node.waiting.shift() as Unit;
      const running = { unit, isRendered: false, isCancelled: false };
      node.running.add(running);
      const next = node.waiting[node.running.size - 1];
      this.#send(node, { t: "started", computation: node.name, unit, ...(next && { next }) });
      const noise = 1 + (this.#random() - 0.5) * 2 * (this.#options.timeNoise ?? 0);
      const overheadMs = 0.05;
      const costMs = this.#options.costMs(unit.tileIndex) * pixelSampleCount(unit);
      const renderMs = overheadMs + (costMs / node.spec.speed) * noise;
      const { generation } = node;
      this.#at(this.#nowMs + renderMs, () => {
        if (!node.alive || node.generation !== generation || running.isCancelled) return;
        this.#finish(node, running, renderMs);
      });
    }
  }

  #finish(node: Node, running: Running, renderMs: number): void {
    const { unit } = running;
    const free = () => {
      node.running.delete(running);
      this.#startThreads(node);
    };
    if (this.#options.poison?.(unit)) {
      if (this.#options.failsWith) {
        const { failsWith: retry } = this.#options;
        this.#send(node, { t: "failed", computation: node.name, unit, retry, reason: "poison" });
        this.#send(node, { t: "credit", computation: node.name, units: 1 });
        free();
      } else {
        node.running.delete(running);
        this.#crash(node);
      }
      return;
    }
    running.isRendered = true;
    const renderedAtMs = this.#nowMs;
    const enter = () => {
      const waitedMs = this.#nowMs - renderedAtMs;
      this.#renderings.push({ endedAtMs: renderedAtMs, renderMs, waitedMs });
      node.sentCount++;
      this.#contribute(node, unit, { renderMs, waitedMs });
      free();
    };
    const isFull = this.#options.mergeMs !== undefined && node.sentCount >= limits.inFlightContributionsMax;
    if (isFull) node.blocked.push(enter);
    else enter();
  }

  #contribute(node: Node, unit: Unit, times: { readonly renderMs: number; readonly waitedMs: number }): void {
    const { name } = node;
    const answered = (answer: ReturnType<SimulatedMerger["admit"]>) => {
      if (!node.alive || node.name !== name) return;
      node.sentCount--;
      node.blocked.shift()?.();
      if (answer === "refused") this.#send(node, { t: "refused", computation: name, unit });
      else this.#send(node, { t: "done", computation: name, unit, ...times });
      this.#send(node, { t: "credit", computation: name, units: 1 });
    };
    this.#at(this.#nowMs + this.#delayMs(), () => {
      const mergeMs = this.#options.mergeMs?.(this.#nowMs) ?? 0;
      this.#mergerBusyUntilMs = Math.max(this.#nowMs, this.#mergerBusyUntilMs) + mergeMs;
      const admit = () => {
        const answer = isCoarse(unit) ? "added" : this.#merger.admit(unit);
        this.#at(this.#nowMs + this.#delayMs(), () => answered(answer));
      };
      if (mergeMs === 0) admit();
      else this.#at(this.#mergerBusyUntilMs, admit);
    });
  }

  #cancel(node: Node, units: readonly Unit[]): void {
    for (const unit of units) {
      const at = node.waiting.findIndex((other) => sameUnit(other, unit));
      const running = [...node.running].find((other) => sameUnit(other.unit, unit));
      if (at >= 0) node.waiting.splice(at, 1);
      else if (running && !running.isRendered) {
        running.isCancelled = true;
        node.running.delete(running);
      } else continue;
      this.#send(node, { t: "credit", computation: node.name, units: 1 });
    }
    this.#startThreads(node);
  }

  #crash(node: Node): void {
    this.#crashCount++;
    const others = [...node.running].filter((running) => !this.#options.poison?.(running.unit));
    this.#innocentCrashBlameCount += others.length;
    this.#end(node, "crashed");
    this.#at(this.#nowMs + (this.#options.restartMs ?? 50), () => this.#start(node));
  }

  #end(node: Node, cause: "closed" | "crashed"): void {
    node.alive = false;
    this.#send(node, { t: "left", computation: node.name, cause });
    node.generation++;
    node.name = `${node.name.split("/")[0]}/${node.generation}`;
  }

  #leave(node: Node): void {
    if (node.alive) this.#end(node, "closed");
  }

  #drain(node: Node): void {
    if (!node.alive) return;
    const { name } = node;
    // Not before it has joined.
    this.#at(Math.max(node.lastDeliveryMs, this.#nowMs), () => this.#tell({ t: "drain", computation: name }));
  }

  #drained(name: string): void {
    this.#drainedCount++;
    this.#deliver(name, (node) => {
      this.#end(node, "closed");
      this.#at(this.#nowMs + (this.#options.restartMs ?? 50), () => this.#start(node));
    });
  }

  /** Its unit hangs: it is killed, as the coordinator does. */
  #replace(name: string): void {
    const node = this.#nodes.find((other) => other.name === name);
    if (node?.alive) this.#crash(node);
    else this.#at(this.#nowMs + 1, () => this.#tell({ t: "left", computation: name, cause: "crashed" }));
  }

  #die(node: Node): void {
    if (!node.alive) return;
    node.alive = false;
    const { name } = node;
    // Not before its last message.
    const atMs = Math.max(node.lastDeliveryMs, this.#nowMs + (node.spec.detectMs ?? 5_000));
    this.#at(atMs, () => this.#tell({ t: "left", computation: name, cause: "lost" }));
  }

  #report(): void {
    const tiles = this.#merger.takeChanges();
    const epoch = this.#reportEpoch;
    const tell = (reports: readonly TileReport[]) => {
      if (reports.length > 0 && epoch === this.#reportEpoch) this.#tell({ t: "merged", tiles: reports });
    };
    this.#at(this.#nowMs + this.#delayMs(), () => tell(tiles));
    if (!this.#options.staleReports) return;
    this.#told.push(...tiles);
    const repeated = this.#told.filter(() => this.#random() < 0.05);
    this.#at(this.#nowMs + 3 * this.#delayMs(), () => tell(repeated));
  }

  #loseMerger(): void {
    if (!this.#snapshot) return;
    this.#merger.restore(this.#snapshot);
    this.#told.length = 0;
    this.#reportEpoch++;
    this.#tell({ t: "ledger", tiles: this.#merger.ledger() });
  }
}

function describe(effect: PlannerEffect): string {
  if (effect.t === "grant" || effect.t === "cancel") {
    return `${effect.t} ${effect.computation} ${effect.units.map(unitKey).join(" ")}`;
  }
  return JSON.stringify(effect);
}
