// Packets of the network protocol of the image viewer tev (github.com/Tom94/tev, src/Ipc.cpp and include/tev/Ipc.h at
// version 2.x), as bytes. Pure. A packet is
//
//   uint32 length of the whole packet | uint8 operation | payload
//
// little-endian throughout; texts are UTF-8 and end with a zero byte; booleans are one byte. tev answers nothing.

/** The operations that are sent here, by tev's numbers: the newest version of each. */
const operations = {
  reloadImage: 1,
  closeImage: 2,
  createImage: 4,
  /** Version 3: where each channel's values lie is said by an offset and a stride. */
  updateImage: 6,
  /** Version 2: path and channels apart. */
  openImage: 7,
} as const;

export interface TevImage {
  /** tev shows it, and takes it for the same image by it. */
  readonly name: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** `R`, `G`, `B`, `A` are shown as one picture; `layer.R` and so on as another one. */
  readonly channelNames: readonly string[];
}

/** Pixels of an image, y down, inside it. */
export interface TevRect {
  readonly x: number;
  readonly y: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface FocusOption {
  /** Whether tev comes to the front and selects the image. */
  readonly grabFocus?: boolean;
}

/** Makes a black image, in place of one of the same name. */
export function createImagePacket(image: TevImage, { grabFocus = false }: FocusOption = {}): Uint8Array {
  const packet = new PacketWriter(operations.createImage);
  packet.flag(grabFocus);
  packet.text(image.name);
  packet.int32(image.widthPx);
  packet.int32(image.heightPx);
  packet.int32(image.channelNames.length);
  for (const name of image.channelNames) packet.text(name);
  return packet.bytes();
}

/**
 * Replaces the pixels of `rect` in the image `name`. `values`: scene-linear float32, those of a pixel side by side in the
 * order of `channelNames`, rows top to bottom. Throws RangeError unless there is one for each pixel and channel.
 */
export function updateImagePacket(
  { name, channelNames }: Pick<TevImage, "name" | "channelNames">,
  rect: TevRect,
  values: Float32Array,
  { grabFocus = false }: FocusOption = {},
): Uint8Array {
  const channelCount = channelNames.length;
  if (values.length === 0 || values.length !== rect.widthPx * rect.heightPx * channelCount) {
    throw new RangeError(
      `${values.length} values for ${rect.widthPx}×${rect.heightPx} pixels of ${channelCount} channels`,
    );
  }
  const packet = new PacketWriter(operations.updateImage, 4 * values.length);
  packet.flag(grabFocus);
  packet.text(name);
  packet.int32(channelCount);
  for (const channel of channelNames) packet.text(channel);
  for (const value of [rect.x, rect.y, rect.widthPx, rect.heightPx]) packet.int32(value);
  // Counted in values, not in bytes.
  for (let channel = 0; channel < channelCount; channel++) packet.int64(channel);
  for (let channel = 0; channel < channelCount; channel++) packet.int64(channelCount);
  packet.floats(values);
  return packet.bytes();
}

export function closeImagePacket(name: string): Uint8Array {
  const packet = new PacketWriter(operations.closeImage);
  packet.text(name);
  return packet.bytes();
}

/** `path`: on tev's machine. `channels`: which to show, as tev's command line takes them; "": all. */
export function openImagePacket(path: string, channels = "", { grabFocus = true }: FocusOption = {}): Uint8Array {
  const packet = new PacketWriter(operations.openImage);
  packet.flag(grabFocus);
  packet.text(path);
  packet.text(channels);
  return packet.bytes();
}

/** Reads an image that was opened from a file again. */
export function reloadImagePacket(name: string, { grabFocus = true }: FocusOption = {}): Uint8Array {
  const packet = new PacketWriter(operations.reloadImage);
  packet.flag(grabFocus);
  packet.text(name);
  return packet.bytes();
}

const textSizeBytesMax = 4096;

/** Grows as it is written; the length comes last. */
class PacketWriter {
  #bytes: Buffer;
  #size = 4;

  constructor(operation: number, contentSizeBytes = 0) {
    this.#bytes = Buffer.alloc(256 + contentSizeBytes);
    this.#size = this.#room(1).writeUInt8(operation, this.#size);
  }

  flag(value: boolean): void {
    this.#size = this.#room(1).writeUInt8(value ? 1 : 0, this.#size);
  }

  int32(value: number): void {
    this.#size = this.#room(4).writeInt32LE(value, this.#size);
  }

  int64(value: number): void {
    this.#size = this.#room(8).writeBigInt64LE(BigInt(value), this.#size);
  }

  text(value: string): void {
    const bytes = Buffer.from(value, "utf8");
    if (bytes.includes(0) || bytes.length > textSizeBytesMax) {
      throw new RangeError(`a text for tev with a zero byte, or more than ${textSizeBytesMax} bytes`);
    }
    this.#room(bytes.length + 1).set(bytes, this.#size);
    this.#bytes[this.#size + bytes.length] = 0;
    this.#size += bytes.length + 1;
  }

  floats(values: Float32Array): void {
    const room = this.#room(4 * values.length);
    // Float32Array has the machine's order, which is little-endian wherever Node.js runs today but on s390x.
    const view = new DataView(room.buffer, room.byteOffset + this.#size, 4 * values.length);
    for (let at = 0; at < values.length; at++) view.setFloat32(4 * at, values[at], true);
    this.#size += 4 * values.length;
  }

  bytes(): Uint8Array {
    this.#bytes.writeUInt32LE(this.#size, 0);
    return this.#bytes.subarray(0, this.#size);
  }

  #room(sizeBytes: number): Buffer {
    if (this.#size + sizeBytes > this.#bytes.length) {
      const larger = Buffer.alloc(2 * (this.#size + sizeBytes));
      this.#bytes.copy(larger, 0, 0, this.#size);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}
