// A film of three lit spheres before a sky, made by a ray caster of a few lines: pixels whose values, depths and ids
// one knows by looking, for tests of resolve, layout and pictures.
import type { FilmMetadata } from "../../../merger/film-metadata.ts";
import type { FilmPlanes } from "../../../merger/film-planes.ts";
import { type FilmSpec, filmChannels, quantumsPerUnit } from "../../../proto/film-spec.ts";
import { areaPx, widthPx } from "../../../proto/rect.ts";
import { filmSpecOf } from "./analytic-samples.ts";

/** Centre, radius, colour, brightness of the light on it. */
const spheres = [
  { center: [-1.1, 0, -4], radius: 0.9, albedo: [0.8, 0.1, 0.05], light: 1 },
  { center: [0.9, 0.1, -3.5], radius: 0.7, albedo: [0.1, 0.5, 0.9], light: 12 },
  { center: [0, -101, -4], radius: 100, albedo: [0.18, 0.18, 0.18], light: 1 },
] as const;

export const testMetadata: FilmMetadata = {
  software: "arras-render 0.1.0",
  renderer: "embree 0.1.0",
  instructionSet: "embree-3.13.5-avx2",
  session: "s-1",
  sceneName: "spheres.gltf",
  filmSha256: "0123456789abcdef".repeat(4),
  secondsPerSample: 1.5e-6,
  camera: {
    name: "Main",
    cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    projection: { t: "perspective", verticalFovDeg: 50 },
  },
  objectNames: ["Red", "Blue", "Floor"],
};

/** Between 2 and 5 samples a pixel; the first pixel of the crop window has none. */
export function filmOfSpheres(fields: Partial<FilmSpec> = {}): FilmPlanes {
  const spec = filmSpecOf(fields);
  const crop = spec.cropWindow;
  const channels = filmChannels(spec);
  const counts = new Uint32Array(areaPx(crop));
  const planes = channels.map(({ op }) => {
    return op === "sum" ? new Float64Array(counts.length) : new Float32Array(counts.length);
  });
  const depthIndex = channels.findIndex(({ output }) => output === "depth");
  if (depthIndex >= 0) planes[depthIndex].fill(Number.POSITIVE_INFINITY);
  for (let at = 1; at < counts.length; at++) {
    counts[at] = 2 + (at % 4);
    const x = crop.x0 + (at % widthPx(crop));
    const y = crop.y0 + Math.floor(at / widthPx(crop));
    for (let sample = 0; sample < counts[at]; sample++) {
      const values = castRay(spec, x + ((sample * 0.37) % 1), y + ((sample * 0.61) % 1));
      const isNearer = depthIndex < 0 || values.depth.Z < planes[depthIndex][at];
      for (const [index, { output, channel, op }] of channels.entries()) {
        const value = (values[output] as Record<string, number>)[channel];
        if (op === "sum") planes[index][at] += Math.round(value * quantumsPerUnit);
        else if (isNearer) planes[index][at] = value;
      }
    }
  }
  return { spec, counts, planes };
}

type SampleValues = Record<FilmSpec["outputs"][number], Record<string, number>> & { depth: { Z: number } };

function castRay(spec: FilmSpec, x: number, y: number): SampleValues {
  const scale = (2 * Math.tan((25 * Math.PI) / 180)) / spec.heightPx;
  const direction = [(x - spec.widthPx / 2) * scale, (spec.heightPx / 2 - y) * scale, -1];
  const hit = nearestHit(direction);
  const sky = [0.35, 0.5 + 0.2 * direction[1], 0.8 + 0.4 * direction[1]];
  const [r, g, b] = hit?.color ?? sky;
  const [X, Y, Z] = hit?.position ?? [0, 0, 0];
  const normal = hit?.normal ?? [0, 0, 0];
  const albedo = hit?.albedo ?? [0, 0, 0];
  return {
    beauty: { R: r, G: g, B: b },
    alpha: { A: hit === undefined ? 0 : 1 },
    luminance2: { Y: (0.2126 * r + 0.7152 * g + 0.0722 * b) ** 2 },
    albedo: { R: albedo[0], G: albedo[1], B: albedo[2] },
    normal: { X: normal[0], Y: normal[1], Z: normal[2] },
    depth: { Z: hit?.distance ?? Number.POSITIVE_INFINITY },
    position: { X, Y, Z },
    id: { id: hit?.id ?? 0 },
  };
}

function nearestHit(d: readonly number[]) {
  const hits = spheres.flatMap(({ center: c, radius, albedo, light }, index) => {
    const [aa, ab, bb] = [dot(d, d), dot(d, c), dot(c, c) - radius * radius];
    const root = ab * ab - aa * bb;
    const distance = (ab - Math.sqrt(Math.max(0, root))) / aa;
    if (root <= 0 || distance <= 0) return [];
    const position = d.map((value) => value * distance);
    const normal = position.map((value, axis) => (value - c[axis]) / radius);
    const cosine = Math.max(0, dot(normal, [0.5, 0.7, 0.5]));
    const highlight = 8 * cosine ** 200;
    const color = albedo.map((value) => value * light * (cosine + 0.05) + highlight);
    return [{ id: index + 1, distance, position, normal, albedo, color }];
  });
  return hits.sort((a, b) => a.distance - b.distance)[0];
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
