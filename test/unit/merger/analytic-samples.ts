// A renderer in a few lines for tests of the film: every sample is a hash of (pixel, sample index), and contributions
// are what an honest computation would send for them.
import type { Contribution } from "../../../merger/contribution-reader.ts";
import { type FilmChannel, type FilmSpec, filmChannels } from "../../../proto/film-spec.ts";
import { type OutputName, outputOrder } from "../../../proto/outputs.ts";
import { areaPx, type PixelRect } from "../../../proto/rect.ts";
import type { Unit } from "../../../proto/unit.ts";
import type { PlaneEncoding, WirePlane } from "../../../proto/wire-plane.ts";

export function filmSpecOf(fields: Partial<FilmSpec> & { cropWindow?: PixelRect } = {}): FilmSpec {
  const widthPx = fields.widthPx ?? 40;
  const heightPx = fields.heightPx ?? 24;
  return {
    widthPx,
    heightPx,
    cropWindow: { x0: 0, y0: 0, x1: widthPx, y1: heightPx },
    tileSizePx: 16,
    outputs: outputOrder as OutputName[],
    maxSpp: 4096,
    ...fields,
  };
}

/** One sample's value: for sums an integer in units of 2⁻²⁴, else a float32. Rough, so that ties and extremes occur. */
export function sampleValue(channel: FilmChannel, x: number, y: number, sampleIndex: number): number {
  const name = `${channel.output}.${channel.channel}`;
  const noise = hash(name, x, y, sampleIndex);
  if (channel.op === "sum") return sumValue(channel.output, noise, hash("big", x, y, sampleIndex));
  if (channel.output === "depth") return depthAt(x, y, sampleIndex);
  if (depthAt(x, y, sampleIndex) === Number.POSITIVE_INFINITY) return 0;
  return channel.output === "id" ? noise % 3 : Math.fround(((noise % 7) - 3) / 8);
}

/** Few distinct depths, so that ties are common; a quarter of the samples hits nothing. */
function depthAt(x: number, y: number, sampleIndex: number): number {
  const step = hash("depth", x >> 2, y >> 2, sampleIndex) % 8;
  return step < 2 ? Number.POSITIVE_INFINITY : step / 4;
}

function sumValue(output: OutputName, noise: number, rare: number): number {
  if (output === "alpha") return 2 ** 24;
  if (output === "luminance2") return noise % 2 ** 26;
  // One in 64 is a clamped highlight (2²⁹ / 4,096 in units of 2⁻²⁴), so that float64 planes occur.
  if (rare % 64 === 0) return 2 ** 41;
  return (noise % 2 ** 25) - (output === "normal" ? 2 ** 24 : 0);
}

/** FNV-1a over the arguments, finished as MurmurHash3 does. */
function hash(name: string, ...values: number[]): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) state = Math.imul(state ^ name.charCodeAt(at), 0x01000193);
  for (const value of values) state = Math.imul(state ^ value, 0x01000193) ^ (state >>> 15);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** Samples [begin, end) of the pixels of `rect`, merged as the renderer contract says. */
export function contributionOf(spec: FilmSpec, rect: PixelRect, begin: number, end: number): Contribution {
  const channels = filmChannels(spec);
  const columns = channels.map(() => new Float64Array(areaPx(rect)));
  let at = 0;
  for (let y = rect.y0; y < rect.y1; y++) {
    for (let x = rect.x0; x < rect.x1; x++, at++) {
      for (const [index, value] of mergedPixel(channels, x, y, begin, end).entries()) columns[index][at] = value;
    }
  }
  return { rect, sampleCount: end - begin, planes: columns.map((values, index) => encode(values, channels[index])) };
}

export function planesOf(spec: FilmSpec, unit: Unit): readonly WirePlane[] {
  return contributionOf(spec, unit.rect, unit.sampleBegin, unit.sampleEnd).planes;
}

/** The reference: every sample of one pixel looked at at once, sums in BigInt. */
export function mergedPixel(channels: readonly FilmChannel[], x: number, y: number, begin: number, end: number) {
  const indices = Array.from({ length: end - begin }, (_, at) => begin + at);
  return channels.map((channel) => {
    if (channel.op === "sum") {
      return Number(indices.reduce((sum, index) => sum + BigInt(sampleValue(channel, x, y, index)), 0n));
    }
    if (channel.op === "min") return Math.min(...indices.map((index) => sampleValue(channel, x, y, index)));
    const siblings = channels.filter(({ output }) => output === channel.output);
    const tuples = indices.map((index) => [
      depthAt(x, y, index),
      ...siblings.map((sibling) => sampleValue(sibling, x, y, index)),
    ]);
    return tuples.sort(lexicographic)[0][1 + siblings.indexOf(channel)];
  });
}

function lexicographic(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at] < b[at] ? -1 : 1;
}

function encode(values: Float64Array, channel: FilmChannel): WirePlane {
  if (values.every((value) => value === values[0])) return wirePlane("constant", [values[0]]);
  if (channel.op !== "sum") return wirePlane("float32", values);
  return wirePlane(values.every((value) => value === (value | 0)) ? "int32" : "float64", values);
}

/** Bytes that start at an odd offset, as those of a decoded message may. */
export function wirePlane(encoding: PlaneEncoding, values: ArrayLike<number>): WirePlane {
  const typed =
    encoding === "int32"
      ? Int32Array.from(values)
      : encoding === "float32"
        ? Float32Array.from(values)
        : Float64Array.from(values);
  const bytes = new Uint8Array(typed.byteLength + 3);
  bytes.set(new Uint8Array(typed.buffer), 3);
  return { encoding, bytes: bytes.subarray(3) };
}
