// A farm of any size, through one coordinator's real planner and node registry: how long a computation waits for its
// next grant, and what all of it costs in memory. Time is simulated, but for what the coordinator itself
// takes: that is measured, and whatever arrives meanwhile waits for it, as in its one event loop.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Berths } from "../../coordinator/berths.ts";
import type { PlannerEffect, PlannerEvent } from "../../coordinator/planner/events.ts";
import { Planner } from "../../coordinator/planner/planner.ts";
import { ReservationTable } from "../../coordinator/reservation-table.ts";
import { InMemoryKeyValue } from "../../host/nats/in-memory-key-value.ts";
import { type Heartbeat, HeartbeatSchema } from "../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../proto/limits.ts";
import { SampleIntervals } from "../../proto/sample-intervals.ts";
import { tilingOf } from "../../proto/tiling.ts";
import { isCoarse, pixelSampleCount, type Unit } from "../../proto/unit.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { TimerQueue } from "../fakes/timer-queue.ts";
import { uniform } from "../unit/coordinator/planner/random.ts";

const frame4K = { x0: 0, y0: 0, x1: 3840, y1: 2160 };
const tileSizePx = 64;
const budgetSpp = 65_536;
/** Long enough for the units to have their usual length, and for 100,000 of them on the large farm. */
const simulatedMs = 8_000;
const warmUpMs = 2_000;
/** One way, and up to as much again: the farm's network. */
const latencyMs = 1;

export interface FarmFigures {
  /** From a unit's end to the next grant. */
  readonly p99Ms: number;
  readonly heapBytes: number;
}

export class SimulatedFarm {
  readonly #agentCount: number;
  readonly #planner = new Planner({ cropWindow: frame4K, tileSizePx, budgetSpp });
  readonly #berths = new Berths(new ReservationTable(new InMemoryKeyValue(), silentLog));
  readonly #timers = new TimerQueue();
  readonly #merged = new Map<number, SampleIntervals>();
  readonly #dirty = new Set<number>();
  readonly #held = new Map<string, Unit[]>();
  readonly #waitsMs: number[] = [];
  readonly #random = uniform(7);
  #nowMs = 0;
  /** The coordinator is busy until then with what came before. */
  #busyUntilMs = 0;

  constructor(agentCount: number) {
    this.#agentCount = agentCount;
    for (let tileIndex = 0; tileIndex < tilingOf(frame4K, tileSizePx).tileCount; tileIndex++) {
      this.#merged.set(tileIndex, new SampleIntervals());
    }
  }

  run(): FarmFigures {
    for (let index = 0; index < this.#agentCount; index++) this.#start(index);
    this.#every(25, () => this.#serve(() => this.#tell({ t: "tick" })));
    this.#every(limits.tileStatusIntervalMs, () => this.#serve(() => this.#report()));
    for (let timer = this.#timers.take(); timer && timer.atMs <= simulatedMs; timer = this.#timers.take()) {
      this.#nowMs = timer.atMs;
      timer.run?.();
    }
    const sorted = Float64Array.from(this.#waitsMs).sort();
    const p99Ms = sorted[Math.floor(0.99 * sorted.length)] ?? Number.NaN;
    return { p99Ms, heapBytes: heapBytes() };
  }

  /** Spread over the first second, as agents start. */
  #start(index: number): void {
    const computation = `mcrt_i${index}`;
    const heartbeat = toBinary(HeartbeatSchema, heartbeatOf(index));
    const atMs = (1_000 * index) / this.#agentCount;
    this.#held.set(computation, []);
    this.#timers.add(atMs, () => {
      this.#serve(() => this.#tell({ t: "joined", computation, threadCount: 1 }));
      this.#serve(() => this.#tell({ t: "credit", computation, units: 64 }));
      this.#next(computation);
    });
    this.#every(limits.heartbeatIntervalMs, () =>
      this.#serve(() => this.#berths.heard(this.#nowMs, fromBinary(HeartbeatSchema, heartbeat))),
    );
  }

  /** Renders the oldest unit that it holds, or looks again when it holds none. */
  #next(computation: string): void {
    const unit = this.#held.get(computation)?.shift();
    if (unit === undefined) {
      this.#timers.add(this.#nowMs + 1, () => this.#next(computation));
      return;
    }
    this.#serve(() => this.#tell({ t: "started", computation, unit }));
    const renderMs = Math.max(1, pixelSampleCount(unit) * 0.002);
    this.#timers.add(this.#nowMs + renderMs, () => {
      this.#merge(unit);
      const waitMs = this.#serve(() => {
        this.#tell({ t: "done", computation, unit, renderMs });
        this.#tell({ t: "credit", computation, units: 1 });
      });
      const roundTripMs = latencyMs * (2 + this.#random() + this.#random());
      if (this.#nowMs >= warmUpMs) this.#waitsMs.push(roundTripMs + waitMs);
      this.#next(computation);
    });
  }

  #merge(unit: Unit): void {
    if (isCoarse(unit)) return;
    this.#merged.get(unit.tileIndex)?.add(unit.sampleBegin, unit.sampleEnd);
    this.#dirty.add(unit.tileIndex);
  }

  #report(): void {
    const tiles = [...this.#dirty].map((tileIndex) => ({
      tileIndex,
      ranges: this.#merged.get(tileIndex)?.ranges() ?? [],
    }));
    this.#dirty.clear();
    this.#tell({ t: "merged", tiles });
  }

  /**
   * Queueing and service together, milliseconds: it begins when what came before is done. Processor time of all threads
   * (collecting garbage, too), so that what else the machine does is not measured.
   */
  #serve(act: () => void): number {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    const serviceMs = (user + system) / 1000;
    this.#busyUntilMs = Math.max(this.#nowMs, this.#busyUntilMs) + serviceMs;
    return this.#busyUntilMs - this.#nowMs;
  }

  #tell(event: PlannerEvent): void {
    this.#take(this.#planner.step(this.#nowMs, event));
  }

  #take(effects: readonly PlannerEffect[]): void {
    for (const effect of effects) {
      if (effect.t === "grant") this.#held.get(effect.computation)?.push(...effect.units);
      if (effect.t === "cancel") this.#drop(effect.computation, effect.units);
    }
  }

  #drop(computation: string, units: readonly Unit[]): void {
    const held = this.#held.get(computation) ?? [];
    const kept = held.filter((unit) => !units.includes(unit));
    const droppedCount = held.length - kept.length;
    this.#held.set(computation, kept);
    if (droppedCount > 0) this.#tell({ t: "credit", computation, units: droppedCount });
  }

  #every(periodMs: number, act: () => void): void {
    const again = () => {
      act();
      this.#timers.add(this.#nowMs + periodMs, again);
    };
    this.#timers.add(periodMs * ((this.#held.size % 97) / 97 + 1), again);
  }
}

function heartbeatOf(index: number): Heartbeat {
  return create(HeartbeatSchema, {
    nodeId: `node-${index}-3f1c9a7e`,
    host: `render-${index}`,
    coreCount: 32,
    memoryBytes: BigInt(128 * 2 ** 30),
    renderers: ["embree"],
    architecture: "x64",
    memoryEnforcement: "cgroup-v2",
  });
}

/** After a full collection. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
