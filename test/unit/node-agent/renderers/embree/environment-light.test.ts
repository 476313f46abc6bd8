// The environment as a light: where directions meet the map, and that directions are chosen by what the lookup gives.
import { describe, expect, it } from "vitest";
import type { Environment, Vector3 } from "../../../../../node-agent/scene/description.ts";
import { type Lights, makeLights } from "./lights-test-addon.ts";

type Map = Omit<Environment, "name">;
const origin: Vector3 = [0, 0, 0];

function mapOf(widthPx: number, heightPx: number, colour: (x: number, y: number) => Vector3, rotationRad = 0): Map {
  const pixels = new Float32Array(3 * widthPx * heightPx);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) pixels.set(colour(x, y), 3 * (y * widthPx + x));
  }
  return { widthPx, heightPx, pixels, rotationRad };
}
const grey = (value: number): Vector3 => [value, value, value];
const directionOf = (u: number, v: number): Vector3 => {
  const azimuth = 2 * Math.PI * (0.5 - u);
  const sine = Math.sin(Math.PI * v);
  return [sine * Math.sin(azimuth), Math.cos(Math.PI * v), sine * Math.cos(azimuth)];
};
const background = (lights: Lights, direction: Vector3) => [...lights.background(Float32Array.from(direction))];
const luminance = (r: number, g: number, b: number) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** (choice, u, v) of a lattice of low discrepancy. */
function lattice(count: number): Float32Array {
  const u = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    u[3 * i] = (0.5 + i * 0.8191725133961645) % 1;
    u[3 * i + 1] = (0.5 + i * 0.671043606703789) % 1;
    u[3 * i + 2] = (0.5 + i * 0.54970047790196) % 1;
  }
  return u;
}
/** Points of equal share on the sphere. */
function evenDirections(count: number): Float32Array {
  const directions = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const y = 1 - (2 * i + 1) / count;
    const sine = Math.sqrt(1 - y * y);
    const azimuth = i * Math.PI * (3 - Math.sqrt(5));
    directions.set([sine * Math.sin(azimuth), y, sine * Math.cos(azimuth)], 3 * i);
  }
  return directions;
}
interface Sample {
  readonly direction: Vector3;
  readonly radiance: Vector3;
  readonly density: number;
}
function samples(lights: Lights, count: number): Sample[] {
  const found = lights.sample(origin, lattice(count));
  const isDistant = (i: number) => found[9 * i + 8] === 1 && found[9 * i + 3] === Infinity;
  expect(Array.from({ length: count }, (_, i) => i).filter((i) => !isDistant(i))).toEqual([]);
  return Array.from({ length: count }, (_, i) => {
    const at = (k: number) => found[9 * i + k] as number;
    return { direction: [at(0), at(1), at(2)], radiance: [at(4), at(5), at(6)], density: at(7) };
  });
}
/** What the weight of an escaped ray says about the density of a light sample. */
function densities(lights: Lights, directions: Float32Array): { luminance: number; density: number }[] {
  const whole = lights.background(directions);
  const weighted = lights.escaped(origin, directions, 1, false, "mis");
  return Array.from({ length: directions.length / 3 }, (_, i) => {
    const l = luminance(whole[3 * i] as number, whole[3 * i + 1] as number, whole[3 * i + 2] as number);
    const w = luminance(weighted[3 * i] as number, weighted[3 * i + 1] as number, weighted[3 * i + 2] as number);
    return { luminance: l, density: l / w - 1 };
  });
}

const hills = mapOf(24, 12, (x, y) => [1 + Math.sin(x), 0.2 + 0.1 * y, 2 + Math.cos(x * y)]);
/** A sun of one texel, far brighter than the sky. */
const sunny = mapOf(64, 32, (x, y) => grey(x === 20 && y === 9 ? 1e5 : 0.5));

describe("the environment's orientation", () => {
  const columns = mapOf(8, 4, (x) => grey(x));
  const cases: [string, Vector3, number, number][] = [
    ["the centre looks along +Z", [0, 0, 1], 0, 3.5],
    ["a quarter of the width from the left looks along +X", [1, 0, 0], 0, 1.5],
    ["three quarters from the left look along −X", [-1, 0, 0], 0, 5.5],
    ["the edges meet at −Z", [0, 0, -1], 0, 3.5],
    ["turned by 90° counter-clockwise seen from above, the centre looks along +X", [1, 0, 0], Math.PI / 2, 3.5],
    ["turned by 90°, what looked along +X looks along −Z", [0, 0, -1], Math.PI / 2, 1.5],
    ["turned by −270°, the same", [0, 0, -1], (-3 * Math.PI) / 2, 1.5],
  ];
  it.each(cases)("%s", (_, direction, rotationRad, expected) => {
    const lights = makeLights({ environment: { ...columns, rotationRad } });
    expect(background(lights, direction)[0]).toBeCloseTo(expected, 4);
  });

  it("rows go from +Y at the top to −Y at the bottom, the outermost texels held to the poles", () => {
    const lights = makeLights({ environment: mapOf(8, 4, (_, y) => grey(y + 1)) });
    expect(background(lights, [0, 1, 0])[0]).toBe(1);
    expect(background(lights, directionOf(0.3, 0.1))[0]).toBe(1);
    expect(background(lights, directionOf(0.3, 0.125 + 0.25))[0]).toBeCloseTo(2, 5);
    expect(background(lights, directionOf(0.3, 0.5))[0]).toBeCloseTo(2.5, 5);
    expect(background(lights, [0, -1, 0])[0]).toBe(4);
  });
});

