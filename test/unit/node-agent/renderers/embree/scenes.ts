// Small scenes for the renderer's tests, and how to read what it returns.

import type {
  PrepareRequest,
  RenderedUnit,
  Renderer,
  SamplingSettings,
} from "../../../../../node-agent/renderers/renderer.ts";
import type {
  Camera,
  Environment,
  Instance,
  Material,
  Mesh,
  SceneDescription,
  Vector3,
} from "../../../../../node-agent/scene/description.ts";
import type { FilmSpec } from "../../../../../proto/film-spec.ts";
import { filmChannels, quantumsPerUnit } from "../../../../../proto/film-spec.ts";
import type { OutputName } from "../../../../../proto/outputs.ts";
import { filmOutputs } from "../../../../../proto/outputs.ts";
import type { WirePlane } from "../../../../../proto/wire-plane.ts";

export const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

export function material(fields: Partial<Material> = {}): Material {
  return {
    name: "material",
    baseColor: [1, 1, 1],
    opacity: 1,
    alphaMode: { t: "opaque" },
    metallic: 0,
    roughness: 1,
    normalScale: 1,
    emissive: [0, 0, 0],
    ior: 1.5,
    specular: 1,
    specularColor: [1, 1, 1],
    transmission: 0,
    clearcoat: 0,
    clearcoatRoughness: 0,
    clearcoatNormalScale: 1,
    sheenColor: [0, 0, 0],
    sheenRoughness: 0,
    unlit: false,
    doubleSided: true,
    ...fields,
  };
}

/** Without reflection at its boundary: a Lambertian surface. */
export function diffuse(baseColor: Vector3, fields: Partial<Material> = {}): Material {
  return material({ baseColor, specular: 0, ior: 1, ...fields });
}

/** A parallelogram: corner, and two edges; its front is where their cross product points. */
export function quad(corner: Vector3, u: Vector3, v: Vector3, fields: Partial<Mesh> = {}): Mesh {
  const at = (s: number, t: number) => corner.map((value, i) => value + s * u[i]! + t * v[i]!);
  return {
    name: "quad",
    positions: new Float32Array([...at(0, 0), ...at(1, 0), ...at(1, 1), ...at(0, 1)]),
    indices: new Uint32Array([0, 1, 2, 0, 2, 3]),
    texcoords: [new Float32Array([0, 1, 1, 1, 1, 0, 0, 0])],
    materialIndex: 0,
    ...fields,
  };
}

/** A sphere of `segmentCount` × 2·`segmentCount` faces with smooth normals, its front outside. */
export function sphere(radius: number, segmentCount: number, fields: Partial<Mesh> = {}): Mesh {
  const columns = 2 * segmentCount;
  const normals: number[] = [];
  const indices: number[] = [];
  for (let row = 0; row <= segmentCount; row++) {
    for (let column = 0; column <= columns; column++) {
      const theta = (Math.PI * row) / segmentCount;
      const phi = (2 * Math.PI * (column % columns)) / columns;
      normals.push(Math.sin(theta) * Math.sin(phi), Math.cos(theta), Math.sin(theta) * Math.cos(phi));
      if (row === segmentCount || column === columns) continue;
      const first = row * (columns + 1) + column;
      const below = first + columns + 1;
      if (row > 0) indices.push(first, below + 1, first + 1);
      if (row < segmentCount - 1) indices.push(first, below, below + 1);
    }
  }
  return {
    name: "sphere",
    positions: Float32Array.from(normals, (value) => value * radius),
    normals: new Float32Array(normals),
    indices: new Uint32Array(indices),
    texcoords: [],
    materialIndex: 0,
    ...fields,
  };
}

/** Every mesh once, where it is, as objects 1, 2, … */
export function onceEach(meshes: readonly Mesh[]): Instance[] {
  return meshes.map((_, index) => ({ meshIndex: index, objectToWorld: identity, objectId: index + 1 }));
}

