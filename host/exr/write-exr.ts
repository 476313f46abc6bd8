// Writes one OpenEXR file. It writes to the path it is given: writing beside and renaming is the caller's.
import { ArrasError } from "../../proto/errors.ts";
import { heightPx, isEmpty, type PixelRect, toInclusiveBox, widthPx } from "../../proto/rect.ts";
import { defaultThreadCount, exrAddon, type NativeBox, type NativePart } from "./exr-addon.ts";
import type { ExrChannel, ExrPart } from "./exr-part.ts";

export interface WriteExrOptions {
  /** Threads that compress; the bytes do not depend on it. */
  readonly threadCount?: number;
}

/**
 * One part makes an ordinary file, several a multi-part file. The pixel arrays must not change until the promise
 * settles. Finite values beyond ±65504 are clamped to ±65504 in half channels; infinities and NaN are kept.
 *
 * Rejects with `output-failed` when the file cannot be written (what was written may remain), and throws a RangeError
 * for parts that no file can hold, which is the caller's mistake.
 */
export async function writeExr(path: string, parts: readonly ExrPart[], options: WriteExrOptions = {}): Promise<void> {
  if (parts.length === 0) throw new RangeError("an OpenEXR file needs a part");
  const names = new Set(parts.map((part) => part.name));
  if (names.size < parts.length || (parts.length > 1 && names.has(""))) {
    throw new RangeError("every part of a multi-part file needs a name of its own");
  }
  const native = parts.map(nativePart);
  try {
    await exrAddon().write(path, native, options.threadCount ?? defaultThreadCount());
  } catch (thrown) {
    if (thrown instanceof ArrasError) throw thrown;
    throw new ArrasError("output-failed", {
      message: `the image could not be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      place: { path },
      action: "Check that the folder exists, may be written and has room.",
      cause: thrown,
    });
  }
}

function nativePart(part: ExrPart): NativePart {
  const where = part.name === "" ? "the part" : `part ${part.name}`;
  if (isEmpty(part.dataWindow) || isEmpty(part.displayWindow)) throw new RangeError(`${where}: empty window`);
  const tileSizePx = part.storage.t === "tiled" ? part.storage.tileSizePx : 0;
  const isTileSizePossible = Number.isInteger(tileSizePx) && tileSizePx < 2 ** 31;
  if (!isTileSizePossible || (part.storage.t === "tiled" && tileSizePx < 1)) {
    throw new RangeError(`${where}: tiles of ${tileSizePx} pixels`);
  }
  if (part.channels.length === 0) throw new RangeError(`${where}: no channels`);
  const attributeNames = part.attributes.map((attribute) => attribute.name);
  if (hasRepeats(attributeNames)) throw new RangeError(`${where}: repeated attribute`);
  if (hasRepeats(part.channels.map((channel) => channel.name))) throw new RangeError(`${where}: repeated channel`);
  return {
    name: part.name,
    tileSizePx,
    compression: part.compression,
    dataWindow: nativeBox(part.dataWindow),
    displayWindow: nativeBox(part.displayWindow),
    pixelAspectRatio: part.pixelAspectRatio ?? 1,
    dwaLevel: part.dwaLevel ?? -1,
    channels: part.channels.map((channel) => nativeChannel(channel, part.dataWindow, where)),
    attributes: part.attributes,
  };
}

function nativeChannel(channel: ExrChannel, window: PixelRect, where: string): Required<ExrChannel> {
  const { offset = 0, stride = 1, values } = channel;
  const last = offset + (widthPx(window) * heightPx(window) - 1) * stride;
  const isUint = values instanceof Uint32Array;
  if (offset < 0 || stride < 1 || last >= values.length || isUint !== (channel.type === "uint")) {
    throw new RangeError(`${where}, channel ${channel.name}: ${values.length} values do not fit its window or type`);
  }
  return { name: channel.name, type: channel.type, values, offset, stride };
}

function hasRepeats(names: readonly string[]): boolean {
  return new Set(names).size < names.length;
}

function nativeBox(rect: PixelRect): NativeBox {
  const box = toInclusiveBox(rect);
  return [box.xMin, box.yMin, box.xMax, box.yMax];
}
