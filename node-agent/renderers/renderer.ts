// What the mcrt process asks of a renderer. Each renderer (embree, fake; MoonRay and Cycles later) implements it and
// passes the same contract tests. Errors are ArrasErrors; their retry class says what the coordinator does next.
import type { FilmSpec } from "../../proto/film-spec.ts";
import type { PixelRect } from "../../proto/rect.ts";
import type { WirePlane } from "../../proto/wire-plane.ts";
import type { Camera, SceneDescription, SceneUpdate, Vector3 } from "../scene/description.ts";

export interface Renderer {
  capabilities(): RendererCapabilities;
  /** Loads the scene. Rejects with `scene-*` or `renderer-*` codes. */
  prepare(request: PrepareRequest): Promise<PreparedScene>;
  /**
   * The prepared scene as it is to be from now on. Samples have the bits that they have after a fresh `prepare` and the
   * same update, whatever was before. Waits until no unit is rendered any more (abort them first), and takes no other
   * until it resolves. Rejects with `edit-impossible` or `renderer-*` codes: update it again, or close it.
   */
  update(update: SceneUpdate): Promise<void>;
  /** Renders one unit. Aborting rejects with `cancelled` within 10 ms and leaves the renderer usable. */
  render(unit: RenderUnit, signal: AbortSignal): Promise<RenderedUnit>;
  /**
   * What the ray through the middle of pixel (x, y) meets first, with the scene as it is now; undefined: nothing. Not
   * during `update`.
   */
  pick(x: number, y: number): Promise<PickedPoint | undefined>;
  /** Renders sample `sampleIndex` of pixel (x, y) alone and describes its path, one line a vertex. */
  debugSample(x: number, y: number, sampleIndex: number): Promise<string>;
  close(): Promise<void>;
}

export interface RendererCapabilities {
  readonly name: string;
  readonly version: string;
  /** What sample values may depend on beside the scene, e.g. "embree-3.13.5-avx2": equal strings, equal bits. */
  readonly instructionSet: string;
}

export interface PrepareRequest {
  readonly scene: SceneDescription;
  readonly camera: Camera;
  readonly film: FilmSpec;
  readonly sampling: SamplingSettings;
  readonly threadCount: number;
}

export interface SamplingSettings {
  readonly seed: number;
  readonly maxDepth: number;
  readonly rouletteDepth: number;
  readonly filter: { readonly kind: "blackman-harris" | "box" | "gaussian"; readonly radiusPx: number };
  /** `mis` is what pictures use; the other two exist so that a test can show that they agree with it. */
  readonly strategy: "mis" | "light" | "bsdf";
}

export interface PreparedScene {
  readonly triangleCount: number;
  readonly lightCount: number;
  readonly sizeBytes: number;
}

export interface RenderUnit {
  /** Pixels of the display window, half-open, y down. */
  readonly rect: PixelRect;
  readonly sampleBegin: number;
  readonly sampleEnd: number;
  /** 1, or 8 for a coarse unit: only pixels whose x and y are multiples of it (in the display window) are rendered. */
  readonly stridePx: number;
}

export interface PickedPoint {
  /** As in the `id` output. */
  readonly objectId: number;
  readonly materialIndex: number;
  /** As the outputs of these names. */
  readonly depth: number;
  readonly position: Vector3;
  readonly normal: Vector3;
  /** Irradiance by light, shadows counted; those that give none are left out. */
  readonly lights: readonly PickedLight[];
}

export interface PickedLight {
  /** An emitter is a material that emits. */
  readonly t: "environment" | "point" | "spot" | "directional" | "emitter";
  /** Among the scene's lights of that kind; of an emitter: of its material. */
  readonly index: number;
  readonly irradiance: Vector3;
}

/** A sample that was clamped, or had no finite value and counts as black. */
export interface SampleReport {
  readonly x: number;
  readonly y: number;
  readonly sampleIndex: number;
}

export interface RenderedUnit {
  /** In the order of the film's wire channels (see proto/film-spec.ts). */
  readonly planes: readonly WirePlane[];
  readonly renderMs: number;
  readonly clampedCount: number;
  readonly nonFiniteCount: number;
  /** The first few of each, at most `limits.sampleReportsMax`. */
  readonly clampedSamples: readonly SampleReport[];
  readonly nonFiniteSamples: readonly SampleReport[];
}