export function scene(fields: Partial<SceneDescription>): SceneDescription {
  const meshes = fields.meshes ?? [];
  return {
    meshes,
    instances: onceEach(meshes),
    materials: [diffuse([0.5, 0.5, 0.5])],
    textures: [],
    lights: [],
    cameras: [],
    objectNames: meshes.map((mesh) => mesh.name),
    ...fields,
  };
}

export function uniformEnvironment(radiance: number): Environment {
  return {
    name: "uniform",
    widthPx: 4,
    heightPx: 2,
    pixels: new Float32Array(24).fill(radiance),
    rotationRad: 0,
  };
}

/** At `position`, looking along −Z. */
export function camera(position: Vector3, fields: Partial<Camera> = {}): Camera {
  return {
    name: "camera",
    cameraToWorld: [...identity.slice(0, 12), ...position, 1],
    projection: { t: "perspective", verticalFovRad: Math.PI / 4 },
    lensRadius: 0,
    focusDistance: 1,
    ...fields,
  };
}

export const wholeFilm = (film: FilmSpec) => ({ x0: 0, y0: 0, x1: film.widthPx, y1: film.heightPx });

export function film(widthPx: number, heightPx: number, wanted: readonly OutputName[] = []): FilmSpec {
  const cropWindow = { x0: 0, y0: 0, x1: widthPx, y1: heightPx };
  return { widthPx, heightPx, cropWindow, tileSizePx: 64, outputs: filmOutputs(wanted), maxSpp: 65_536 };
}

export function request(fields: Partial<PrepareRequest> & { sampling?: Partial<SamplingSettings> }): PrepareRequest {
  return {
    scene: scene({}),
    camera: camera([0, 0, 4]),
    film: film(16, 16),
    threadCount: 1,
    ...fields,
    sampling: {
      seed: 1,
      maxDepth: 8,
      rouletteDepth: 4,
      filter: { kind: "box", radiusPx: 0.5 },
      strategy: "mis",
      ...fields.sampling,
    },
  };
}

/** The values of a plane: sums in units of 2⁻²⁴ for `sum` outputs, else values. */
export function planeValues(plane: WirePlane, pixelCount: number): Float64Array {
  const bytes = plane.bytes.slice().buffer;
  if (plane.encoding === "constant") return new Float64Array(pixelCount).fill(new Float64Array(bytes)[0]!);
  if (plane.encoding === "int32") return Float64Array.from(new Int32Array(bytes));
  return plane.encoding === "float32" ? Float64Array.from(new Float32Array(bytes)) : new Float64Array(bytes);
}

/** One channel of a unit, divided by the sample count where it is a sum. */
export function channelOf(
  unit: RenderedUnit,
  spec: FilmSpec,
  output: OutputName,
  channel: string,
  pixelCount: number,
  sampleCount: number,
): Float64Array {
  const index = filmChannels(spec).findIndex((row) => row.output === output && row.channel === channel);
  const values = planeValues(unit.planes[index]!, pixelCount);
  const isSum = filmChannels(spec)[index]!.op === "sum";
  return isSum ? values.map((value) => value / quantumsPerUnit / sampleCount) : values;
}

export const mean = (values: Float64Array | readonly number[]): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
};

export interface Picture {
  readonly unit: RenderedUnit;
  /** Means of `sum` outputs, values of others; rows top to bottom. */
  channel(output: OutputName, channel: string): Float64Array;
}

/** Prepares and renders samples [0, sampleCount) of the whole film. */
export async function picture(renderer: Renderer, prepare: PrepareRequest, sampleCount: number): Promise<Picture> {
  await renderer.prepare(prepare);
  const spec = prepare.film;
  const rect = wholeFilm(spec);
  const unit = await renderer.render({ rect, sampleBegin: 0, sampleEnd: sampleCount, stridePx: 1 }, never);
  const pixelCount = spec.widthPx * spec.heightPx;
  return { unit, channel: (output, channel) => channelOf(unit, spec, output, channel, pixelCount, sampleCount) };
}

export const never = new AbortController().signal;
