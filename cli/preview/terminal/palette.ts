// A picture's colours as few: median cut (Heckbert, "Color Image Quantization for Frame Buffer Display", 1982). Pure.
import type { Raster } from "./raster.ts";

export interface IndexedRaster {
  readonly widthPx: number;
  readonly heightPx: number;
  /** r, g, b of each colour, 0 to 255. */
  readonly colors: readonly (readonly [number, number, number])[];
  /** Of each pixel. */
  readonly indices: Uint8Array;
}

/** Colours that agree in the upper bits of each channel are one: what sixels can show has a hundred steps. */
const channelBits = 5;
const binCount = 2 ** (3 * channelBits);
const shift = 8 - channelBits;

interface Bins {
  readonly counts: Uint32Array;
  /** r, g, b of a bin's pixels together. */
  readonly sums: Float64Array;
}

/** `colorCountMax`: 1 to 256. */
export function indexed({ widthPx, heightPx, rgb }: Raster, colorCountMax: number): IndexedRaster {
  const bins: Bins = { counts: new Uint32Array(binCount), sums: new Float64Array(3 * binCount) };
  for (let at = 0; at < rgb.length; at += 3) {
    const bin = binOf(rgb[at], rgb[at + 1], rgb[at + 2]);
    bins.counts[bin] += 1;
    for (let channel = 0; channel < 3; channel++) bins.sums[3 * bin + channel] += rgb[at + channel];
  }
  const used = Array.from({ length: binCount }, (_, bin) => bin).filter((bin) => bins.counts[bin] > 0);
  const boxes = split(used, bins, colorCountMax);
  const indexOf = new Uint8Array(binCount);
  for (const [index, box] of boxes.entries()) for (const bin of box) indexOf[bin] = index;
  const indices = new Uint8Array(widthPx * heightPx);
  for (let pixel = 0; pixel < indices.length; pixel++)
    indices[pixel] = indexOf[binOf(rgb[3 * pixel], rgb[3 * pixel + 1], rgb[3 * pixel + 2])];
  return { widthPx, heightPx, colors: boxes.map((box) => meanOf(box, bins)), indices };
}

function binOf(r: number, g: number, b: number): number {
  return ((r >> shift) << (2 * channelBits)) | ((g >> shift) << channelBits) | (b >> shift);
}

/** Cuts the box in which most pixels lie farthest apart, until there are enough boxes or none can be cut. */
function split(used: readonly number[], bins: Bins, countMax: number): readonly (readonly number[])[] {
  const boxes = used.length === 0 ? [] : [boxOf(used, bins)];
  while (boxes.length < countMax) {
    const worst = boxes.reduce((a, b) => (b.weight > a.weight ? b : a), { weight: 0 } as Box);
    if (worst.weight === 0) break;
    const sorted = [...worst.bins].sort((a, b) => channelOf(a, worst.channel) - channelOf(b, worst.channel));
    const cut = medianOf(sorted, bins);
    boxes.splice(boxes.indexOf(worst), 1, boxOf(sorted.slice(0, cut), bins), boxOf(sorted.slice(cut), bins));
  }
  return boxes.map((box) => box.bins);
}

interface Box {
  readonly bins: readonly number[];
  /** The one in which they lie farthest apart. */
  readonly channel: number;
  /** 0: it cannot be cut. */
  readonly weight: number;
}

function boxOf(members: readonly number[], { counts }: Bins): Box {
  let [channel, range] = [0, -1];
  for (let each = 0; each < 3; each++) {
    let [low, high] = [255, 0];
    for (const bin of members) {
      low = Math.min(low, channelOf(bin, each));
      high = Math.max(high, channelOf(bin, each));
    }
    if (high - low > range) [channel, range] = [each, high - low];
  }
  const count = members.reduce((sum, bin) => sum + counts[bin], 0);
  return { bins: members, channel, weight: range * count };
}

function channelOf(bin: number, channel: number): number {
  return (bin >> ((2 - channel) * channelBits)) & (2 ** channelBits - 1);
}

/** Where half of the pixels are on either side; at least one bin stays on each. */
function medianOf(sorted: readonly number[], { counts }: Bins): number {
  const total = sorted.reduce((sum, bin) => sum + counts[bin], 0);
  let before = 0;
  for (let at = 0; at < sorted.length - 1; at++) {
    before += counts[sorted[at]];
    if (2 * before >= total) return at + 1;
  }
  return sorted.length - 1;
}

function meanOf(box: readonly number[], { counts, sums }: Bins): [number, number, number] {
  const count = box.reduce((sum, bin) => sum + counts[bin], 0);
  const mean = (channel: number) => Math.round(box.reduce((sum, bin) => sum + sums[3 * bin + channel], 0) / count);
  return [mean(0), mean(1), mean(2)];
}
