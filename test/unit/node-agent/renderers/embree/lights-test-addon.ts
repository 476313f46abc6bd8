// Loads lights_test.node (native/test/lights_test_addon.cc) and gives its class types.
import { createRequire } from "node:module";
import { join } from "node:path";
import { packageRoot } from "../../../../../host/package-root.ts";
import type { Environment, PunctualLight, Vector3 } from "../../../../../node-agent/scene/description.ts";

export interface LightsInput {
  readonly environment?: Omit<Environment, "name">;
  readonly lights?: readonly PunctualLight[];
  /** Nine coordinates a triangle; triangle i is primitive floor(i / 3) of instance i % 3. */
  readonly triangles?: Float32Array;
  /** rgb for each triangle. */
  readonly emissions?: Float32Array;
  /** Every second of so many stripes along the barycentric u is black. */
  readonly stripeCount?: number;
  readonly isDoubleSided?: boolean;
}

export interface Lights {
  count(): number;
  /** Nine numbers for each (uChoice, u, v): direction, distance, radiance, density, 0 nothing | 1 light | 2 delta. */
  sample(position: Vector3, u: Float32Array): Float32Array;
  /** rgb for each direction. */
  escaped(
    position: Vector3,
    directions: Float32Array,
    bsdfDensity: number,
    countFully: boolean,
    strategy: "mis" | "light" | "bsdf",
  ): Float32Array;
  background(directions: Float32Array): Float32Array;
  triangleDensity(
    position: Vector3,
    instanceIndex: number,
    primitiveIndex: number,
    distance: number,
    cosAtLight: number,
  ): number;
}

interface LightsTestAddon {
  readonly Lights: new (input: LightsInput) => Lights;
}

export function makeLights(input: LightsInput): Lights {
  const path = join(packageRoot(), "build", "lights_test.node");
  return new (createRequire(import.meta.url)(path) as LightsTestAddon).Lights(input);
}
