// A node agent's figures for Prometheus: what runs on it, what it uses, how it ended. docs/metrics.md says the same; a
// test compares the two.
import type { MetricTable } from "../host/metrics/metric-set.ts";
import { ExitCause } from "../proto/gen/arras/v1/node_pb.ts";
import { type ComputationProgram, programOf, programs } from "./computation-program.ts";
import type { Running } from "./running.ts";

export const agentMetrics = {
  arras_agent_computations: { type: "gauge", help: "Computations that run here, by kind", labels: ["kind"] },
  arras_agent_computations_started_total: { type: "counter", help: "Processes that were started", labels: ["kind"] },
  arras_agent_computations_ended_total: { type: "counter", help: "Processes that ended, by cause", labels: ["cause"] },
  arras_agent_prestarted: {
    type: "gauge",
    help: "Processes started beforehand that wait for an order, by kind",
    labels: ["kind"],
  },
  arras_agent_prestarted_used_total: {
    type: "counter",
    help: "Of the started ones those that had waited",
    labels: ["kind"],
  },
  arras_agent_restarts_total: {
    type: "counter",
    help: "Of the started ones those that were not a computation's first",
  },
  arras_agent_memory_used_bytes: { type: "gauge", help: "Resident now in all computations" },
  arras_agent_memory_limit_bytes: { type: "gauge", help: "Limits of the running computations, added up" },
  arras_agent_memory_peak_bytes: {
    type: "gauge",
    help: "Most resident memory of any computation since the agent began",
  },
  arras_agent_cores: { type: "gauge", help: "Cores that it offers" },
  arras_agent_memory_bytes: { type: "gauge", help: "Memory that it offers" },
  arras_agent_cached_scenes: { type: "gauge", help: "Scenes that the cache has whole" },
  arras_agent_cache_bytes_max: { type: "gauge", help: "What the cache may take of the disk" },
  arras_agent_scenes_total: {
    type: "counter",
    help: "Scenes made ready for a computation, from the cache or fetched from the farm's store",
    labels: ["from"],
  },
  arras_agent_scene_failures_total: { type: "counter", help: "Scenes that could not be made ready" },
  arras_agent_draining: { type: "gauge", help: "1 while it is leaving, else 0" },
  arras_agent_nats_connected: { type: "gauge", help: "1 while NATS is reached, else 0" },
  arras_agent_nats_reconnects_total: { type: "counter", help: "Times that NATS was lost and found again" },
} as const satisfies MetricTable;

export type AgentMetric = keyof typeof agentMetrics;

/** What it needs of a set of figures. */
export interface AgentMeter {
  count(name: AgentMetric, by?: number, labels?: Readonly<Record<string, string>>): void;
  set(
    name: AgentMetric,
    values: readonly { readonly value: number; readonly labels?: Readonly<Record<string, string>> }[],
  ): void;
}

/** Of the moment of a reading. */
export interface AgentMoment {
  readonly coreCount: number;
  readonly memoryBytes: number;
  readonly isDraining: boolean;
  /** Processes that wait for an order. */
  readonly prestarted: Readonly<Record<ComputationProgram, number>>;
  readonly cachedSceneCount: number;
  readonly cacheSizeBytesMax: number;
  readonly isConnected: boolean;
  readonly reconnections: number;
}

const causes: Readonly<Partial<Record<ExitCause, string>>> = {
  [ExitCause.ENDED]: "ended",
  [ExitCause.STOPPED]: "stopped",
  [ExitCause.CRASHED]: "crashed",
  [ExitCause.MEMORY]: "memory",
};

export class AgentFigures {
  readonly #meter: AgentMeter;
  readonly #running = new Set<Running>();
  #peakBytes = 0;
  #reconnections = 0;

  constructor(meter: AgentMeter) {
    this.#meter = meter;
  }

  started(running: Running, wasWaiting: boolean): void {
    this.#running.add(running);
    if (wasWaiting) this.#meter.count("arras_agent_prestarted_used_total", 1, { kind: kindOf(running) });
    this.#meter.count("arras_agent_computations_started_total", 1, { kind: kindOf(running) });
    if (running.order.attempt > 1) this.#meter.count("arras_agent_restarts_total");
  }

  ended(running: Running, cause: ExitCause): void {
    this.#running.delete(running);
    this.#peakBytes = Math.max(this.#peakBytes, running.peakBytes);
    this.#meter.count("arras_agent_computations_ended_total", 1, { cause: causes[cause] ?? "unknown" });
  }

  /** Before each reading. */
  fill(moment: AgentMoment): void {
    const all = [...this.#running];
    const sum = (amount: (running: Running) => number) => all.reduce((total, each) => total + amount(each), 0);
    const set = (name: AgentMetric, value: number) => this.#meter.set(name, [{ value }]);
    this.#meter.set(
      "arras_agent_computations",
      programs.map((kind) => ({
        value: all.filter((each) => kindOf(each) === kind).length,
        labels: { kind },
      })),
    );
    this.#meter.set(
      "arras_agent_prestarted",
      programs.map((kind) => ({ value: moment.prestarted[kind], labels: { kind } })),
    );
    this.#peakBytes = Math.max(this.#peakBytes, ...all.map(({ peakBytes }) => peakBytes));
    set(
      "arras_agent_memory_used_bytes",
      sum(({ residentBytes }) => residentBytes),
    );
    set(
      "arras_agent_memory_limit_bytes",
      sum(({ limitBytes }) => limitBytes),
    );
    set("arras_agent_memory_peak_bytes", this.#peakBytes);
    set("arras_agent_cores", moment.coreCount);
    set("arras_agent_memory_bytes", moment.memoryBytes);
    set("arras_agent_cached_scenes", moment.cachedSceneCount);
    set("arras_agent_cache_bytes_max", moment.cacheSizeBytesMax);
    set("arras_agent_draining", moment.isDraining ? 1 : 0);
    set("arras_agent_nats_connected", moment.isConnected ? 1 : 0);
    this.#meter.count("arras_agent_nats_reconnects_total", moment.reconnections - this.#reconnections);
    this.#reconnections = moment.reconnections;
  }
}

function kindOf({ order }: Running): ComputationProgram {
  return programOf(order.kind);
}
