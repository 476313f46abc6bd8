// The figures of one process for Prometheus, made from a table, in a registry of their own. The table is the only list:
// docs/metrics.md is compared with it.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** Of few values each, known beforehand: never an id. */
  readonly labels?: readonly string[];
  /** Upper bounds, for histograms. */
  readonly buckets?: readonly number[];
}

/** By the name that Prometheus sees. */
export type MetricTable = Readonly<Record<string, MetricRow>>;

export type Labels = Readonly<Record<string, string>>;

export interface GaugeValue {
  readonly value: number;
  readonly labels?: Labels;
}

export class MetricSet<Table extends MetricTable> {
  readonly #registry = new Registry();
  readonly #metrics = new Map<string, Counter | Gauge | Histogram>();
  readonly #fills: (() => void)[] = [];

  constructor(table: Table) {
    for (const [name, row] of Object.entries(table)) this.#metrics.set(name, metricOf(name, row, this.#registry));
  }

  /** Adds memory, processor time, event-loop lag and garbage collection of this process. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  count(name: keyof Table & string, by = 1, labels: Labels = {}): void {
    (this.#metrics.get(name) as Counter).inc(labels, by);
  }

  observe(name: keyof Table & string, value: number, labels: Labels = {}): void {
    (this.#metrics.get(name) as Histogram).observe(labels, value);
  }

  /** All that it has from now on; what it had before is gone. */
  set(name: keyof Table & string, values: readonly GaugeValue[]): void {
    const gauge = this.#metrics.get(name) as Gauge;
    gauge.reset();
    for (const { value, labels } of values) gauge.set({ ...labels }, value);
  }

  /** Called before each reading, to set what is not counted as it happens. */
  onRead(fill: () => void): void {
    this.#fills.push(fill);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    for (const fill of this.#fills) fill();
    return this.#registry.metrics();
  }
}

function metricOf(name: string, row: MetricRow, registry: Registry): Counter | Gauge | Histogram {
  const configuration = { name, help: row.help, labelNames: [...(row.labels ?? [])], registers: [registry] };
  if (row.type === "counter") return new Counter(configuration);
  if (row.type === "gauge") return new Gauge(configuration);
  return new Histogram({ ...configuration, ...(row.buckets === undefined ? {} : { buckets: [...row.buckets] }) });
}
