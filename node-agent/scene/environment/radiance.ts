// Reads Radiance pictures (.hdr, .pic; RGBE and XYZE) into linear Rec. 709 floats, as the file format page of Ward's
// "Real Pixels" and the Radiance manual describe them: flat, old and new run lengths, any orientation. Pure.
// No library here keeps the floats: sharp's libvips comes without Radiance support.

export interface RadiancePicture {
  readonly widthPx: number;
  readonly heightPx: number;
  /** rgb, rows top to bottom, EXPOSURE and COLORCORR undone. */
  readonly pixels: Float32Array;
}

/** What is wrong with a file; the caller knows its name. */
export class RadianceFault extends Error {}

export function isRadiance(bytes: Uint8Array): boolean {
  return bytes[0] === 0x23 && bytes[1] === 0x3f;
}

/** Throws RadianceFault. `sidePxMax` is checked before anything is allocated. */
export function decodeRadiance(bytes: Uint8Array, sidePxMax: number): RadiancePicture {
  const header = readHeader(bytes, sidePxMax);
  const { layout } = header;
  const rgbe = readScanlines(bytes, header.endOffset, layout);
  return { widthPx: layout.widthPx, heightPx: layout.heightPx, pixels: toFloats(rgbe, header) };
}

interface Layout {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Scanlines run along x (usual) or along y; each axis may run backwards. */
  readonly isColumnMajor: boolean;
  readonly flipX: boolean;
  readonly flipY: boolean;
}

interface Header {
  readonly layout: Layout;
  readonly endOffset: number;
  readonly isXyz: boolean;
  /** What to multiply each channel with. */
  readonly gain: readonly [number, number, number];
}

/** A header line is short; without this bound a broken file would be searched to its end. */
const lineSizeBytesMax = 2048;

function readHeader(bytes: Uint8Array, sidePxMax: number): Header {
  if (!isRadiance(bytes)) throw new RadianceFault('It does not start with "#?"');
  let offset = 0;
  let isXyz = false;
  let divisor: [number, number, number] = [1, 1, 1];
  const nextLine = (): string => {
    const end = bytes.indexOf(10, offset);
    if (end < 0 || end - offset > lineSizeBytesMax) throw new RadianceFault("Its header does not end");
    const line = String.fromCharCode(...bytes.subarray(offset, end));
    offset = end + 1;
    return line.replace(/\r$/, "");
  };
  for (let line = nextLine(); line !== ""; line = nextLine()) {
    const [, key, value] = /^\s*([A-Z]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === "FORMAT") {
      if (value !== "32-bit_rle_rgbe" && value !== "32-bit_rle_xyze")
        throw new RadianceFault(`Its format is ${value?.slice(0, 40)}`);
      isXyz = value === "32-bit_rle_xyze";
    } else if (key === "EXPOSURE" || key === "COLORCORR") {
      const factors = value!.trim().split(/\s+/).map(Number);
      const [r, g, b] =
        key === "EXPOSURE" ? [factors[0]!, factors[0]!, factors[0]!] : (factors as [number, number, number]);
      if (![r, g, b].every((factor) => Number.isFinite(factor) && factor > 0))
        throw new RadianceFault(`Its ${key} is ${value?.slice(0, 40)}`);
      divisor = [divisor[0] * r, divisor[1] * g, divisor[2] * b];
    }
  }
  const layout = readLayout(nextLine(), sidePxMax);
  return { layout, endOffset: offset, isXyz, gain: [1 / divisor[0], 1 / divisor[1], 1 / divisor[2]] };
}

function readLayout(line: string, sidePxMax: number): Layout {
  const [, sign1, axis1, count1, sign2, axis2, count2] =
    /^([+-])([XY])\s+(\d+)\s+([+-])([XY])\s+(\d+)\s*$/.exec(line) ?? [];
  if (axis1 === undefined || axis1 === axis2) throw new RadianceFault(`Its resolution line is "${line.slice(0, 40)}"`);
  const isColumnMajor = axis1 === "X";
  const [rowSign, columnSign] = isColumnMajor ? [sign2, sign1] : [sign1, sign2];
  const [heightPx, widthPx] = (isColumnMajor ? [count2, count1] : [count1, count2]).map(Number) as [number, number];
  if (widthPx < 1 || heightPx < 1) throw new RadianceFault("It has no pixels");
  if (widthPx > sidePxMax || heightPx > sidePxMax) {
    throw new RadianceFault(`It has ${widthPx}×${heightPx} pixels; environmentSidePxMax is ${sidePxMax}`);
  }
  // "-Y" counts y, which points up, downwards: rows from top to bottom, as ours.
  return { widthPx, heightPx, isColumnMajor, flipX: columnSign === "-", flipY: rowSign === "+" };
}

