// Loads embree_test.node (native/test/surface_test_addon.cc) and gives its functions types.
import { createRequire } from "node:module";
import { join } from "node:path";
import { packageRoot } from "../../../../../host/package-root.ts";
import type { Material, Texture, Vector3 } from "../../../../../node-agent/scene/description.ts";

/** What is absent has the default of the C++ `SurfaceParameters`; the triangle lies in the plane z = 0. */
export interface SurfaceInput {
  readonly baseColor?: Vector3;
  readonly metallic?: number;
  readonly roughness?: number;
  readonly ior?: number;
  readonly specular?: number;
  readonly specularColor?: Vector3;
  readonly transmission?: number;
  readonly clearcoat?: number;
  readonly clearcoatRoughness?: number;
  readonly sheenColor?: Vector3;
  readonly sheenRoughness?: number;
  readonly normal?: Vector3;
  readonly coatNormal?: Vector3;
  /** Present: `normal` or `coatNormal` come from a normal map, which moved them away from this one. */
  readonly smoothNormal?: Vector3;
  readonly outgoing?: Vector3;
}

export interface MaterialPoint {
  /** uv and a third number that is not looked at. */
  readonly uv0?: Vector3;
  readonly uv1?: Vector3;
  readonly color?: Vector3;
  readonly alpha?: number;
  readonly normal?: Vector3;
  readonly tangent?: Vector3;
  readonly handedness?: number;
}

export interface MaterialAtPoint
  extends Required<Omit<SurfaceInput, "ior" | "normal" | "coatNormal" | "smoothNormal" | "outgoing">> {
  readonly isOpaque: boolean;
  readonly isEmissive: boolean;
  readonly opacity: number;
  readonly emission: Vector3;
  readonly shadingNormal: Vector3;
  readonly clearcoatNormal: Vector3;
}

export interface EmbreeTestAddon {
  exactMath(name: string, x: Float32Array, y?: Float32Array): Float32Array;
  /** Five numbers a uv: rgba and the alpha that the opacity test sees. */
  sampleTexture(texture: Omit<Texture, "name">, uvs: Float32Array): Float32Array;
  material(
    textures: readonly Omit<Texture, "name">[],
    material: Partial<Material>,
    point: MaterialPoint,
  ): MaterialAtPoint;
  /** Nine numbers for each (uLobe, u, v): direction, weight, density, 0 absorbed | 1 lobe | 2 delta, ±1 side. */
  sampleSurface(surface: SurfaceInput, u: Float32Array): Float32Array;
  /** Four numbers a direction: rgb and density. */
  evaluateSurface(surface: SurfaceInput, directions: Float32Array): Float32Array;
  describeSurface(surface: SurfaceInput): { albedo: Vector3; isDeltaOnly: boolean; lobes: string[] };
  /** Albedo and mean rise of Fresnel's curve. */
  ggxEnergy(cosine: number, roughness: number): Float32Array;
}

export function loadEmbreeTestAddon(): EmbreeTestAddon {
  return createRequire(import.meta.url)(join(packageRoot(), "build", "embree_test.node")) as EmbreeTestAddon;
}
