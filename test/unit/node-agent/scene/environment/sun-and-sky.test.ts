// The built-in light: its amount, its balance, and that sun and sky stay together when turned.
import { describe, expect, it } from "vitest";
import { sunAndSky } from "../../../../../node-agent/scene/environment/sun-and-sky.ts";

const { sun, sky } = sunAndSky(0);
const directional = sun as Extract<typeof sun, { t: "directional" }>;

/** Direction of a pixel's centre, by the words of `Environment`: centre along +Z, a quarter from the left along +X. */
function direction(index: number): [number, number, number] {
  const [column, row] = [index % sky.widthPx, Math.floor(index / sky.widthPx)];
  const [phi, theta] = [(0.5 - (column + 0.5) / sky.widthPx) * 2 * Math.PI, ((row + 0.5) / sky.heightPx) * Math.PI];
  return [Math.sin(theta) * Math.sin(phi), Math.cos(theta), Math.sin(theta) * Math.cos(phi)];
}

function irradiance(normal: readonly number[]): number[] {
  const sum = [0, 0, 0];
  for (let i = 0; i < sky.widthPx * sky.heightPx; i++) {
    const towards = direction(i);
    const cosine = towards.reduce((total, value, k) => total + value * normal[k]!, 0);
    const solidAngle = ((Math.PI / sky.heightPx) * 2 * Math.PI * Math.sqrt(1 - towards[1] ** 2)) / sky.widthPx;
    for (let k = 0; k < 3; k++) sum[k]! += Math.max(0, cosine) * sky.pixels[i * 3 + k]! * solidAngle;
  }
  const fromSun = Math.max(0, -directional.direction.reduce((total, value, k) => total + value * normal[k]!, 0));
  return sum.map((value, k) => value + directional.irradiance[k]! * fromSun);
}

describe("sunAndSky", () => {
  it("a grey card of 50 % that faces the sun → radiance between 0.5 and 1", () => {
    const facing = directional.direction.map((value) => -value);
    for (const value of irradiance(facing)) {
      expect((value * 0.5) / Math.PI).toBeGreaterThan(0.5);
      expect((value * 0.5) / Math.PI).toBeLessThan(1);
    }
  });

  it("the ground → lit white", () => {
    const [r, g, b] = irradiance([0, 1, 0]) as [number, number, number];
    expect(r / g).toBeCloseTo(1, 2);
    expect(b / g).toBeCloseTo(1, 2);
  });

  it("every pixel → finite and not negative; the sky opposite the sun is blue, the ground is not", () => {
    expect(sky.pixels.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
    const at = (column: number, row: number) =>
      sky.pixels.subarray((row * sky.widthPx + column) * 3, (row * sky.widthPx + column) * 3 + 3);
    const overhead = at(20, 60);
    expect(overhead[2]).toBeGreaterThan(overhead[0]! * 1.5);
    const ground = at(20, 200);
    expect(ground[0]).toBeGreaterThanOrEqual(ground[2]!);
  });

  it("the sky round the sun → brighter than any other at that height", () => {
    const [x, y, z] = directional.direction.map((value) => -value) as [number, number, number];
    const row = Math.floor((Math.acos(y) / Math.PI) * sky.heightPx);
    const greens = Array.from(
      { length: sky.widthPx },
      (_, column) => sky.pixels[(row * sky.widthPx + column) * 3 + 1]!,
    );
    const brightest = greens.indexOf(Math.max(...greens));
    const towards = direction(row * sky.widthPx + brightest);
    expect(towards[0] * x + towards[1] * y + towards[2] * z).toBeGreaterThan(0.999);
  });

  it("turned by 90° counter-clockwise → the sun turns from +Z towards +X, and the sky says the same angle", () => {
    const turned = sunAndSky(Math.PI / 2);
    const [x, y, z] = directional.direction;
    const after = (turned.sun as typeof directional).direction;
    for (const [k, value] of [z, y, -x].entries()) expect(after[k]).toBeCloseTo(value, 12);
    expect(turned.sky.rotationRad).toBe(Math.PI / 2);
  });
});
