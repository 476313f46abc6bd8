// Memory for a film's planes: zero, side by side in few large pieces.
//
// The system gives large pieces as they are first touched, zero and at no cost. Planes by themselves it takes from what
// was given back before, and writes zeros over all of it: a second film of 1920×1080 pixels with its outputs took 20 to
// 180 ms of processor time so, and takes 1 to 6 ms in one piece (Node 20, glibc, whose largest threshold is 32 MiB).
//
// Large pieces are wished for in large pages: 46,000 small ones of such a film cost 120 ms as they are first touched, and
// rows of a tile lie in a page each.

import { filmAddon } from "./film-addon.ts";

const pieceSizeBytesMax = 2 ** 30;
/** A film of 1920×1080 pixels with all outputs has 230 MB. */
const reserveSizeBytes = 2 ** 28;
/** Below that, pages of 2 MiB would mostly be empty. */
const largeSizeBytesMin = 2 ** 25;

const arrays = { float64: Float64Array, float32: Float32Array, uint32: Uint32Array } as const;
export type PlaneKind = keyof typeof arrays;
type PlaneOf<Kind extends PlaneKind> = InstanceType<(typeof arrays)[Kind]>;

let reserve: ArrayBuffer | undefined;

/**
 * For the first film that fits. V8 begins a full collection, of 10 to 25 ms, each time 64 MiB have come to be outside its
 * heap: who waits has it done before there is a film. Memory that nobody has touched takes none of the machine's.
 */
export function reservePlanes(): void {
  reserve = largePiece(reserveSizeBytes);
}

/** One plane of so many zeros of each kind, in their order. Throws RangeError where there is not so much memory. */
export function zeroPlanes<Kinds extends readonly PlaneKind[]>(
  kinds: Kinds,
  valueCount: number,
): { -readonly [At in keyof Kinds]: PlaneOf<Kinds[At]> } {
  const sizesBytes = kinds.map((kind) => planeSizeBytes(kind, valueCount));
  const planes: PlaneOf<PlaneKind>[] = [];
  while (planes.length < kinds.length) {
    const first = planes.length;
    let sizeBytes = 0;
    let end = first;
    while (end < kinds.length && (end === first || sizeBytes + sizesBytes[end] <= pieceSizeBytesMax)) {
      sizeBytes += sizesBytes[end];
      end += 1;
    }
    const piece = pieceOf(sizeBytes);
    let offset = 0;
    for (let at = first; at < end; at++) {
      planes.push(new arrays[kinds[at]](piece, offset, valueCount));
      offset += sizesBytes[at];
    }
  }
  return planes as { -readonly [At in keyof Kinds]: PlaneOf<Kinds[At]> };
}

/** At least so many bytes. */
function pieceOf(sizeBytes: number): ArrayBuffer {
  if (sizeBytes < largeSizeBytesMin) return new ArrayBuffer(sizeBytes);
  const reserved = reserve;
  if (reserved === undefined || reserved.byteLength < sizeBytes) return largePiece(sizeBytes);
  reserve = undefined;
  return reserved;
}

function largePiece(sizeBytes: number): ArrayBuffer {
  const piece = new ArrayBuffer(sizeBytes);
  filmAddon().wishLargePages(piece);
  return piece;
}

/** The next one is aligned for any kind. */
function planeSizeBytes(kind: PlaneKind, valueCount: number): number {
  return Math.ceil((arrays[kind].BYTES_PER_ELEMENT * valueCount) / 8) * 8;
}
