// Camera rays against values worked out by hand.
import { describe, expect, it } from "vitest";
import { type CameraInput, loadSamplingTestAddon } from "./sampling-test-addon.ts";

const { cameraRays, diskPoints, drawNumbers } = loadSamplingTestAddon();

const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

const pinhole: CameraInput = {
  cameraToWorld: identity,
  isOrthographic: false,
  verticalFovRad: Math.PI / 2,
  halfHeight: Number.NaN,
  lensRadius: 0,
  focusDistance: 1,
  widthPx: 200,
  heightPx: 100,
};
const parallel: CameraInput = { ...pinhole, isOrthographic: true, verticalFovRad: Number.NaN, halfHeight: 3 };

type Triple = readonly [number, number, number];

function rayOf(camera: CameraInput, film: readonly [number, number], lens: readonly [number, number] = [0.5, 0.5]) {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = cameraRays(camera, Float32Array.of(...film, ...lens));
  return { origin: [a, b, c] as Triple, direction: [d, e, f] as Triple };
}

function expectClose(actual: Triple, expected: Triple) {
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5);
}
function unit([x, y, z]: Triple): Triple {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}
/** Where the ray meets the plane z = −distance. */
function atDepth({ origin, direction }: ReturnType<typeof rayOf>, distance: number): Triple {
  const t = (-distance - origin[2]) / direction[2];
  return [origin[0] + t * direction[0], origin[1] + t * direction[1], -distance];
}

describe("a perspective camera", () => {
  it("looks along -Z through the middle of the film", () => {
    const { origin, direction } = rayOf(pinhole, [100, 50]);
    expect(origin).toEqual([0, 0, 0]);
    expectClose(direction, [0, 0, -1]);
  });

  it("has its vertical angle between top and bottom, and +Y up where film y is 0", () => {
    expectClose(rayOf(pinhole, [100, 0]).direction, unit([0, 1, -1]));
    expectClose(rayOf(pinhole, [100, 100]).direction, unit([0, -1, -1]));
    const narrow = { ...pinhole, verticalFovRad: Math.PI / 3 };
    expectClose(rayOf(narrow, [100, 0]).direction, [0, 0.5, -Math.sqrt(3) / 2]);
  });

  it("follows the film's aspect ratio to the corners, with square pixels", () => {
    expectClose(rayOf(pinhole, [0, 0]).direction, unit([-2, 1, -1]));
    expectClose(rayOf(pinhole, [200, 0]).direction, unit([2, 1, -1]));
    expectClose(rayOf(pinhole, [0, 100]).direction, unit([-2, -1, -1]));
    expectClose(rayOf(pinhole, [200, 100]).direction, unit([2, -1, -1]));
    // The centre of pixel (0, 0), half a pixel of 1/50 inwards.
    expectClose(rayOf(pinhole, [0.5, 0.5]).direction, unit([-1.99, 0.99, -1]));
  });

  it("goes on outside the display window, as filters and overscan need", () => {
    expectClose(rayOf(pinhole, [-100, 150]).direction, unit([-4, -2, -1]));
  });

  it("takes its place and turn from the matrix", () => {
    // A quarter turn to the left about +Y: -Z becomes -X, +X becomes -Z.
    const cameraToWorld = [0, 0, -1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 4, 5, 6, 1];
    const turned = { ...pinhole, cameraToWorld };
    expect(rayOf(turned, [100, 50]).origin).toEqual([4, 5, 6]);
    expectClose(rayOf(turned, [100, 50]).direction, [-1, 0, 0]);
    expectClose(rayOf(turned, [200, 0]).direction, unit([-1, 1, -2]));
  });

  it("ignores the lens numbers where there is no lens", () => {
    expect(rayOf(pinhole, [10, 20], [0.9, 0.1])).toEqual(rayOf(pinhole, [10, 20]));
  });
});

describe("an orthographic camera", () => {
  it("has parallel rays from a window of twice the half height", () => {
    expectClose(rayOf(parallel, [100, 50]).origin, [0, 0, 0]);
    expectClose(rayOf(parallel, [0, 0]).origin, [-6, 3, 0]);
    expectClose(rayOf(parallel, [200, 100]).origin, [6, -3, 0]);
    expectClose(rayOf(parallel, [150, 75]).origin, [3, -1.5, 0]);
    for (const film of [
      [0, 0],
      [200, 100],
      [37, 11],
    ] as const) {
      expectClose(rayOf(parallel, film).direction, [0, 0, -1]);
    }
  });
});

describe.each([
  ["perspective", pinhole],
  ["orthographic", parallel],
])("a thin lens, %s", (_, camera) => {
  const lens = { ...camera, lensRadius: 0.25, focusDistance: 4 };
  const places = [0, 0.2, 0.5, 0.71, 1 - 2 ** -24].flatMap((u) => [0, 0.5, 0.93].map((v) => [u, v] as const));

  it("brings all rays of a film point together in the plane of focus, where the pinhole's is", () => {
    for (const film of [
      [100, 50],
      [0, 0],
      [163, 80.5],
    ] as const) {
      const expected = atDepth(rayOf(camera, film), 4);
      for (const place of places) expectClose(atDepth(rayOf(lens, film, place), 4), expected);
    }
  });

  it("blurs a point before and behind by the share of the distance of focus that it is off", () => {
    // By similar triangles the radius is lensRadius |1 − depth / focusDistance|.
    const edge = [1 - 2 ** -24, 0.5] as const;
    for (const [depth, radius] of [
      [0, 0.25],
      [2, 0.125],
      [6, 0.125],
      [8, 0.25],
    ] as const) {
      const [x, y] = atDepth(rayOf(lens, [100, 50], edge), depth);
      expect(Math.hypot(x, y)).toBeCloseTo(radius, 5);
    }
  });

  it("has its middle at the middle of the unit square, and unit directions", () => {
    expect(rayOf(lens, [163, 80.5], [0.5, 0.5]).origin).toEqual(rayOf(camera, [163, 80.5]).origin);
    for (const place of places) expect(Math.hypot(...rayOf(lens, [3, 9], place).direction)).toBeCloseTo(1, 6);
  });
});

describe("concentricDisk", () => {
  it("maps middle, edges and corners of the square to middle and rim of the disk", () => {
    const points = diskPoints(Float32Array.of(0.5, 0.5, 1, 0.5, 0, 0.5, 0.5, 1, 0.5, 0, 1, 1, 0, 0));
    const half = Math.SQRT1_2;
    const expected = [0, 0, 1, 0, -1, 0, 0, 1, 0, -1, half, half, -half, -half];
    for (const [i, value] of points.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 6);
  });

  it("keeps areas: each ring and each sector has its share of evenly spread points", () => {
    const count = 2 ** 16;
    const points = diskPoints(drawNumbers(1, 0, 0, 0, count, "2"));
    const rings = new Uint32Array(8);
    const sectors = new Uint32Array(8);
    for (let i = 0; i < points.length; i += 2) {
      const [x = 0, y = 0] = points.subarray(i, i + 2);
      const ring = Math.min(7, Math.floor(8 * (x * x + y * y)));
      const sector = Math.floor((Math.atan2(y, x) / (2 * Math.PI) + 1) * 8 + 0.5) % 8;
      rings[ring] = (rings[ring] ?? 0) + 1;
      sectors[sector] = (sectors[sector] ?? 0) + 1;
    }
    for (const part of [...rings, ...sectors]) expect(Math.abs(part / count - 1 / 8)).toBeLessThan(0.001);
  });
});