describe("the environment's lookup", () => {
  it("the centre of a texel gives the texel, whatever the rotation", () => {
    const rotationRad = 1.234;
    const lights = makeLights({ environment: { ...hills, rotationRad } });
    for (let y = 0; y < 12; y++) {
      for (let x = 0; x < 24; x++) {
        const found = background(lights, directionOf((x + 0.5) / 24 - rotationRad / (2 * Math.PI), (y + 0.5) / 12));
        for (let c = 0; c < 3; c++) expect(found[c]).toBeCloseTo(hills.pixels[3 * (24 * y + x) + c] as number, 4);
      }
    }
  });

  it("between centres it is bilinear, across the seam, too", () => {
    const lights = makeLights({ environment: hills });
    const texel = (x: number, y: number) => hills.pixels[3 * (24 * y + (x % 24))] as number;
    for (const [x, y, s, t] of [
      [3, 4, 0.25, 0.5],
      [11, 0, 0.9, 0.1],
      [23, 7, 0.5, 0.75],
    ] as const) {
      const above = texel(x, y) * (1 - s) + texel(x + 1, y) * s;
      const below = texel(x, y + 1) * (1 - s) + texel(x + 1, y + 1) * s;
      const found = background(lights, directionOf((x + 0.5 + s) / 24, (y + 0.5 + t) / 12));
      expect(found[0]).toBeCloseTo(above * (1 - t) + below * t, 4);
    }
  });
});

describe("choosing directions of the environment", () => {
  it("the density integrates to 1 over the sphere", () => {
    const directions = evenDirections(200_000);
    const sum = densities(makeLights({ environment: hills }), directions).reduce((a, d) => a + d.density, 0);
    expect((sum * 4 * Math.PI) / 200_000).toBeCloseTo(1, 3);
  });

  it("radiance over density has the integral of the map as its mean", () => {
    const lights = makeLights({ environment: hills });
    const even = lights.background(evenDirections(100_000));
    const drawn = samples(lights, 100_000);
    for (let c = 0; c < 3; c++) {
      let expected = 0;
      for (let i = c; i < even.length; i += 3) expected += ((even[i] as number) * 4 * Math.PI) / 100_000;
      const found = drawn.reduce((sum, s) => sum + (s.radiance[c] as number) / s.density, 0) / drawn.length;
      expect(found / expected).toBeCloseTo(1, 3);
    }
  });

  it("every eighth of the sphere has its share", () => {
    const areas = new Float64Array(8);
    for (const { direction, density } of samples(makeLights({ environment: { ...hills, rotationRad: 2 } }), 100_000)) {
      const octant = direction.reduce((bits, d, i) => bits + (d > 0 ? 2 ** i : 0), 0);
      areas[octant] = (areas[octant] as number) + 1 / density / 100_000;
    }
    for (const area of areas) expect(area / (Math.PI / 2)).toBeCloseTo(1, 2);
  });

  it("a sun of one texel has no direction whose light exceeds its density by more than twice the mean", () => {
    const lights = makeLights({ environment: sunny });
    const drawn = samples(lights, 20_000).map((s) => s.radiance[0] / s.density);
    const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length;
    const round = new Float32Array(3 * 20_000);
    for (let i = 0; i < 20_000; i++) {
      round.set(directionOf((18.5 + (4 * (i % 200)) / 200) / 64, (7.5 + (4 * Math.floor(i / 200)) / 100) / 32), 3 * i);
    }
    const met = densities(lights, round).map((d) => d.luminance / d.density);
    expect(Math.max(...drawn) / mean).toBeLessThan(2);
    expect(Math.max(...met) / mean).toBeLessThan(1.1);
    expect(Math.min(...met) / mean).toBeGreaterThan(0.9);
  });

  it("a sample's light and density are those that a ray in its direction meets", () => {
    const lights = makeLights({ environment: { ...hills, rotationRad: -0.7 } });
    const drawn = samples(lights, 2000);
    const met = densities(lights, Float32Array.from(drawn.flatMap((s) => [...s.direction])));
    drawn.forEach((s, i) => {
      expect(Math.hypot(...s.direction)).toBeCloseTo(1, 6);
      expect(luminance(...s.radiance) / (met[i]?.luminance as number)).toBeCloseTo(1, 3);
      expect(s.density / (met[i]?.density as number)).toBeCloseTo(1, 2);
    });
  });

  it("nothing is drawn where the map is black", () => {
    const half = mapOf(16, 8, (x) => grey(x < 8 ? 1 : 0));
    const below = samples(makeLights({ environment: half }), 5000).filter((s) => s.radiance[0] === 0);
    expect(below).toEqual([]);
  });

  it("an even map of one texel is drawn everywhere, and a black one is no light", () => {
    const even = samples(makeLights({ environment: mapOf(1, 1, () => grey(3)) }), 5000);
    expect(even.reduce((sum, s) => sum + s.radiance[0] / s.density, 0) / 5000 / (12 * Math.PI)).toBeCloseTo(1, 2);
    expect(makeLights({ environment: mapOf(8, 4, () => grey(0)) }).count()).toBe(0);
  });

  it("numbers at both ends of [0, 1) give directions of finite density", () => {
    const last = 1 - 2 ** -24;
    const found = makeLights({ environment: hills }).sample(
      origin,
      Float32Array.from([0, 0, 0, last, last, last, 0, last, 0, last, 0, last]),
    );
    for (let i = 0; i < 4; i++) {
      expect(found[9 * i + 7]).toBeGreaterThan(0);
      expect(found[9 * i + 7]).toBeLessThan(Infinity);
    }
  });
});
