// One process's figures, in the format that Prometheus reads.
import { expect, it } from "vitest";
import { MetricSet } from "../../../../host/metrics/metric-set.ts";

const table = {
  arras_calls_total: { type: "counter", help: "Calls", labels: ["code"] },
  arras_nodes: { type: "gauge", help: "Nodes", labels: ["state"] },
  arras_wait_seconds: { type: "histogram", help: "Wait", buckets: [1, 10] },
} as const;

it("counted, set, observed -> said in the text, with types and help", async () => {
  const metrics = new MetricSet(table);
  metrics.count("arras_calls_total", 2, { code: "OK" });
  metrics.count("arras_calls_total", 1, { code: "OK" });
  metrics.set("arras_nodes", [{ value: 3, labels: { state: "ready" } }]);
  metrics.observe("arras_wait_seconds", 4);
  const text = await metrics.text();
  expect(text).toContain(
    '# HELP arras_calls_total Calls\n# TYPE arras_calls_total counter\narras_calls_total{code="OK"} 3',
  );
  expect(text).toContain('arras_nodes{state="ready"} 3');
  expect(text).toContain('arras_wait_seconds_bucket{le="1"} 0\narras_wait_seconds_bucket{le="10"} 1');
  expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
});

it("a gauge is set again -> what it had before is gone; it is filled at each reading", async () => {
  const metrics = new MetricSet(table);
  let state = "ready";
  metrics.onRead(() => metrics.set("arras_nodes", [{ value: 1, labels: { state } }]));
  expect(await metrics.text()).toContain('arras_nodes{state="ready"} 1');
  state = "draining";
  const text = await metrics.text();
  expect(text).toContain('arras_nodes{state="draining"} 1');
  expect(text).not.toContain("ready");
});

it("two sets of one process -> each has its own, and the process's figures where they are wished", async () => {
  const [one, other] = [new MetricSet(table), new MetricSet(table)];
  one.watchProcess();
  one.count("arras_calls_total", 1, { code: "OK" });
  expect(await one.text()).toMatch(/^nodejs_eventloop_lag_seconds /m);
  const text = await other.text();
  expect(text).not.toContain("nodejs_");
  expect(text).not.toContain('code="OK"');
});
