// docs/metrics.md says what the code shows: names, types, labels and meanings.
import { expect, it } from "vitest";
import { coordinatorMetrics } from "../../coordinator/metrics/metric-table.ts";
import type { MetricTable } from "../../host/metrics/metric-set.ts";
import { agentMetrics } from "../../node-agent/agent-metrics.ts";
import { documentText, namedRows } from "./tree.ts";

function documented(heading: string) {
  const section = documentText("docs/metrics.md").split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return Object.fromEntries(
    namedRows(section).map(([name, type, labels = "", help]) => [
      name,
      { type, labels: [...labels.matchAll(/`([a-z]+)`/g)].map(([, label]) => label), help },
    ]),
  );
}

function coded(table: MetricTable) {
  return Object.fromEntries(
    Object.entries(table).map(([name, { type, labels = [], help }]) => [name, { type, labels: [...labels], help }]),
  );
}

it("a figure of the coordinator is added, removed or changed -> docs/metrics.md says the same", () => {
  const wanted = "Each has one row: | `name` | type | labels | meaning |";
  expect(documented("A coordinator"), wanted).toEqual(coded(coordinatorMetrics));
});

it("a figure of the node agent is added, removed or changed -> docs/metrics.md says the same", () => {
  expect(documented("A node agent")).toEqual(coded(agentMetrics));
});

it("names -> those of Prometheus: a prefix, base units, _total for counters alone", () => {
  for (const [name, { type }] of Object.entries<MetricTable[string]>({ ...coordinatorMetrics, ...agentMetrics })) {
    expect(name).toMatch(/^arras_[a-z_]+$/);
    expect(name).not.toMatch(/_(ms|mb|gb|minutes)(_|$)/);
    expect(name.endsWith("_total"), name).toBe(type === "counter");
  }
});

it("labels -> of few values: never an id or a name that users choose", () => {
  const few = ["state", "kind", "cause", "from", "method", "code", "outcome"];
  const tables: MetricTable[] = [coordinatorMetrics, agentMetrics];
  const labels = tables.flatMap((table) => Object.values(table).flatMap((row) => row.labels ?? []));
  expect(labels.filter((label) => !few.includes(label))).toEqual([]);
});
