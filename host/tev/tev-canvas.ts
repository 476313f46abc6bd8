// What tev is to show of one image, and which part of that it has not yet been sent. Pure. It holds the newest pixels
// alone: however slow tev is, what waits for it never grows beyond one picture, and what it gets next is the newest.
import { limits } from "../../proto/limits.ts";
import { createImagePacket, type TevImage, type TevRect, updateImagePacket } from "./tev-packets.ts";

const { tevTileSidePx } = limits;

export class TevCanvas {
  readonly image: TevImage;
  readonly #columns: number;
  /** Values of each square, the channels of a pixel side by side; absent where nothing was drawn. */
  readonly #tiles = new Map<number, Float32Array>();
  /** In the order in which they are to be sent: one that changes again keeps its place, and gets its turn. */
  readonly #changed = new Set<number>();
  #isCreated = false;

  constructor(image: TevImage) {
    const { widthPx, heightPx, channelNames } = image;
    if (!(widthPx >= 1 && heightPx >= 1 && channelNames.length >= 1)) {
      throw new RangeError(`an image of ${widthPx}×${heightPx} pixels and ${channelNames.length} channels`);
    }
    this.image = image;
    this.#columns = Math.ceil(widthPx / tevTileSidePx);
  }

  /** There is nothing to send. */
  get isSent(): boolean {
    return this.#isCreated && this.#changed.size === 0;
  }

  /**
   * `values` as in updateImagePacket. Where they equal what is there already, nothing will be sent. Throws RangeError for
   * a rectangle outside the image, or values that are not its own.
   */
  draw(rect: TevRect, values: Float32Array): void {
    const { widthPx, heightPx, channelNames } = this.image;
    const isInside = rect.x >= 0 && rect.y >= 0 && rect.x + rect.widthPx <= widthPx;
    if (!isInside || rect.y + rect.heightPx > heightPx)
      throw new RangeError(`pixels outside ${this.image.name}: ${JSON.stringify(rect)}`);
    if (values.length !== rect.widthPx * rect.heightPx * channelNames.length)
      throw new RangeError(`${values.length} values for ${rect.widthPx}×${rect.heightPx} pixels`);
    const first = { x: Math.floor(rect.x / tevTileSidePx), y: Math.floor(rect.y / tevTileSidePx) };
    for (let row = first.y; row * tevTileSidePx < rect.y + rect.heightPx; row++)
      for (let column = first.x; column * tevTileSidePx < rect.x + rect.widthPx; column++)
        this.#drawTile(row * this.#columns + column, rect, values);
  }

  /** The next packet, counted as sent; undefined: there is none. */
  takePacket(): Uint8Array | undefined {
    if (!this.#isCreated) {
      this.#isCreated = true;
      return createImagePacket(this.image);
    }
    const [index] = this.#changed;
    if (index === undefined) return undefined;
    this.#changed.delete(index);
    return updateImagePacket(this.image, this.#rectOf(index), this.#tileOf(index));
  }

  /** Whoever listens now knows nothing: all of it is sent again. */
  forgetSent(): void {
    this.#isCreated = false;
    for (const index of this.#tiles.keys()) this.#changed.add(index);
  }

  #drawTile(index: number, rect: TevRect, values: Float32Array): void {
    const channelCount = this.image.channelNames.length;
    const tileRect = this.#rectOf(index);
    const tile = this.#tileOf(index);
    const [x0, x1] = [Math.max(rect.x, tileRect.x), Math.min(rect.x + rect.widthPx, tileRect.x + tileRect.widthPx)];
    const [y0, y1] = [Math.max(rect.y, tileRect.y), Math.min(rect.y + rect.heightPx, tileRect.y + tileRect.heightPx)];
    const count = channelCount * (x1 - x0);
    for (let y = y0; y < y1; y++) {
      const from = channelCount * ((y - rect.y) * rect.widthPx + (x0 - rect.x));
      const to = channelCount * ((y - tileRect.y) * tileRect.widthPx + (x0 - tileRect.x));
      const row = values.subarray(from, from + count);
      if (sameBits(row, tile.subarray(to, to + count))) continue;
      tile.set(row, to);
      this.#changed.add(index);
    }
  }

  #tileOf(index: number): Float32Array {
    let tile = this.#tiles.get(index);
    if (tile === undefined) {
      const { widthPx, heightPx } = this.#rectOf(index);
      // Black, as tev creates it.
      tile = new Float32Array(widthPx * heightPx * this.image.channelNames.length);
      this.#tiles.set(index, tile);
    }
    return tile;
  }

  #rectOf(index: number): TevRect {
    const x = (index % this.#columns) * tevTileSidePx;
    const y = Math.floor(index / this.#columns) * tevTileSidePx;
    return {
      x,
      y,
      widthPx: Math.min(tevTileSidePx, this.image.widthPx - x),
      heightPx: Math.min(tevTileSidePx, this.image.heightPx - y),
    };
  }
}

/** Bits, so that what is no number is the same as itself; and integers compare several times as fast. */
function sameBits(a: Float32Array, b: Float32Array): boolean {
  const [left, right] = [bitsOf(a), bitsOf(b)];
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length);
}
