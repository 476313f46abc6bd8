// Numbers as IEEE 754 half floats, rounded to the nearest, ties to even (native/half.h): what browsers' textures take.
import { filmAddon } from "../film-addon.ts";
import { meansAsHalves, type PlaneMeans } from "../resolve.ts";
import { Scratch } from "./scratch.ts";

/**
 * Planes one after the other as half floats: all low bytes, then all high bytes (preview.proto). Bytes of equal meaning
 * side by side deflate to about two thirds of what interleaved ones do. Beyond the largest half (65,504) finite values
 * stay at it, so that a bright pixel is not taken for a broken one. In `scratch`.
 */
export function halfPlanes(
  planes: readonly (Float32Array | PlaneMeans)[],
  scratch = new Scratch(),
): Uint8Array<ArrayBuffer> {
  const valueCount = planes.reduce((sum, plane) => sum + plane.length, 0);
  const bytes = scratch.take(2 * valueCount);
  const { splitHalves } = filmAddon();
  let at = 0;
  for (const plane of planes) {
    if (plane instanceof Float32Array) splitHalves(plane, bytes, at);
    else meansAsHalves(plane, bytes, at);
    at += plane.length;
  }
  return bytes;
}
