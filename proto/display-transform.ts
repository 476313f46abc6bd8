// Scene-linear Rec. 709 colour → 8-bit sRGB for looking at: exposure, tone curve, encoding. No dither and no
// approximation that depends on the machine beyond Math.pow's last bit, which 8 bits do not show.

export type Tone = "srgb" | "filmic";
export const tones: readonly Tone[] = ["srgb", "filmic"];

export interface DisplayOptions {
  /** Stops: values are multiplied by 2^exposureStops first. */
  readonly exposureStops: number;
  readonly tone: Tone;
}

export interface ColorPlanes {
  readonly r: Float32Array;
  readonly g: Float32Array;
  readonly b: Float32Array;
  /** Coverage; colour is premultiplied by it. */
  readonly a?: Float32Array;
}

/**
 * RGB, 3 bytes a pixel, opaque: premultiplied colour as it is, which is the beauty over black with everything that the
 * camera sees behind it.
 */
export function displayRgb(planes: ColorPlanes, options: DisplayOptions): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(planes.r.length * 3);
  displayPixels(planes, options, out, 3);
  return out;
}

/**
 * RGBA, 4 bytes a pixel, straight alpha as PNG and WebP want it: colour is divided by alpha before the tone curve.
 * Where alpha is 0 (a visible environment) the colour stays, hidden.
 */
export function displayRgba(planes: ColorPlanes, options: DisplayOptions): Uint8Array<ArrayBuffer> {
  const count = planes.r.length;
  const out = new Uint8Array(count * 4);
  const alpha = planes.a ?? new Float32Array(count).fill(1);
  const divide = (plane: Float32Array) => plane.map((value, i) => (alpha[i] > 0 ? value / alpha[i] : value));
  displayPixels({ r: divide(planes.r), g: divide(planes.g), b: divide(planes.b) }, options, out, 4);
  for (let i = 0; i < count; i++) out[i * 4 + 3] = Math.round(255 * Math.min(1, Math.max(0, alpha[i])));
  return out;
}

function displayPixels(planes: ColorPlanes, options: DisplayOptions, out: Uint8Array, bytesPerPixel: number): void {
  const { r, g, b } = planes;
  const gain = 2 ** options.exposureStops;
  const tone = options.tone === "filmic" ? filmic : clip;
  const color: [number, number, number] = [0, 0, 0];
  for (let i = 0, at = 0; i < r.length; i++, at += bytesPerPixel) {
    color[0] = bounded(r[i] * gain);
    color[1] = bounded(g[i] * gain);
    color[2] = bounded(b[i] * gain);
    tone(color);
    out[at] = encodeSrgb(color[0]);
    out[at + 1] = encodeSrgb(color[1]);
    out[at + 2] = encodeSrgb(color[2]);
  }
}

/** Negative and NaN → 0; a bound above which every curve is white keeps ∞ / ∞ away. */
function bounded(value: number): number {
  return value > 0 ? Math.min(value, 1e9) : 0;
}

function clip(): void {}

/** The value that 0.18 must have before the fit below so that 0.18 comes out: the root of fit(v) = 0.18. */
const filmicGain = 0.26314703 / 0.18;

/**
 * Stephen Hill's fit of the ACES reference rendering and sRGB output transforms (BakingLab, ACES.hlsl, MIT licence,
 * github.com/TheRealMJP/BakingLab): sRGB → a space near AP1, a rational curve per channel, and back. Scaled so that
 * middle grey keeps its place, as a change of tone should not be a change of exposure.
 */
function filmic(color: [number, number, number]): void {
  const r = color[0] * filmicGain;
  const g = color[1] * filmicGain;
  const b = color[2] * filmicGain;
  const x = filmicCurve(0.59719 * r + 0.35458 * g + 0.04823 * b);
  const y = filmicCurve(0.076 * r + 0.90834 * g + 0.01566 * b);
  const z = filmicCurve(0.0284 * r + 0.13383 * g + 0.83777 * b);
  color[0] = 1.60475 * x - 0.53108 * y - 0.07367 * z;
  color[1] = -0.10208 * x + 1.10813 * y - 0.00605 * z;
  color[2] = -0.00327 * x - 0.07276 * y + 1.07602 * z;
}

function filmicCurve(v: number): number {
  return Math.max(0, (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.432951) + 0.238081));
}

/** Linear → sRGB (IEC 61966-2-1), the nearest of 256 codes. */
export function encodeSrgb(linear: number): number {
  if (!(linear > 0)) return 0;
  if (linear >= 1) return 255;
  // The first guess is at most one code low, as the table's step is below one code everywhere.
  const guess = codeOf[Math.floor(linear * tableSize)];
  return linear >= thresholds[guess + 1] ? guess + 1 : guess;
}

const tableSize = 8192;

/** `thresholds[c]`: the least linear value whose nearest code is c. Exact, where Math.pow for each pixel is slow. */
const thresholds = Float64Array.from({ length: 257 }, (_, code) => (code === 0 ? 0 : decodeSrgb((code - 0.5) / 255)));

const codeOf = codeTable();

function codeTable(): Uint8Array {
  const table = new Uint8Array(tableSize);
  let code = 0;
  for (let i = 0; i < tableSize; i++) {
    while (code < 255 && i / tableSize >= thresholds[code + 1]) code++;
    table[i] = code;
  }
  return table;
}

function decodeSrgb(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}
