// A node agent's figures, from what it runs.
import { beforeEach, expect, it } from "vitest";
import { MetricSet } from "../../../host/metrics/metric-set.ts";
import { AgentFigures, agentMetrics } from "../../../node-agent/agent-metrics.ts";
import type { BundleState } from "../../../node-agent/assets/bundle-cache.ts";
import type { Running } from "../../../node-agent/running.ts";
import { watchedScenes } from "../../../node-agent/watched-scenes.ts";
import { ArrasError } from "../../../proto/errors.ts";
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

const moment = {
  coreCount: 8,
  memoryBytes: 5000,
  isDraining: false,
  prestarted: { mcrt: 2, merge: 1 },
  cachedSceneCount: 3,
  cacheSizeBytesMax: 9000,
  isConnected: true,
  reconnections: 0,
};

/** Lines of the text, without the process's and without comments. */
async function lines(more: Partial<typeof moment> = {}): Promise<string[]> {
  figures.fill({ ...moment, ...more });
  return (await metrics.text()).split("\n").filter((line) => line.startsWith("arras_"));
}

it("two run -> counted by kind, with what they use and may use", async () => {
  figures.started(running(ComputationKind.MCRT, 1, 300, 400), false);
  figures.started(running(ComputationKind.MERGE, 2, 100, 100), true);
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'arras_agent_computations{kind="mcrt"} 1',
      'arras_agent_computations{kind="merge"} 1',
      'arras_agent_computations_started_total{kind="merge"} 1',
      'arras_agent_prestarted{kind="mcrt"} 2',
      'arras_agent_prestarted{kind="merge"} 1',
      'arras_agent_prestarted_used_total{kind="merge"} 1',
      "arras_agent_restarts_total 1",
      "arras_agent_memory_used_bytes 400",
      "arras_agent_memory_limit_bytes 2000",
      "arras_agent_memory_peak_bytes 400",
      "arras_agent_cores 8",
      "arras_agent_cached_scenes 3",
      "arras_agent_cache_bytes_max 9000",
      "arras_agent_nats_connected 1",
    ]),
  );
});

it("one passed its memory and is gone -> its cause and its peak stay", async () => {
  const greedy = running(ComputationKind.MCRT, 1, 900, 1100);
  figures.started(greedy, false);
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

it("scenes from the cache, fetched, and failed -> each its own count, and everybody is told as before", async () => {
  const states: BundleState[][] = [
    [{ t: "ready", folder: "/a" }],
    [
      { t: "fetching", doneBytes: 0, totalBytes: 700 },
      { t: "fetching", doneBytes: 350, totalBytes: 700 },
      { t: "ready", folder: "/b" },
    ],
    [{ t: "failed", error: new ArrasError("object-missing", { message: "", action: "" }) }],
  ];
  const released: string[] = [];
  const scenes = watchedScenes(
    {
      held: ["a"],
      hold: (bundle, tell) => {
        for (const state of states.shift() ?? []) tell(state);
        return { release: () => void released.push(bundle) };
      },
    },
    metrics,
  );
  const told: string[] = [];
  for (const bundle of ["a", "b", "c"]) scenes.hold(bundle, ({ t }) => void told.push(t)).release();
  expect([scenes.held, released]).toEqual([["a"], ["a", "b", "c"]]);
  expect(told).toEqual(["ready", "fetching", "fetching", "ready", "failed"]);
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'arras_agent_scenes_total{from="cache"} 1',
      'arras_agent_scenes_total{from="farm"} 1',
      "arras_agent_scene_failures_total 1",
    ]),
  );
});

it("NATS was lost twice between readings -> the counter rises by two, and stays there", async () => {
  await lines({ reconnections: 1 });
  await lines({ reconnections: 3 });
  expect(await lines({ reconnections: 3 })).toContain("arras_agent_nats_reconnects_total 3");
});
