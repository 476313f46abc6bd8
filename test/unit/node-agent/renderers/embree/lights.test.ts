// Lights chosen and sampled against what arrives in truth: closed forms for each kind, sums for many, and one density for
// a sample and for the ray that meets the same place by chance.
import { describe, expect, it } from "vitest";
import type { PunctualLight, Vector3 } from "../../../../../node-agent/scene/description.ts";
import { type Lights, makeLights } from "./lights-test-addon.ts";

interface Sample {
  readonly direction: Vector3;
  readonly distance: number;
  readonly radiance: number;
  readonly density: number;
  readonly kind: "nothing" | "light" | "delta";
}

const kinds = ["nothing", "light", "delta"] as const;
const origin: Vector3 = [0, 0, 0];

/** Evenly spread triples (M. Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences", 2018). */
function triples(count: number): Float32Array {
  const phi = 1.2207440846057596;
  return Float32Array.from({ length: 3 * count }, (_, i) => (0.5 + Math.floor(i / 3 + 1) / phi ** ((i % 3) + 1)) % 1);
}

function samples(lights: Lights, position: Vector3, count: number): Sample[] {
  const found = lights.sample(position, triples(count));
  return Array.from({ length: count }, (_, i) => {
    const at = (j: number) => found[9 * i + j]!;
    return {
      direction: [at(0), at(1), at(2)],
      distance: at(3),
      radiance: at(5),
      density: at(7),
      kind: kinds[at(8) as 0 | 1 | 2],
    };
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const estimate = (sample: Sample) => (sample.kind === "nothing" ? 0 : sample.radiance / sample.density);
/** What arrives from all directions, by sampling. */
const fluence = (lights: Lights, position: Vector3, count: number) =>
  mean(samples(lights, position, count).map(estimate));

const dot = (a: Vector3, b: Vector3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const minus = (a: Vector3, b: Vector3): Vector3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const cross = (a: Vector3, b: Vector3): Vector3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** Positive where the front is seen (van Oosterom and Strackee, IEEE Trans. Biomed. Eng. 30(2), 1983). */
function solidAngle(corners: readonly Vector3[], position: Vector3): number {
  const [a, b, c] = corners.map((corner) => minus(corner, position)) as [Vector3, Vector3, Vector3];
  const [la, lb, lc] = [Math.hypot(...a), Math.hypot(...b), Math.hypot(...c)];
  const divisor = la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb;
  return -2 * Math.atan2(dot(a, cross(b, c)), divisor);
}

/** Repeatable numbers in [0, 1) (Park and Miller). */
function stream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function cloud(count: number, extent: number, size: number): Vector3[][] {
  const next = stream(7);
  return Array.from({ length: count }, () => {
    const centre = [0, 1, 2].map(() => (next() - 0.5) * extent);
    return [0, 1, 2].map(() => centre.map((value) => value + (next() - 0.5) * size) as unknown as Vector3);
  });
}

const grey = (values: readonly number[]) => Float32Array.from(values.flatMap((value) => [value, value, value]));

describe("lights without extent", () => {
  it("no light at all: none is counted and none sampled", () => {
    const lights = makeLights({});
    expect(lights.count()).toBe(0);
    expect(samples(lights, origin, 8).every(({ kind }) => kind === "nothing")).toBe(true);
    expect([...lights.background(Float32Array.of(0, 1, 0))]).toEqual([0, 0, 0]);
  });

  it("a point light gives its intensity over the squared distance", () => {
    const lights = makeLights({ lights: [{ t: "point", name: "", position: [0, 3, 4], intensity: [1, 50, 1] }] });
    for (const sample of samples(lights, origin, 4)) {
      expect(sample).toMatchObject({ kind: "delta", density: 1, distance: 5 });
      expect(sample.radiance).toBeCloseTo(2, 6);
      expect(sample.direction[2]).toBeCloseTo(0.8, 6);
    }
    expect(samples(lights, [0, 3, 4], 4).every(({ kind }) => kind === "nothing")).toBe(true);
  });

  it("a spot fades between its cones by the squared ramp of KHR_lights_punctual", () => {
    const [innerConeRad, outerConeRad] = [0.3, 0.6];
    const spot: PunctualLight = {
      t: "spot",
      name: "",
      position: [0, 2, 0],
      direction: [0, -1, 0],
      intensity: [7, 7, 7],
      innerConeRad,
      outerConeRad,
    };
    const lights = makeLights({ lights: [spot] });
    for (const angle of [0, 0.2, 0.29, 0.35, 0.45, 0.55, 0.65, 2]) {
      const position: Vector3 = [3 * Math.sin(angle), 2 - 3 * Math.cos(angle), 0];
      const ramp = (Math.cos(angle) - Math.cos(outerConeRad)) / (Math.cos(innerConeRad) - Math.cos(outerConeRad));
      const expected = (7 / 9) * Math.min(Math.max(ramp, 0), 1) ** 2;
      expect(fluence(lights, position, 4), `at ${angle}`).toBeCloseTo(expected, 5);
    }
  });

  it("a directional light gives its irradiance from where it comes, wherever", () => {
    const light: PunctualLight = {
      t: "directional",
      name: "",
      direction: [0.6, -0.8, 0],
      irradiance: [3, 3, 3],
      angularRadiusRad: 0,
    };
    const lights = makeLights({ lights: [light] });
    for (const sample of samples(lights, [100, 0, -20], 4)) {
      expect(sample).toMatchObject({ kind: "delta", density: 1, radiance: 3, distance: Number.POSITIVE_INFINITY });
      expect(sample.direction[0]).toBeCloseTo(-0.6, 6);
      expect(sample.direction[1]).toBeCloseTo(0.8, 6);
    }
    expect([...lights.background(Float32Array.of(-0.6, 0.8, 0))]).toEqual([0, 0, 0]);
  });

  it("lights that are black are left out", () => {
    const lights = makeLights({
      lights: [
        { t: "point", name: "", position: [0, 1, 0], intensity: [0, 0, 0] },
        { t: "directional", name: "", direction: [0, -1, 0], irradiance: [0, 0, 0], angularRadiusRad: 0.1 },
      ],
      environment: { widthPx: 2, heightPx: 1, pixels: new Float32Array(6), rotationRad: 0 },
    });
    expect(lights.count()).toBe(0);
  });
});

describe("a sun with a disk", () => {
  it.each([0.00465, 0.1, 1, Math.PI / 2])("of angular radius %f: facing surfaces receive the irradiance", (radius) => {
    const sun: PunctualLight = {
      t: "directional",
      name: "",
      direction: [0, -0.8, 0.6],
      irradiance: [2, 2, 2],
      angularRadiusRad: radius,
    };
    const lights = makeLights({ lights: [sun] });
    const towards: Vector3 = [0, 0.8, -0.6];
    const found = samples(lights, origin, 4096);
    expect(mean(found.map((sample) => estimate(sample) * dot(sample.direction, towards)))).toBeCloseTo(2, 2);

    const inside = found.slice(0, 256).filter(({ direction }) => dot(direction, towards) > Math.cos(radius * 0.9999));
    expect(inside.length).toBeGreaterThan(250);
    const directions = Float32Array.from(inside.flatMap(({ direction }) => direction));
    const seen = lights.background(directions);
    const weighted = lights.escaped(origin, directions, 5, false, "mis");
    for (const [i, { radiance, density }] of inside.entries()) {
      expect(seen[3 * i]).toBe(radiance);
      expect(weighted[3 * i]! / ((radiance * 5) / (5 + density))).toBeCloseTo(1, 5);
    }
    const outside = [Math.sin(radius * 1.001 + 1e-4), Math.cos(radius * 1.001 + 1e-4)] as const;
    const beside = Float32Array.of(0, 0.8 * outside[1] + 0.6 * outside[0], -0.6 * outside[1] + 0.8 * outside[0]);
    expect(lights.background(beside)[0]).toBe(0);
  });

  it("counts in full for camera and mirror rays, and by the strategy for others", () => {
    const sun: PunctualLight = {
      t: "directional",
      name: "",
      direction: [0, -1, 0],
      irradiance: [1, 1, 1],
      angularRadiusRad: 0.01,
    };
    const lights = makeLights({ lights: [sun] });
    const up = Float32Array.of(0, 1, 0);
    const radiance = lights.background(up)[0]!;
    expect(lights.escaped(origin, up, 1, true, "mis")[0]).toBe(radiance);
    expect(lights.escaped(origin, up, 1, false, "bsdf")[0]).toBe(radiance);
    expect(lights.escaped(origin, up, 1, false, "light")[0]).toBe(0);
  });
});

describe("emissive triangles", () => {
  const corners: Vector3[] = [
    [-1, 2, -1],
    [1, 2, -0.5],
    [0, 2.5, 1],
  ];
  const triangles = Float32Array.from(corners.flat());

  it("one triangle: what is sampled is its solid angle, on its front only unless it is double-sided", () => {
    const single = makeLights({ triangles, emissions: grey([1]) });
    const double = makeLights({ triangles, emissions: grey([1]), isDoubleSided: true });
    const above: Vector3 = [0.2, 4, 0.1];
    const [front, back] = solidAngle(corners, origin) > 0 ? [origin, above] : [above, origin];
    expect(fluence(single, front, 8192) / Math.abs(solidAngle(corners, front))).toBeCloseTo(1, 3);
    expect(fluence(single, back, 64)).toBe(0);
    for (const position of [front, back]) {
      expect(fluence(double, position, 8192) / Math.abs(solidAngle(corners, position))).toBeCloseTo(1, 3);
    }
  });

  it("the density of a ray that meets the triangle is that of the sample", () => {
    const lights = makeLights({ triangles, emissions: grey([1]), isDoubleSided: true });
    const cloth = cross(minus(corners[1]!, corners[0]!), minus(corners[2]!, corners[0]!));
    for (const { direction, distance, density } of samples(lights, origin, 64)) {
      const cosine = Math.abs(dot(direction, cloth)) / Math.hypot(...cloth);
      expect(lights.triangleDensity(origin, 0, 0, distance, cosine) / density).toBeCloseTo(1, 5);
    }
    expect(lights.triangleDensity(origin, 0, 1, 1, 1)).toBe(0);
    expect(lights.triangleDensity(origin, 1, 0, 1, 1)).toBe(0);
    expect(lights.triangleDensity(origin, 0, 0, 1, 0)).toBe(0);
  });

  it("textured emission arrives as it is", () => {
    for (const stripeCount of [2, 3, 17]) {
      const lights = makeLights({ triangles, emissions: grey([1]), stripeCount, isDoubleSided: true });
      let expected = 0;
      const [a, b, c] = corners as [Vector3, Vector3, Vector3];
      const along = (u: number): [Vector3, Vector3] => {
        const at = (from: Vector3) => from.map((value, i) => value + u * (b[i]! - value)) as unknown as Vector3;
        return [at(a), at(c)];
      };
      for (let stripe = 0; stripe < stripeCount; stripe += 2) {
        const [near, far] = [along(stripe / stripeCount), along((stripe + 1) / stripeCount)];
        expected += Math.abs(solidAngle([near[0], far[0], far[1]], origin));
        expected += Math.abs(solidAngle([near[0], far[1], near[1]], origin));
      }
      expect(fluence(lights, origin, 65536) / expected, `${stripeCount} stripes`).toBeCloseTo(1, 2);
    }
  });

  it("triangles without area or with corners out of this world are no lights", () => {
    const broken = [0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 1, 0, 0, Number.NaN, 1, 0];
    const lights = makeLights({ triangles: Float32Array.of(...broken, ...triangles), emissions: grey([1, 1, 1]) });
    expect(lights.count()).toBe(1);
    expect(lights.triangleDensity(origin, 0, 0, 1, 1)).toBe(0);
    expect(lights.triangleDensity(origin, 1, 0, 1, 1)).toBe(0);
    expect(lights.triangleDensity(origin, 2, 0, 1, 1)).toBeGreaterThan(0);
  });
});

describe("many lights at once", () => {
  const shapes = cloud(300, 20, 1);
  const powers = shapes.map((_, i) => 1 + (i % 7) * (i % 50 === 0 ? 100 : 1));
  const next = stream(11);
  const punctual: PunctualLight[] = Array.from({ length: 40 }, (_, i) => {
    const position: Vector3 = [(next() - 0.5) * 20, (next() - 0.5) * 20, (next() - 0.5) * 20];
    const intensity: Vector3 = [i % 5, i % 5, i % 5];
    const spread = { direction: [0, -1, 0] as Vector3, innerConeRad: 0.5, outerConeRad: 1.2 };
    return i % 2 === 0
      ? { t: "point", name: "", position, intensity }
      : { t: "spot", name: "", position, intensity, ...spread };
  });
  const suns: PunctualLight[] = [0, 0.05].map((angularRadiusRad) => ({
    t: "directional",
    name: "",
    direction: [0, -1, 0],
    irradiance: [5, 5, 5],
    angularRadiusRad,
  }));
  const environment = { widthPx: 4, heightPx: 2, pixels: new Float32Array(24).fill(0.5), rotationRad: 0 };
  const input = {
    triangles: Float32Array.from(shapes.flat(2)),
    emissions: grey(powers),
    lights: [...punctual, ...suns],
    environment,
  };

  it.each([false, true])("each light arrives in proportion (double-sided: %s)", (isDoubleSided) => {
    const lights = makeLights({ ...input, isDoubleSided });
    expect(lights.count()).toBe(300 + 32 + 2 + 1);
    for (const position of [origin, [8, 1, -3], [60, 10, 5]] as Vector3[]) {
      const seen = (angle: number) => (isDoubleSided ? Math.abs(angle) : Math.max(angle, 0));
      let expected = 4 * Math.PI * 0.5 + 5 + (5 * (2 * (1 - Math.cos(0.05)))) / Math.sin(0.05) ** 2;
      for (const [i, corners] of shapes.entries()) expected += powers[i]! * seen(solidAngle(corners, position));
      for (const light of punctual) expected += fluence(makeLights({ lights: [light] }), position, 1);
      expect(fluence(lights, position, 100000) / expected, `at ${position}`).toBeCloseTo(1, 2);
    }
  });

  it("the density of a ray that meets a triangle is that of the sample, for every triangle", () => {
    const lights = makeLights({ ...input, isDoubleSided: true });
    const met = new Set<number>();
    for (const { kind, direction, distance, density } of samples(lights, [1, 2, 3], 8000)) {
      if (kind !== "light" || distance === Number.POSITIVE_INFINITY) continue;
      const hit = direction.map((value, i) => [1, 2, 3][i]! + value * distance) as unknown as Vector3;
      const i = shapes.findIndex((corners) => Math.abs(areaRatio(corners, hit) - 1) < 1e-4);
      if (i < 0) continue;
      met.add(i);
      const [a, b, c] = shapes[i] as [Vector3, Vector3, Vector3];
      const normal = cross(minus(b, a), minus(c, a));
      const cosine = Math.abs(dot(normal, direction)) / Math.hypot(...normal);
      const found = lights.triangleDensity([1, 2, 3], i % 3, Math.floor(i / 3), distance, cosine);
      expect(Math.abs(found / density - 1), `triangle ${i}`).toBeLessThan(2e-3);
    }
    expect(met.size).toBeGreaterThan(150);
  });

  it("among a thousand lamps the near ones are chosen, so that one sample says much", () => {
    const lamps = Array.from({ length: 1024 }, (_, i): Vector3[] => {
      const [x, z] = [(i % 32) * 4, Math.floor(i / 32) * 4];
      return [
        [x, 3, z],
        [x + 0.2, 3, z],
        [x, 3, z + 0.2],
      ];
    });
    const lights = makeLights({
      triangles: Float32Array.from(lamps.flat(2)),
      emissions: grey(lamps.map(() => 1)),
    });
    const position: Vector3 = [50.5, 1, 50.5];
    // The lamps look down; a floor's normal is what weighs them.
    const found = samples(lights, position, 16384).map((sample) => estimate(sample) * sample.direction[1]);
    const average = mean(found);
    const variance = mean(found.map((value) => (value - average) ** 2));
    // By power alone it is 14; in proportion to what each lamp sends it would be 0.5.
    expect(Math.sqrt(variance) / average).toBeLessThan(1.5);
  });

  /** The sum of the three triangles that a point makes with the sides, over the whole: 1 on the triangle. */
  function areaRatio(corners: readonly Vector3[], point: Vector3): number {
    const [a, b, c] = corners as [Vector3, Vector3, Vector3];
    const area = (p: Vector3, q: Vector3, r: Vector3) => Math.hypot(...cross(minus(q, p), minus(r, p)));
    return (area(a, b, point) + area(b, c, point) + area(c, a, point)) / area(a, b, c);
  }
});
