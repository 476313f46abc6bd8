// The native addon's functions, typed, and where it is found. Nothing here knows the Renderer contract.
import { nativeAddon } from "../../../host/native-addon.ts";
import type { OutputName } from "../../../proto/outputs.ts";
import type { WirePlane } from "../../../proto/wire-plane.ts";
import type { Camera, SceneDescription, SceneUpdate } from "../../scene/description.ts";
import type { PickedPoint, RenderUnit, SampleReport, SamplingSettings } from "../renderer.ts";

/** A scene as the addon reads it. Typed arrays are copied before `prepare` returns its promise. */
export interface AddonInput extends Omit<SceneDescription, "instances" | "cameras" | "objectNames"> {
  readonly instances: PackedInstances;
  readonly camera: Camera;
  readonly film: {
    readonly widthPx: number;
    readonly heightPx: number;
    readonly outputs: readonly OutputName[];
    readonly clampLimit: number;
    readonly reportsMax: number;
  };
  readonly sampling: SamplingSettings;
}

/** Instances as three arrays: reading millions of objects across the language border takes seconds. */
export interface PackedInstances {
  readonly meshIndices: Uint32Array;
  readonly objectIds: Uint32Array;
  /** 16 per instance, column-major. */
  readonly objectToWorlds: Float32Array;
}

export interface AddonUpdate extends Omit<SceneUpdate, "hiddenObjectIds"> {
  readonly hiddenObjectIds: Uint32Array;
}

declare const sceneHandleBrand: unique symbol;
export interface SceneHandle {
  readonly [sceneHandleBrand]: true;
}

export interface AddonScene {
  readonly handle: SceneHandle;
  readonly triangleCount: number;
  readonly lightCount: number;
  readonly sizeBytes: number;
}

export interface AddonReports {
  readonly count: number;
  readonly first: readonly SampleReport[];
}

export interface AddonUnit {
  readonly planes: readonly WirePlane[];
  readonly renderMs: number;
  readonly clamped: AddonReports;
  readonly nonFinite: AddonReports;
}

export interface AddonRendering {
  /** Rejects with an error whose `code` is `cancelled` within 10 ms of cancel(), if a thread has begun it. */
  readonly finished: Promise<AddonUnit>;
  cancel(): void;
}

/** The same rays through our scene (position, normals, what is solid) and through Embree alone. */
export interface RayBench {
  readonly rayCount: number;
  readonly hitCount: number;
  readonly sceneSeconds: number;
  readonly bareSeconds: number;
}

/** Errors that the addon throws carry an ErrorCode in `code`, unless they are a programmer's mistake. */
export interface EmbreeAddon {
  identity(): { readonly version: string; readonly instructionSet: string };
  prepare(input: AddonInput): Promise<AddonScene>;
  /** Not while a unit of the scene is rendered: whoever calls it has waited for all of them. */
  update(handle: SceneHandle, update: AddonUpdate): Promise<void>;
  render(handle: SceneHandle, unit: RenderUnit): AddonRendering;
  /** On the calling thread, with `rayCount` rays to each light that has an extent. */
  pick(handle: SceneHandle, x: number, y: number, rayCount: number): PickedPoint | undefined;
  debugSample(handle: SceneHandle, x: number, y: number, sampleIndex: number): string;
  /** One ray a pixel from the camera, or one diffuse ray from each point that those meet, on the calling thread. */
  benchRays(handle: SceneHandle, isDiffuse: boolean): RayBench;
  close(handle: SceneHandle): void;
}

let loaded: EmbreeAddon | undefined;

/** @throws ArrasError `renderer-missing` where the addon is not built or its libraries are not there. */
export function loadEmbreeAddon(): EmbreeAddon {
  loaded ??= nativeAddon<EmbreeAddon>("embree", "the Embree renderer", "renderer-missing");
  return loaded;
}