function readScanlines(bytes: Uint8Array, start: number, { widthPx, heightPx, isColumnMajor }: Layout): Uint8Array {
  const [length, count] = isColumnMajor ? [heightPx, widthPx] : [widthPx, heightPx];
  // The tightest code gives 127 values for 2 bytes: a file cannot be far shorter than its pixels.
  if ((bytes.length - start) * 128 < length * count) throw new RadianceFault("It ends before its pixels do");
  const rgbe = new Uint8Array(widthPx * heightPx * 4);
  let offset = start;
  for (let line = 0; line < count; line++) {
    const target = rgbe.subarray(line * length * 4, (line + 1) * length * 4);
    const isNewRle =
      length >= 8 &&
      length < 32768 &&
      bytes[offset] === 2 &&
      bytes[offset + 1] === 2 &&
      (bytes[offset + 2]! & 0x80) === 0;
    offset = isNewRle
      ? readNewRle(bytes, offset, target, length, line)
      : readOldRle(bytes, offset, target, length, line);
  }
  return rgbe;
}

/** Four runs of one component each. */
function readNewRle(bytes: Uint8Array, start: number, target: Uint8Array, length: number, line: number): number {
  if (((bytes[start + 2]! << 8) | bytes[start + 3]!) !== length)
    throw new RadianceFault(`Scanline ${line} has another length`);
  let offset = start + 4;
  for (let component = 0; component < 4; component++) {
    for (let pixel = 0; pixel < length; ) {
      const code = bytes[offset++];
      const runLength = code === undefined ? 0 : code > 128 ? code - 128 : code;
      const isRun = code !== undefined && code > 128;
      if (runLength === 0 || pixel + runLength > length || offset + (isRun ? 1 : runLength) > bytes.length) {
        throw new RadianceFault(`Scanline ${line} breaks off or runs over its end`);
      }
      for (let i = 0; i < runLength; i++) target[(pixel + i) * 4 + component] = bytes[isRun ? offset : offset + i]!;
      offset += isRun ? 1 : runLength;
      pixel += runLength;
    }
  }
  return offset;
}

/** Whole pixels; (1, 1, 1, n) repeats the one before n times, and directly following ones count in 256ths. */
function readOldRle(bytes: Uint8Array, start: number, target: Uint8Array, length: number, line: number): number {
  let offset = start;
  let shift = 0;
  for (let pixel = 0; pixel < length; offset += 4) {
    if (offset + 4 > bytes.length) throw new RadianceFault(`Scanline ${line} breaks off`);
    if (bytes[offset] === 1 && bytes[offset + 1] === 1 && bytes[offset + 2] === 1) {
      const runLength = bytes[offset + 3]! * 2 ** shift;
      if (pixel === 0 || pixel + runLength > length || shift > 24)
        throw new RadianceFault(`Scanline ${line} repeats beyond its ends`);
      for (let i = 0; i < runLength; i++, pixel++) target.copyWithin(pixel * 4, (pixel - 1) * 4, pixel * 4);
      shift += 8;
    } else {
      target.set(bytes.subarray(offset, offset + 4), pixel * 4);
      pixel++;
      shift = 0;
    }
  }
  return offset;
}

/** mantissa / 256 · 2^(exponent − 128), without Ward's half step: as every other reader has it, and 0 stays 0. */
function toFloats(rgbe: Uint8Array, { layout, isXyz, gain }: Header): Float32Array {
  const { widthPx, heightPx, isColumnMajor, flipX, flipY } = layout;
  const scales = Float64Array.from({ length: 256 }, (_, exponent) => (exponent === 0 ? 0 : 2 ** (exponent - 136)));
  const [stepX, stepY] = isColumnMajor ? [heightPx, 1] : [1, widthPx];
  const pixels = new Float32Array(widthPx * heightPx * 3);
  for (let y = 0, to = 0; y < heightPx; y++) {
    const row = (flipY ? heightPx - 1 - y : y) * stepY;
    for (let x = 0; x < widthPx; x++, to += 3) {
      const from = (row + (flipX ? widthPx - 1 - x : x) * stepX) * 4;
      const scale = scales[rgbe[from + 3]!]!;
      pixels[to] = rgbe[from]! * scale * gain[0];
      pixels[to + 1] = rgbe[from + 1]! * scale * gain[1];
      pixels[to + 2] = rgbe[from + 2]! * scale * gain[2];
    }
  }
  if (isXyz)
    for (let i = 0; i < pixels.length; i += 3) pixels.set(xyzToRec709(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!), i);
  return pixels;
}

/** Rec. 709 primaries with D65 white (IEC 61966-2-1). */
function xyzToRec709(x: number, y: number, z: number): [number, number, number] {
  return [
    3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
    -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
  ];
}
