// The film as a canonical string of bytes: a header, then counts and planes. It says what the picture is and nothing of
// how it was made: not the tile size, not the units' cut, not their order. What the film's hash is taken over.
import { filmAddon } from "./film-addon.ts";
import type { FilmPlanes } from "./film-planes.ts";

/** Raised when the meaning of the bytes changes. */
const canonicalVersion = "arras-film-1";

/** Values copied at a time, so that the hash of a large film takes no second film of memory. */
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
  yield* countChunks(film.counts);
  for (const plane of film.planes) yield* planeChunks(plane);
}

/** Native is little-endian on every machine that Node runs on; a test holds the hash of a known film against it. */
function* countChunks({ buffer, byteOffset, byteLength }: Uint32Array): Generator<Uint8Array> {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const chunkSizeBytes = chunkValueCount * Uint32Array.BYTES_PER_ELEMENT;
  for (let begin = 0; begin < byteLength; begin += chunkSizeBytes) yield bytes.subarray(begin, begin + chunkSizeBytes);
}

function* planeChunks(plane: Float64Array | Float32Array): Generator<Uint8Array> {
  const chunk = plane.slice(0, chunkValueCount);
  for (let begin = 0; begin < plane.length; begin += chunkValueCount) {
    const values = chunk.subarray(0, plane.length - begin);
    filmAddon().withoutMinusZero(plane, begin, values);
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}
