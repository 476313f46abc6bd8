// Reads a contribution's bytes as numbers and refuses whatever could spoil a film: wrong count, wrong length, NaN,
// values that no renderer can have summed. It reads everything before anything is merged and changes no film.
import { ArrasError } from "../proto/errors.ts";
import {
  type FilmChannel,
  type FilmSpec,
  filmChannels,
  quantumsPerUnit,
  sampleClampLimit,
} from "../proto/film-spec.ts";
import type { PixelRect } from "../proto/rect.ts";
import { planeSizeBytes, type WirePlane } from "../proto/wire-plane.ts";

/** What one attempt summed over `sampleCount` samples of every pixel of `rect`; planes as `filmChannels` orders them. */
export interface Contribution {
  readonly rect: PixelRect;
  readonly sampleCount: number;
  readonly planes: readonly WirePlane[];
}

/** Sums are integers in units of 2⁻²⁴; the rest are plain values. Rows top to bottom, one value a pixel. */
export type PlaneValues =
  | { readonly t: "constant"; readonly value: number }
  /** As they came: little-endian, four bytes a value, at any offset. Most planes are of this kind. */
  | { readonly t: "int32"; readonly bytes: Uint8Array }
  | { readonly t: "perPixel"; readonly values: Float64Array | Float32Array };

export class ContributionReader {
  readonly #channels: readonly FilmChannel[];
  readonly #maxSpp: number;
  readonly #quantumsPerSampleMax: number;
  /** Messages are decoded in place, so planes start at any offset; those that must be looked at are moved here. */
  #aligned = new ArrayBuffer(0);

  constructor(spec: FilmSpec) {
    this.#channels = filmChannels(spec);
    this.#maxSpp = spec.maxSpp;
    this.#quantumsPerSampleMax = sampleClampLimit(spec.maxSpp) * quantumsPerUnit;
  }

  /**
   * One entry a film channel, valid until the next call and as long as `planes` are. `pixelCount` values are expected in every plane that is not
   * constant. Throws `message-malformed`.
   */
  read(planes: readonly WirePlane[], pixelCount: number, sampleCount: number): PlaneValues[] {
    if (!Number.isSafeInteger(sampleCount) || sampleCount < 1 || sampleCount > this.#maxSpp) {
      throw malformed(`sample count ${sampleCount} is not an integer from 1 to ${this.#maxSpp}`);
    }
    if (planes.length !== this.#channels.length) {
      throw malformed(`${planes.length} planes, where the film has ${this.#channels.length}`);
    }
    // Of no pixels, too, a constant is one value: a coarse unit of a narrow tile may have no point.
    this.#reserve(Math.max(1, pixelCount));
    const sumMax = sampleCount * this.#quantumsPerSampleMax;
    return planes.map((plane, index) => this.#readPlane(plane, index, pixelCount, sumMax));
  }

  #reserve(pixelCount: number): void {
    const sizeBytes = this.#channels.length * pixelCount * 8;
    if (this.#aligned.byteLength < sizeBytes) this.#aligned = new ArrayBuffer(sizeBytes);
  }

  #readPlane(plane: WirePlane, index: number, pixelCount: number, sumMax: number): PlaneValues {
    const { encoding, bytes } = plane;
    const { op } = this.#channels[index];
    const allowed = op === "sum" ? sumEncodings : valueEncodings;
    if (!allowed.has(encoding)) throw this.#malformed(plane, index, `has an encoding that a ${op} plane cannot have`);
    const sizeBytes = planeSizeBytes(encoding, pixelCount);
    if (bytes.byteLength !== sizeBytes) {
      const what = `has ${bytes.byteLength} bytes, where ${pixelCount} pixels take ${sizeBytes}`;
      throw this.#malformed(plane, index, what);
    }
    // Every int32 is a possible sum: the limit for one sample is above 2³².
    if (encoding === "int32") return { t: "int32", bytes };
    const values = this.#moved(bytes, encoding, index * pixelCount * 8);
    const sound =
      op === "sum" ? areSums(values, sumMax) : op === "min" ? areDepths(values, encoding) : areFinite(values, encoding);
    if (!sound) throw this.#malformed(plane, index, `has a value that no ${op} of this film's samples can be`);
    return encoding === "constant" ? { t: "constant", value: values[0] + 0 } : { t: "perPixel", values };
  }

  #malformed({ encoding }: WirePlane, index: number, what: string): ArrasError {
    const { output, channel } = this.#channels[index];
    return malformed(`plane ${index} (${output}.${channel}, ${encoding}) ${what}`);
  }

  #moved(bytes: Uint8Array, encoding: "constant" | "float64" | "float32", offset: number): Float64Array | Float32Array {
    new Uint8Array(this.#aligned, offset, bytes.byteLength).set(bytes);
    return encoding === "float32"
      ? new Float32Array(this.#aligned, offset, bytes.byteLength / 4)
      : new Float64Array(this.#aligned, offset, bytes.byteLength / 8);
  }
}

export function malformed(what: string): ArrasError {
  return new ArrasError("message-malformed", {
    message: `Contribution refused: ${what}`,
    action: "The sender's version or film differs from the merger's; restart the computation and report it.",
  });
}

const sumEncodings: ReadonlySet<string> = new Set(["constant", "int32", "float64"]);
const valueEncodings: ReadonlySet<string> = new Set(["constant", "float32"]);

// Comparisons are written so that NaN fails them.

function areSums(values: Float64Array | Float32Array, sumMax: number): boolean {
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (!(Math.abs(value) <= sumMax && Math.trunc(value) === value)) return false;
  }
  return true;
}

/** Depth is +∞ where nothing was hit. A constant must be a float32 too, or it would not equal the same value per pixel. */
function areDepths(values: Float64Array | Float32Array, encoding: string): boolean {
  if (encoding === "constant") return values[0] > Number.NEGATIVE_INFINITY && Math.fround(values[0]) === values[0];
  for (let at = 0; at < values.length; at++) if (!(values[at] > Number.NEGATIVE_INFINITY)) return false;
  return true;
}

function areFinite(values: Float64Array | Float32Array, encoding: string): boolean {
  if (encoding === "constant" && Math.fround(values[0]) !== values[0]) return false;
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return false;
  return true;
}
