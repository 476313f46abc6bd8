// A node agent's figures, from what it runs.
import { beforeEach, expect, it } from "vitest";
import { MetricSet } from "../../../host/metrics/metric-set.ts";
import { AgentFigures, agentMetrics } from "../../../node-agent/agent-metrics.ts";
import type { Running } from "../../../node-agent/running.ts";
import { ComputationKind, ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";

let metrics: MetricSet<typeof agentMetrics>;
let figures: AgentFigures;
beforeEach(() => {
  metrics = new MetricSet(agentMetrics);
  figures = new AgentFigures(metrics);
});

/** As much of a computation as figures look at. */
function running(kind: ComputationKind, attempt: number, residentBytes: number, peakBytes: number): Running {
  return { order: { kind, attempt }, residentBytes, peakBytes, limitBytes: 1000 } as unknown as Running;
}

const moment = { coreCount: 8, memoryBytes: 5000, isDraining: false, isConnected: true, reconnections: 0 };

/** Lines of the text, without the process's and without comments. */
async function lines(more: Partial<typeof moment> = {}): Promise<string[]> {
  figures.fill({ ...moment, ...more });
  return (await metrics.text()).split("\n").filter((line) => line.startsWith("arras_"));
}

it("two run -> counted by kind, with what they use and may use", async () => {
  figures.started(running(ComputationKind.MCRT, 1, 300, 400));
  figures.started(running(ComputationKind.MERGE, 2, 100, 100));
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'arras_agent_computations{kind="mcrt"} 1',
      'arras_agent_computations{kind="merge"} 1',
      'arras_agent_computations_started_total{kind="merge"} 1',
      "arras_agent_restarts_total 1",
      "arras_agent_memory_used_bytes 400",
      "arras_agent_memory_limit_bytes 2000",
      "arras_agent_memory_peak_bytes 400",
      "arras_agent_cores 8",
      "arras_agent_nats_connected 1",
    ]),
  );
});

it("one passed its memory and is gone -> its cause and its peak stay", async () => {
  const greedy = running(ComputationKind.MCRT, 1, 900, 1100);
  figures.started(greedy);
  figures.ended(greedy, ExitCause.MEMORY);
  expect(await lines({ isDraining: true, isConnected: false })).toEqual(
    expect.arrayContaining([
      'arras_agent_computations{kind="mcrt"} 0',
      'arras_agent_computations_ended_total{cause="memory"} 1',
      "arras_agent_memory_used_bytes 0",
      "arras_agent_memory_peak_bytes 1100",
      "arras_agent_draining 1",
      "arras_agent_nats_connected 0",
    ]),
  );
});

it("NATS was lost twice between readings -> the counter rises by two, and stays there", async () => {
  await lines({ reconnections: 1 });
  await lines({ reconnections: 3 });
  expect(await lines({ reconnections: 3 })).toContain("arras_agent_nats_reconnects_total 3");
});
