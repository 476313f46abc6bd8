import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { worldToCamera, worldToNdc } from "../../../merger/camera-matrices.ts";

/** As OpenEXR says: the point as a row vector times the matrix that the header holds, then divided by w. */
function transformed(point: readonly number[], imathMatrix: readonly number[]): number[] {
  const p = [...point, 1];
  const out = [0, 1, 2, 3].map((column) =>
    p.reduce((sum, value, row) => sum + value * imathMatrix[row * 4 + column], 0),
  );
  return out.slice(0, 3).map((value) => value / out[3]);
}

/** A camera at `eye`, turned by `yaw` about +Y and then tilted by `pitch`, column-major. */
function cameraToWorld(eye: readonly number[], yaw: number, pitch: number): number[] {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return [cy, 0, -sy, 0, sy * sp, cp, cy * sp, 0, sy * cp, -sp, cy * cp, 0, ...eye, 1];
}

function toWorld(matrix: readonly number[], p: readonly number[]): number[] {
  return [0, 1, 2].map(
    (row) => matrix[row] * p[0] + matrix[4 + row] * p[1] + matrix[8 + row] * p[2] + matrix[12 + row],
  );
}

function expectNear(found: readonly number[], wanted: readonly number[]): void {
  for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, 9);
}

const angle = fc.double({ min: -3, max: 3, noNaN: true });
const place = fc.tuple(angle, angle, angle);

describe("camera matrices", () => {
  it("worldToCamera: right is +x, up is +y, ahead is +z, the camera is the origin", () => {
    const property = fc.property(place, angle, angle, place, (eye, yaw, pitch, p) => {
      const matrix = cameraToWorld(eye, yaw, pitch);
      expectNear(transformed(toWorld(matrix, p), worldToCamera(matrix)), [p[0], p[1], -p[2]]);
    });
    fc.assert(property);
  });

  it("worldToNDC, perspective: the display window's corners are (0, 0) and (1, 1), y down, at every depth", () => {
    const matrix = cameraToWorld([1, 2, 3], 0.7, -0.3);
    const ndc = worldToNdc(matrix, { t: "perspective", verticalFovDeg: 40 }, 1.5);
    const half = Math.tan((20 * Math.PI) / 180);
    for (const depth of [0.1, 1, 250]) {
      const at = (x: number, y: number) => toWorld(matrix, [x * half * 1.5 * depth, y * half * depth, -depth]);
      expectNear(transformed(at(-1, 1), ndc).slice(0, 2), [0, 0]);
      expectNear(transformed(at(1, -1), ndc).slice(0, 2), [1, 1]);
      expectNear(transformed(at(0, 0), ndc).slice(0, 2), [0.5, 0.5]);
    }
  });

  it("worldToNDC, orthographic: the corners lie half a height off, whatever the depth", () => {
    const matrix = cameraToWorld([-4, 0, 9], 2, 1);
    const ndc = worldToNdc(matrix, { t: "orthographic", heightM: 6 }, 2);
    for (const depth of [0, 1, 250]) {
      expectNear(transformed(toWorld(matrix, [-6, 3, -depth]), ndc).slice(0, 2), [0, 0]);
      expectNear(transformed(toWorld(matrix, [6, -3, -depth]), ndc).slice(0, 2), [1, 1]);
    }
  });
});
