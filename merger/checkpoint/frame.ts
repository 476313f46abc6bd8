// The frames that a checkpoint is made of (checkpoint.proto): a head with sizes and a checksum, a message, planes.
// Each frame is checked before anybody sees it, so that nothing of a broken one gets into a film.
import { crc32 } from "node:zlib";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";

export const frameKinds = { header: 1, tile: 2, end: 3 } as const;

const magic = new TextEncoder().encode("ARRASCP1");
const headSizeBytes = 16;
const alignmentBytes = 8;

/** Valid until the next is asked for. */
export interface Frame {
  readonly kind: number;
  readonly message: Uint8Array;
  /** Holds the planes from `planesOffset` on, a multiple of 8. */
  readonly memory: ArrayBuffer;
  readonly planesOffset: number;
  readonly planesSizeBytes: number;
}

export function checkpointBroken(how: string, cause?: unknown): ArrasError {
  return new ArrasError("checkpoint-broken", {
    message: `A checkpoint ${how}`,
    action: "Nothing: an older one is taken, or the frame is rendered anew. Is the store's disk sound?",
    cause,
  });
}

/** Makes frames in one piece of memory, which each use again. */
export class FrameWriter {
  #memory = new ArrayBuffer(1024 * 1024);

  begin(): Uint8Array {
    return magic;
  }

  /** `writePlanes` fills `planesSizeBytes` (a multiple of 8) bytes of `memory` from `offset` on. */
  frame(
    kind: number,
    message: Uint8Array,
    planesSizeBytes = 0,
    writePlanes: (memory: ArrayBuffer, offset: number) => void = () => {},
  ): Uint8Array {
    const planesOffset = headSizeBytes + padded(message.byteLength);
    const sizeBytes = planesOffset + planesSizeBytes;
    if (this.#memory.byteLength < sizeBytes) this.#memory = new ArrayBuffer(sizeBytes);
    const bytes = new Uint8Array(this.#memory, 0, sizeBytes);
    const head = new DataView(this.#memory, 0, headSizeBytes);
    for (const [at, value] of [kind, message.byteLength, planesSizeBytes].entries()) {
      head.setUint32(4 * at, value, true);
    }
    bytes.set(message, headSizeBytes);
    bytes.fill(0, headSizeBytes + message.byteLength, planesOffset);
    writePlanes(this.#memory, planesOffset);
    head.setUint32(12, checksum(bytes), true);
    return bytes;
  }
}

/** Throws `checkpoint-broken`, and what `source` throws. All frames are whole and unchanged; their order is not looked at. */
export async function* framesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const input = new ByteInput(source);
  const begin = new Uint8Array(magic.byteLength);
  await input.fill(begin);
  if (begin.some((byte, at) => byte !== magic[at])) {
    throw checkpointBroken("does not begin as one of this version does");
  }
  let memory = new ArrayBuffer(0);
  while (!(await input.hasEnded())) {
    const head = new Uint8Array(headSizeBytes);
    await input.fill(head);
    const [kind, messageSizeBytes, planesSizeBytes] = wordsOf(head);
    const planesOffset = headSizeBytes + padded(messageSizeBytes);
    const sizeBytes = planesOffset + planesSizeBytes;
    if (sizeBytes > limits.checkpointFrameSizeBytesMax || planesSizeBytes % alignmentBytes !== 0) {
      throw checkpointBroken(`has a frame of ${sizeBytes} bytes`);
    }
    if (memory.byteLength < sizeBytes) memory = new ArrayBuffer(sizeBytes);
    const bytes = new Uint8Array(memory, 0, sizeBytes);
    bytes.set(head);
    await input.fill(bytes.subarray(headSizeBytes));
    if (checksum(bytes) !== wordsOf(head)[3]) throw checkpointBroken("has a frame with a wrong checksum");
    const message = bytes.subarray(headSizeBytes, headSizeBytes + messageSizeBytes);
    yield { kind, message, memory, planesOffset, planesSizeBytes };
  }
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / alignmentBytes) * alignmentBytes;
}

function wordsOf(head: Uint8Array): number[] {
  const view = new DataView(head.buffer, head.byteOffset, headSizeBytes);
  return [0, 4, 8, 12].map((offset) => view.getUint32(offset, true));
}

/** Of everything but itself. */
function checksum(frame: Uint8Array): number {
  return crc32(frame.subarray(headSizeBytes), crc32(frame.subarray(0, 12)));
}

/** A stream of pieces, read by size. */
class ByteInput {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#pieces = source[Symbol.asyncIterator]();
  }

  async hasEnded(): Promise<boolean> {
    while (this.#piece.byteLength === 0) {
      const next = await this.#pieces.next();
      if (next.done === true) return true;
      this.#piece = next.value;
    }
    return false;
  }

  async fill(target: Uint8Array): Promise<void> {
    for (let filled = 0; filled < target.byteLength; ) {
      if (await this.hasEnded()) throw checkpointBroken("is cut short");
      const part = this.#piece.subarray(0, target.byteLength - filled);
      target.set(part, filled);
      filled += part.byteLength;
      this.#piece = this.#piece.subarray(part.byteLength);
    }
  }
}
