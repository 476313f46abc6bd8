// What simulations render: every sample is a function of pixel and index, in integers, so that units and the film that
// all of them must add up to are known without rendering. Tiles differ in noise, so that adaptive ones end early.
import { filmSha256 } from "../../merger/film-hash.ts";
import type { FilmPlanes } from "../../merger/film-planes.ts";
import { type FilmSpec, filmChannels } from "../../proto/film-spec.ts";
import { filmOutputs } from "../../proto/outputs.ts";
import { areaPx, type PixelRect, widthPx } from "../../proto/rect.ts";
import { isCoarse, type Unit } from "../../proto/unit.ts";
import type { WirePlane } from "../../proto/wire-plane.ts";

export interface FilmShape {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly cropWindow: PixelRect;
  readonly budgetSpp: number;
}

/** Sums: beauty R, G, B, alpha, luminance2. Then depth and id. */
const sumCount = 5;

export class AnalyticFilm {
  readonly spec: FilmSpec;
  readonly budgetSpp: number;
  readonly pixelCount: number;
  /** By sum channel, then [sample · pixelCount + pixel]: the sum of all samples before. */
  readonly #before: Float64Array[];
  readonly #depth: Float32Array;
  readonly #id: Float32Array;
  #wholeSha256: string | undefined;

  constructor({ widthPx: width, heightPx, cropWindow, budgetSpp }: FilmShape) {
    const outputs = filmOutputs(["depth", "id"]);
    this.spec = { widthPx: width, heightPx, cropWindow, tileSizePx: 16, outputs, maxSpp: 4096 };
    this.budgetSpp = budgetSpp;
    this.pixelCount = areaPx(cropWindow);
    const { pixelCount } = this;
    this.#before = Array.from({ length: sumCount }, () => new Float64Array(pixelCount * (budgetSpp + 1)));
    this.#depth = new Float32Array(pixelCount * budgetSpp);
    this.#id = new Float32Array(pixelCount * budgetSpp);
    for (let sample = 0; sample < budgetSpp; sample++) {
      for (let pixel = 0; pixel < pixelCount; pixel++) this.#makeSample(sample, pixel);
    }
  }

  #makeSample(sample: number, pixel: number): void {
    const width = widthPx(this.spec.cropWindow);
    const x = this.spec.cropWindow.x0 + (pixel % width);
    const y = this.spec.cropWindow.y0 + Math.floor(pixel / width);
    const noise = hash(x, y, sample);
    // 0 to 1 in multiples of 2⁻¹²: its square is exact in the film's 2⁻²⁴.
    const amplitude = 1 / (1 + ((x >> 4) + (y >> 4)));
    const level = Math.floor((0.5 + amplitude * ((noise % 4096) / 4096 - 0.5)) * 4096);
    const values = [level * 4096, level * 4096, level * 4096, 2 ** 24, level * level];
    const at = sample * this.pixelCount + pixel;
    for (let channel = 0; channel < sumCount; channel++) {
      this.#before[channel][at + this.pixelCount] = this.#before[channel][at] + values[channel];
    }
    const step = (noise >>> 12) % 8;
    this.#depth[at] = step === 0 ? Number.POSITIVE_INFINITY : step / 4;
    this.#id[at] = step === 0 ? 0 : 1 + ((noise >>> 16) % 3);
  }

  /** Visits the pixels of `rect`, by their index in the crop window. */
  eachPixel(rect: PixelRect, visit: (pixel: number) => void): void {
    const { cropWindow } = this.spec;
    const width = widthPx(cropWindow);
    for (let y = rect.y0; y < rect.y1; y++) {
      const row = (y - cropWindow.y0) * width - cropWindow.x0;
      for (let x = rect.x0; x < rect.x1; x++) visit(row + x);
    }
  }

  /** What an honest computation sends for a unit. */
  planesOf(unit: Unit): WirePlane[] {
    if (isCoarse(unit)) return filmChannels(this.spec).map(() => plane("constant", new Float64Array([0])));
    const { rect, sampleBegin, sampleEnd } = unit;
    const { pixelCount } = this;
    const area = areaPx(rect);
    const planes: WirePlane[] = [];
    for (const before of this.#before) {
      const values = new Int32Array(area);
      let at = 0;
      this.eachPixel(rect, (pixel) => {
        values[at++] = before[sampleEnd * pixelCount + pixel] - before[sampleBegin * pixelCount + pixel];
      });
      planes.push(plane("int32", values));
    }
    const depth = new Float32Array(area);
    const id = new Float32Array(area);
    let at = 0;
    this.eachPixel(rect, (pixel) => {
      [depth[at], id[at]] = this.#closest(pixel, sampleBegin, sampleEnd, () => true);
      at++;
    });
    return [...planes, plane("float32", depth), plane("float32", id)];
  }

  /** The film with exactly these samples: `has(pixel, sample)`. */
  filmWith(has: (pixel: number, sample: number) => boolean): FilmPlanes {
    const { pixelCount, budgetSpp } = this;
    const counts = new Uint32Array(pixelCount);
    const sums = this.#before.map(() => new Float64Array(pixelCount));
    const depths = new Float32Array(pixelCount);
    const ids = new Float32Array(pixelCount);
    for (let pixel = 0; pixel < pixelCount; pixel++) {
      for (let sample = 0; sample < budgetSpp; sample++) {
        if (!has(pixel, sample)) continue;
        counts[pixel]++;
        const at = sample * pixelCount + pixel;
        for (let channel = 0; channel < sumCount; channel++) {
          const before = this.#before[channel];
          sums[channel][pixel] += before[at + pixelCount] - before[at];
        }
      }
      [depths[pixel], ids[pixel]] = this.#closest(pixel, 0, budgetSpp, (sample) => has(pixel, sample));
    }
    return { spec: this.spec, counts, planes: [...sums, depths, ids] };
  }

  get wholeSha256(): string {
    this.#wholeSha256 ??= filmSha256(this.filmWith(() => true));
    return this.#wholeSha256;
  }

  #closest(pixel: number, begin: number, end: number, has: (sample: number) => boolean): [number, number] {
    let depth = Number.POSITIVE_INFINITY;
    let id = 0;
    let isFirst = true;
    for (let sample = begin; sample < end; sample++) {
      if (!has(sample)) continue;
      const at = sample * this.pixelCount + pixel;
      const isNearer = this.#depth[at] < depth || (this.#depth[at] === depth && this.#id[at] < id);
      if (isFirst || isNearer) [depth, id] = [this.#depth[at], this.#id[at]];
      isFirst = false;
    }
    return [depth, id];
  }
}

function plane(encoding: WirePlane["encoding"], values: Int32Array | Float32Array | Float64Array): WirePlane {
  return { encoding, bytes: new Uint8Array(values.buffer) };
}

/** MurmurHash3's finish over the three. */
function hash(x: number, y: number, sample: number): number {
  let state = Math.imul(x + 1, 0x9e3779b1) ^ Math.imul(y + 1, 0x85ebca77) ^ Math.imul(sample + 1, 0xc2b2ae3d);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
