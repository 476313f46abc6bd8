// The session's RenderSpec message as what renderers understand. Pure.
import { ArrasError } from "../../proto/errors.ts";
import type { RenderSpec } from "../../proto/gen/arras/v1/scene_pb.ts";
import type { SamplingSettings } from "../renderers/renderer.ts";
import type { Bounds } from "../scene/bounds.ts";
import type { Camera, SceneDescription } from "../scene/description.ts";

export interface LoadedScene {
  readonly scene: SceneDescription;
  /** Round everything. */
  readonly bounds: Bounds;
  readonly camera: Camera;
  readonly notices: readonly string[];
}

const filterKinds = ["blackman-harris", "box", "gaussian"] as const;

/** Throws `message-malformed` for an unknown filter. */
export function samplingOf(render: RenderSpec): SamplingSettings {
  const kind = filterKinds.find((known) => known === render.filter);
  if (kind === undefined) {
    throw new ArrasError("message-malformed", {
      message: `Unknown reconstruction filter ${JSON.stringify(render.filter)}`,
      action: `There are ${filterKinds.join(", ")}.`,
    });
  }
  return {
    seed: frameSeed(render.seed, render.frameNumber),
    maxDepth: render.maxDepth,
    rouletteDepth: render.rouletteDepth,
    filter: { kind, radiusPx: render.filterRadiusPx },
    strategy: "mis",
  };
}

/** Frame 0 leaves the seed as it is; other frames get noise of their own (Knuth's multiplicative hash). */
export function frameSeed(seed: number, frameNumber: number): number {
  return (seed ^ Math.imul(frameNumber, 0x9e3779b1)) >>> 0;
}
