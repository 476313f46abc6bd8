// Frames, views and automatic framing: rigid, looking where they should, with everything in the picture.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bounds } from "../../../../node-agent/scene/bounds.ts";
import { depthOf, framing, lookAt, middle, orthonormalized } from "../../../../node-agent/scene/camera.ts";
import type { Camera, Matrix4, Vector3 } from "../../../../node-agent/scene/description.ts";
import { dot, subtract } from "../../../../node-agent/scene/matrix.ts";

const column = (m: Matrix4, at: 0 | 1 | 2 | 3): Vector3 => [m[at * 4]!, m[at * 4 + 1]!, m[at * 4 + 2]!];
const closeTo = (a: Vector3, b: Vector3) => {
  for (const k of [0, 1, 2] as const) expect(a[k]).toBeCloseTo(b[k], 9);
};

function expectRigid(m: Matrix4): void {
  for (const a of [0, 1, 2] as const) {
    for (const b of [0, 1, 2] as const) expect(dot(column(m, a), column(m, b))).toBeCloseTo(a === b ? 1 : 0, 9);
  }
  const [x, y, z] = [column(m, 0), column(m, 1), column(m, 2)];
  expect(
    x[0] * (y[1] * z[2] - y[2] * z[1]) - y[0] * (x[1] * z[2] - x[2] * z[1]) + z[0] * (x[1] * y[2] - x[2] * y[1]),
  ).toBeCloseTo(1, 9);
  expect([m[3], m[7], m[11], m[15]]).toEqual([0, 0, 0, 1]);
}

const coordinate = fc.double({ min: -100, max: 100, noNaN: true });
const points: fc.Arbitrary<Vector3> = fc.tuple(coordinate, coordinate, coordinate);
const boxes: fc.Arbitrary<Bounds> = fc.tuple(points, points).map(([a, b]) => ({
  min: [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.min(a[2], b[2])],
  max: [Math.max(a[0], b[0]) + 0.01, Math.max(a[1], b[1]) + 0.01, Math.max(a[2], b[2]) + 0.01],
}));

describe("a rigid frame", () => {
  it("a scaled and sheared matrix -> −Z and place kept, unit axes at right angles, up on the same side", () => {
    const m = orthonormalized([2, 0, 0, 0, 1, 3, 1, 0, 0, 0, 5, 0, 7, 8, 9, 1])!;
    expectRigid(m);
    closeTo(column(m, 2), [0, 0, 1]);
    closeTo(column(m, 3), [7, 8, 9]);
    expect(dot(column(m, 1), [1, 3, 1])).toBeGreaterThan(0);
  });

  it("a mirroring matrix -> a camera that does not mirror", () => {
    expectRigid(orthonormalized([-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])!);
  });

  it.each<[string, Matrix4]>([
    ["no view direction", [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ["no up", [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]],
    ["up along the view", [1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 1]],
    ["a NaN", [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, Number.NaN, 0, 0, 0, 0, 1]],
  ])("%s -> none", (_, m) => {
    expect(orthonormalized(m)).toBeUndefined();
  });
});

describe("look-at", () => {
  it("any two points -> stands at the first, the second lies straight ahead, up is up", () => {
    fc.assert(
      fc.property(points, points, (from, at) => {
        const away = Math.hypot(at[0] - from[0], at[2] - from[2]);
        fc.pre(away > 1e-3);
        const m = lookAt(from, at, [0, 1, 0])!;
        expectRigid(m);
        closeTo(column(m, 3), from);
        const distance = Math.hypot(...subtract(at, from));
        expect(-dot(subtract(at, from), column(m, 2))).toBeCloseTo(distance, 6);
        expect(column(m, 1)[1]).toBeGreaterThan(0);
      }),
    );
  });

  it("one point twice, or up along the view -> none", () => {
    expect(lookAt([1, 2, 3], [1, 2, 3], [0, 1, 0])).toBeUndefined();
    expect(lookAt([0, 5, 0], [0, 0, 0], [0, 1, 0])).toBeUndefined();
    expect(lookAt([0, 5, 0], [0, 0, 0], [0, 0, -1])).toBeDefined();
  });
});

/** Where a point comes to lie: ±1 are the picture's edges. */
function inPicture(camera: Camera, aspectRatio: number, point: Vector3): [number, number] {
  const m = camera.cameraToWorld;
  const offset = subtract(point, column(m, 3));
  const projection = camera.projection as Extract<Camera["projection"], { t: "perspective" }>;
  const halfHeight = Math.tan(projection.verticalFovRad / 2) * depthOf(camera, point);
  return [dot(offset, column(m, 0)) / (halfHeight * aspectRatio), dot(offset, column(m, 1)) / halfHeight];
}

describe("automatic framing", () => {
  it("any box, field of view, shape and direction -> every corner in the picture, one of them near its edge", () => {
    fc.assert(
      fc.property(
        boxes,
        fc.double({ min: 0.1, max: 2.5, noNaN: true }),
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        fc.option(
          points.filter((point) => Math.hypot(...point) > 1e-3),
          { nil: undefined },
        ),
        (box, fov, aspectRatio, from) => {
          const camera = framing(box, fov, aspectRatio, from);
          expectRigid(camera.cameraToWorld);
          let furthest = 0;
          let nearest = Number.POSITIVE_INFINITY;
          for (const x of [box.min[0], box.max[0]]) {
            for (const y of [box.min[1], box.max[1]]) {
              for (const z of [box.min[2], box.max[2]]) {
                nearest = Math.min(nearest, depthOf(camera, [x, y, z]));
                const [u, v] = inPicture(camera, aspectRatio, [x, y, z]);
                furthest = Math.max(furthest, Math.abs(u), Math.abs(v));
              }
            }
          }
          expect(nearest).toBeGreaterThan(0);
          // A corner that the camera all but touches is where rounding puts it.
          const rounding = (1e-15 * Math.max(...[...box.min, ...box.max].map(Math.abs))) / nearest;
          expect(Math.abs(furthest - 0.92)).toBeLessThan(5e-7 + rounding);
          expect(camera.focusDistance).toBeCloseTo(depthOf(camera, middle(box)), 6);
        },
      ),
    );
  });

  it.each<[string, Vector3]>([
    ["straight above", [0, 9, 0]],
    ["straight below", [0, -9, 0]],
    ["nowhere", [0, 0, 0]],
  ])("from %s -> a rigid frame all the same", (_, from) => {
    expectRigid(framing({ min: [0, 0, 0], max: [1, 1, 1] }, 1, 1, from).cameraToWorld);
  });
});

it("the middle of a box of the largest numbers -> does not overflow", () => {
  const most = Number.MAX_VALUE;
  expect(middle({ min: [-most, most, -1], max: [most, most, 3] })).toEqual([0, most, 1]);
});
