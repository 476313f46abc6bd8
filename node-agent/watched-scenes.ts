// A cache of scenes whose uses are counted: for how many computations it had the scene, or had to fetch it. Pure.
import type { AgentMeter } from "./agent-metrics.ts";
import type { SceneCache } from "./computation-starts.ts";

export function watchedScenes(scenes: SceneCache, meter: Pick<AgentMeter, "count">): SceneCache {
  return {
    get held() {
      return scenes.held;
    },
    hold(bundleSha256, told) {
      const from = scenes.held.includes(bundleSha256) ? "cache" : "farm";
      return scenes.hold(bundleSha256, (state) => {
        if (state.t === "failed") meter.count("arras_agent_scene_failures_total");
        if (state.t === "ready") meter.count("arras_agent_scenes_total", 1, { from });
        told(state);
      });
    },
  };
}
