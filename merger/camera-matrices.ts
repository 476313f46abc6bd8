// The two camera matrices that OpenEXR defines (ImfStandardAttributes.h), from ours. Theirs are RenderMan's: camera
// space is left-handed with +Z into the picture; NDC is (0, 0) at the display window's upper left, (1, 1) lower right.
// All matrices here are 16 numbers, column-major for column vectors, which is Imath's memory for row vectors.

export interface CameraMetadata {
  readonly name: string;
  /** Column-major 4×4, looks along −Z, no scale. */
  readonly cameraToWorld: readonly number[];
  readonly projection:
    | { readonly t: "perspective"; readonly verticalFovDeg: number }
    | { readonly t: "orthographic"; readonly heightM: number };
}

/** `cameraToWorld`: looks along −Z, +Y up, no scale (scene/description.ts). */
export function worldToCamera(cameraToWorld: readonly number[]): number[] {
  const m = cameraToWorld;
  const out: number[] = [];
  // A rigid matrix's inverse: the axes become rows, the origin is expressed along them. The third row is negated.
  const signs = [1, 1, -1];
  for (let column = 0; column < 3; column++) {
    for (let row = 0; row < 3; row++) out.push(signs[row] * m[row * 4 + column]);
    out.push(0);
  }
  for (let row = 0; row < 3; row++) {
    out.push(-signs[row] * (m[row * 4] * m[12] + m[row * 4 + 1] * m[13] + m[row * 4 + 2] * m[14]));
  }
  out.push(1);
  return out.map((value) => value + 0);
}

/** `aspect` is the display window's width over its height. The third coordinate means nothing (1 − 1/z, or z). */
export function worldToNdc(
  cameraToWorld: readonly number[],
  projection: CameraMetadata["projection"],
  aspect: number,
): number[] {
  const cameraToNdc =
    projection.t === "perspective"
      ? perspective(2 * Math.tan((projection.verticalFovDeg * Math.PI) / 360), aspect)
      : orthographic(projection.heightM, aspect);
  return multiply(cameraToNdc, worldToCamera(cameraToWorld));
}

/** `height`: of the image plane at distance 1. */
function perspective(height: number, aspect: number): number[] {
  return [1 / (height * aspect), 0, 0, 0, 0, -1 / height, 0, 0, 0.5, 0.5, 1, 1, 0, 0, -1, 0];
}

function orthographic(height: number, aspect: number): number[] {
  return [1 / (height * aspect), 0, 0, 0, 0, -1 / height, 0, 0, 0, 0, 1, 0, 0.5, 0.5, 0, 1];
}

function multiply(a: readonly number[], b: readonly number[]): number[] {
  const out: number[] = [];
  for (let column = 0; column < 4; column++) {
    for (let row = 0; row < 4; row++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += a[k * 4 + row] * b[column * 4 + k];
      out.push(sum + 0);
    }
  }
  return out;
}
