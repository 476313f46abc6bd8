// The film as a canonical string of bytes: a header, then counts and planes. It says what the picture is and nothing of
// how it was made: not the tile size, not the units' cut, not their order. What the film's hash is taken over.
import type { FilmPlanes } from "./film-planes.ts";

/** Raised when the meaning of the bytes changes. */
const canonicalVersion = "arras-film-1";

/** Values converted at a time, so that the hash of a large film takes no second film of memory. */
const chunkValueCount = 65_536;

/**
 * Header: UTF-8 JSON of [version, width, height, [x0, y0, x1, y1], outputs, maxSpp] and a line feed. Then, row by row
 * over the crop window and little-endian: counts (uint32), and each plane in wire order (float64 for `sum`, else
 * float32) with −0 written as +0. Each chunk is valid until the next is asked for.
 */
export function* canonicalChunks(film: FilmPlanes): Generator<Uint8Array> {
  const { widthPx, heightPx, cropWindow, outputs, maxSpp } = film.spec;
  const { x0, y0, x1, y1 } = cropWindow;
  const header = [canonicalVersion, widthPx, heightPx, [x0, y0, x1, y1], outputs, maxSpp];
  yield new TextEncoder().encode(`${JSON.stringify(header)}\n`);
  for (const plane of [film.counts, ...film.planes]) yield* planeChunks(plane);
}

function* planeChunks(plane: Uint32Array | Float64Array | Float32Array): Generator<Uint8Array> {
  const sizeBytes = plane.BYTES_PER_ELEMENT;
  const bytes = new ArrayBuffer(chunkValueCount * sizeBytes);
  const native = nativeView(plane, bytes);
  for (let begin = 0; begin < plane.length; begin += chunkValueCount) {
    const valueCount = Math.min(chunkValueCount, plane.length - begin);
    for (let at = 0; at < valueCount; at++) native[at] = plane[begin + at] + 0; // −0 + 0 = +0
    yield new Uint8Array(bytes, 0, valueCount * sizeBytes);
  }
}

/** Native is little-endian on every machine that Node runs on; a test holds the hash of a known film against it. */
function nativeView(plane: Uint32Array | Float64Array | Float32Array, bytes: ArrayBuffer) {
  if (plane instanceof Uint32Array) return new Uint32Array(bytes);
  return plane instanceof Float64Array ? new Float64Array(bytes) : new Float32Array(bytes);
}
