// Numbers as IEEE 754 half floats, rounded to the nearest, ties to even: what browsers' textures take.

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** Beyond the largest half (65,504) finite values stay at it, so that a bright pixel is not taken for a broken one. */
export function toHalf(value: number): number {
  single[0] = value;
  const from = bits[0];
  const sign = (from >>> 16) & 0x8000;
  const magnitude = from & 0x7fffffff;
  if (magnitude > 0x7f800000) return 0x7e00;
  if (magnitude === 0x7f800000) return sign | 0x7c00;
  if (magnitude >= 0x477ff000) return sign | 0x7bff;
  if (magnitude < 0x33000001) return sign;
  const exponent = (magnitude >>> 23) - 127;
  if (exponent < -14) return sign | rounded((magnitude & 0x7fffff) | 0x800000, -exponent - 1);
  return sign | rounded(magnitude - 0x38000000, 13);
}

/** `value` ÷ 2^shift to the nearest, ties to even. */
function rounded(value: number, shift: number): number {
  const low = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (low & 1) === 1) ? low + 1 : low;
}

/**
 * Planes one after the other as half floats: all low bytes, then all high bytes (preview.proto). Bytes of equal meaning
 * side by side deflate to about two thirds of what interleaved ones do.
 */
export function halfPlanes(planes: readonly Float32Array[]): Uint8Array {
  const valueCount = planes.reduce((sum, plane) => sum + plane.length, 0);
  const bytes = new Uint8Array(2 * valueCount);
  let at = 0;
  for (const plane of planes) {
    for (const value of plane) {
      const half = toHalf(value);
      bytes[at] = half;
      bytes[valueCount + at] = half >>> 8;
      at++;
    }
  }
  return bytes;
}
