// The process that renders, in simulated time: as node-agent/mcrt/, it takes units one per thread, sends what comes out
// to the merger through a window, again after a broken stream, and keeps nothing that cannot be lost.
import { limits } from "../../proto/limits.ts";
import { contains } from "../../proto/rect.ts";
import { isCoarse, pixelSampleCount, sameUnit, type Unit, unitKey } from "../../proto/unit.ts";
import type { FilmDown, WorkDown, WorkUp } from "./messages.ts";
import type { Connection } from "./packet-network.ts";
import type { Poison } from "./scenario.ts";
import type { SimMerger } from "./sim-merger.ts";
import { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

/** Whoever coordinates just now, as a look into NATS would tell. */
export interface Lobby {
  readonly coordinator: (SimProcess & { acceptWork(connection: Connection): void }) | undefined;
}

interface Running {
  readonly unit: Unit;
  /** It is to be compared and not contributed. */
  readonly isOnlyVerified: boolean;
  isCancelled: boolean;
}

interface Rendered {
  readonly unit: Unit;
  /** Quantums by which its first value is off. */
  readonly error: number;
  readonly renderMs: number;
  readonly renderedAtMs: number;
  readonly generation: number;
}

/** It has entered the window. */
interface Sent extends Rendered {
  /** For how long its thread waited for that. */
  readonly waitedMs: number;
}

export interface McrtOrder {
  readonly computation: string;
  readonly attempt: number;
  readonly nodeId: string;
  readonly threadCount: number;
  readonly speed: number;
}

const reconnectMsMin = 100;
const reconnectMsMax = 2_000;
const filmReconnectMs = 200;

export class SimMcrt extends SimProcess {
  readonly order: McrtOrder;
  readonly #world: World;
  readonly #lobby: Lobby;
  readonly #prepareMs: number;
  #work: Connection | undefined;
  #reconnectMs = reconnectMsMin;
  #merger: SimMerger | undefined;
  #stream: Connection | undefined;
  #isPrepared = false;
  #generation = 0;
  #queue: Unit[] = [];
  readonly #onlyVerified = new WeakSet<Unit>();
  #running = new Set<Running>();
  /** Said to be next: they may crash before more is said of them. */
  readonly #announced = new WeakSet<Unit>();
  /** Sent and not acknowledged, oldest first. */
  #pending: Sent[] = [];
  /** Threads that wait for room in the window. */
  #waiting: Rendered[] = [];

  constructor(world: World, lobby: Lobby, order: McrtOrder) {
    super(`${order.computation}#${order.attempt}`, order.nodeId, world.clock);
    this.order = order;
    this.#world = world;
    this.#lobby = lobby;
    this.#prepareMs = 20 + world.random() * 500;
  }

  get runningUnits(): Unit[] {
    return [...this.#running].map(({ unit }) => unit);
  }

  /** Says Hello to the coordinator, again and again. */
  connect(): void {
    const { coordinator } = this.#lobby;
    const work = this.#world.network.connect(this, coordinator, {
      message: (message) => {
        if (this.#work !== work) return;
        this.#reconnectMs = reconnectMsMin;
        this.#obey(message as WorkDown);
      },
      closed: () => {
        if (this.#work !== work) return;
        this.#work = undefined;
        this.#drop();
        this.after(this.#reconnectMs, () => this.connect());
        this.#reconnectMs = Math.min(reconnectMsMax, this.#reconnectMs * 2);
      },
    });
    this.#work = work;
    if (coordinator?.isAlive) coordinator.acceptWork(work);
    const { computation, attempt } = this.order;
    this.#say({ t: "hello", computation, attempt });
  }

  #say(report: WorkUp): void {
    this.#work?.send(this, report);
  }

  #obey(order: WorkDown): void {
    if (order.t === "end") this.end({ crashed: false });
    else if (order.t === "assignment") this.#assign(order.merger as SimMerger);
    else if (order.t === "grant" || order.t === "verify") {
      // Its own, as the other computation's may be the same object here.
      const units = order.units.map((unit) => ({ ...unit }));
      if (order.t === "verify") for (const unit of units) this.#onlyVerified.add(unit);
      this.#queue.push(...units);
      this.#startThreads();
    } else this.#cancel(order.units);
  }

  #assign(merger: SimMerger): void {
    this.#drop();
    this.#stream?.close(this);
    this.#stream = undefined;
    this.#pending = [];
    this.#waiting = [];
    const isNew = this.#merger === undefined;
    this.#merger = merger;
    if (this.#isPrepared) this.#ready();
    else if (isNew) {
      this.after(this.#prepareMs, () => {
        this.#isPrepared = true;
        this.#ready();
      });
    }
  }

  #ready(): void {
    this.#say({ t: "prepared" });
    this.#say({ t: "credit", units: limits.leasedUnitsMax });
  }

  /** What it has of units is void, and told to nobody. */
  #drop(): void {
    this.#generation++;
    this.#queue = [];
    for (const running of this.#running) running.isCancelled = true;
    this.#running.clear();
  }

  #startThreads(): void {
    while (this.#running.size + this.#waiting.length < this.order.threadCount) {
      const unit = this.#queue.shift();
      if (unit === undefined) return;
      this.#render(unit);
      if (!this.isAlive) return;
    }
  }

  #render(unit: Unit): void {
    const running = { unit, isOnlyVerified: this.#onlyVerified.has(unit), isCancelled: false };
    this.#running.add(running);
    const poison = this.#world.scenario.poison.find((one) => isPoisoned(unit, one));
    if (poison?.kind === "crash" && this.#announced.has(unit) && unit.sampleBegin % 2 === 0) {
      this.#world.counts.note("poison: crash, start unheard");
      this.end({ crashed: true });
      return;
    }
    // The first of the queue, as many as run but one, have been announced.
    const next = this.#queue[this.#running.size - 1];
    if (next !== undefined) this.#announced.add(next);
    this.#say({ t: "started", unit, ...(next && { next }) });
    const { costMs } = this.#world.scenario;
    const slowness = this.#world.slowness.get(this.hostId) ?? 1;
    const noise = 0.8 + 0.4 * this.#world.random();
    const renderMs = 0.05 + ((costMs * pixelSampleCount(unit)) / this.order.speed) * slowness * noise;
    if (poison !== undefined) this.#world.counts.note(`poison: ${poison.kind}`);
    if (poison?.kind === "hang") return;
    this.after(renderMs, () => {
      if (running.isCancelled) return;
      if (poison?.kind === "crash") {
        this.#world.note(`${this.name} crashes on ${unitKey(unit)}`);
        this.end({ crashed: true });
        return;
      }
      this.#running.delete(running);
      if (poison !== undefined && poison.kind !== "hang") {
        this.#say({ t: "failed", unit, retry: poison.kind });
        this.#say({ t: "credit", units: 1 });
      } else this.#rendered(running, renderMs);
      this.#startThreads();
    });
  }

  #rendered({ unit, isOnlyVerified }: Running, renderMs: number): void {
    const error = isCoarse(unit) ? 0 : this.#world.errorOn(this.hostId);
    if (!isOnlyVerified) {
      const renderedAtMs = this.#world.clock.nowMs();
      this.#contribute({ unit, error, renderMs, renderedAtMs, generation: this.#generation });
      return;
    }
    this.#say({ t: "verified", unit, renderMs, sums: sumsOf(error) });
    this.#say({ t: "credit", units: 1 });
  }

  #contribute(rendered: Rendered): void {
    if (this.#pending.length >= limits.inFlightContributionsMax) {
      this.#waiting.push(rendered);
      return;
    }
    const sent = { ...rendered, waitedMs: this.#world.clock.nowMs() - rendered.renderedAtMs };
    if (sent.waitedMs > 0) this.#world.counts.note("thread waited for the merger");
    this.#pending.push(sent);
    if (this.#stream === undefined) this.#openStream();
    else this.#send(this.#stream, sent);
  }

  #openStream(): void {
    const merger = this.#merger;
    if (merger === undefined) return;
    const stream = this.#world.network.connect(this, merger, {
      message: (message) => this.#stream === stream && this.#acknowledged(message as FilmDown),
      closed: () => {
        if (this.#stream !== stream) return;
        this.after(filmReconnectMs, () => {
          if (this.#stream === stream) this.#openStream();
        });
      },
    });
    this.#stream = stream;
    if (merger.isAlive) merger.acceptContributions(stream);
    for (const rendered of this.#pending) this.#send(stream, rendered);
  }

  #send(stream: Connection, { unit, error }: Rendered): void {
    const { computation, nodeId } = this.order;
    stream.send(this, { t: "contribution", unit, computation, nodeId, error });
  }

  #acknowledged({ unit, admission, code }: FilmDown): void {
    const rendered = this.#pending.shift();
    if (rendered === undefined) return;
    if (!sameUnit(rendered.unit, unit)) this.#world.violate(`${this.name} got another unit's acknowledgement`);
    const next = this.#waiting.shift();
    if (next !== undefined) this.#contribute(next);
    this.#startThreads();
    if (rendered.generation !== this.#generation) return;
    const { renderMs, waitedMs } = rendered;
    const sums = admission === "added" ? { sums: sumsOf(rendered.error) } : {};
    if (admission === "refused" && code === "contribution-overlaps") this.#say({ t: "refused", unit });
    else if (admission === "refused" && code === "node-quarantined")
      this.#say({ t: "failed", unit, retry: "other-node" });
    else if (admission === "refused") this.#world.violate(`${unitKey(unit)} was refused with ${code}`);
    else if (admission !== "stale") this.#say({ t: "done", unit, renderMs, waitedMs, ...sums });
    this.#say({ t: "credit", units: 1 });
  }

  #cancel(units: readonly Unit[]): void {
    for (const unit of units) {
      const at = this.#queue.findIndex((other) => sameUnit(other, unit));
      const running = [...this.#running].find((other) => sameUnit(other.unit, unit));
      if (at >= 0) this.#queue.splice(at, 1);
      else if (running !== undefined) {
        running.isCancelled = true;
        this.#running.delete(running);
      } else continue;
      this.#say({ t: "credit", units: 1 });
    }
    this.#startThreads();
  }
}

/** What a unit comes to is a function of it, but for the error. */
function sumsOf(error: number): string {
  return String(error);
}

export function isPoisoned(unit: Unit, { x, y, sampleIndex }: Poison): boolean {
  const isInside = contains(unit.rect, { x0: x, y0: y, x1: x + 1, y1: y + 1 });
  if (!isInside || sampleIndex < unit.sampleBegin || sampleIndex >= unit.sampleEnd) return false;
  return !isCoarse(unit) || (x % unit.stridePx === 0 && y % unit.stridePx === 0);
}
