// The demo scene's surroundings: a dim studio with two soft boxes and a strip light, written as a Radiance picture.
import { ramp } from "./noise.ts";

const widthPx = 256;
const heightPx = 128;

interface SoftBox {
  /** Degrees from +Z towards +X, and above the horizon: the box's middle. */
  readonly azimuthDeg: number;
  readonly elevationDeg: number;
  readonly widthDeg: number;
  readonly heightDeg: number;
  readonly radiance: readonly [number, number, number];
}

const softBoxes: readonly SoftBox[] = [
  { azimuthDeg: 75, elevationDeg: 32, widthDeg: 50, heightDeg: 44, radiance: [2.6, 2.9, 3.3] },
  { azimuthDeg: -146, elevationDeg: 54, widthDeg: 18, heightDeg: 34, radiance: [7.5, 6.4, 5] },
  { azimuthDeg: 38, elevationDeg: 14, widthDeg: 13, heightDeg: 46, radiance: [2.2, 2.2, 2.2] },
  { azimuthDeg: 0, elevationDeg: 80, widthDeg: 140, heightDeg: 16, radiance: [1.8, 1.8, 1.9] },
];

/** Run lengths as Radiance writes them, so that the file stays small. */
export function skyFile(): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from(`#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y ${heightPx} +X ${widthPx}\n`)];
  for (let row = 0; row < heightPx; row++) {
    const rgbe = new Uint8Array(widthPx * 4);
    for (let column = 0; column < widthPx; column++) rgbe.set(toRgbe(radiance(column, row)), column * 4);
    parts.push(Uint8Array.of(2, 2, widthPx >> 8, widthPx & 255));
    for (let component = 0; component < 4; component++)
      parts.push(runLengths(rgbe.filter((_, i) => i % 4 === component)));
  }
  return Buffer.concat(parts);
}

/** Orientation as in node-agent/scene/description.ts: the middle of the map is +Z, behind the camera. */
function radiance(column: number, row: number): [number, number, number] {
  const azimuthDeg = (0.5 - (column + 0.5) / widthPx) * 360;
  const elevationDeg = 90 - ((row + 0.5) / heightPx) * 180;
  // What the camera sees behind the table: a wall with a pool of warm light, darker upwards.
  const fromBack = 180 - Math.abs(azimuthDeg);
  const pool = Math.exp(-((fromBack / 38) ** 2) - ((elevationDeg - 4) / 26) ** 2);
  const upper = ramp(-30, 70, elevationDeg);
  const color: [number, number, number] = [
    0.05 + 0.05 * upper + 0.145 * pool,
    0.055 + 0.065 * upper + 0.165 * pool,
    0.07 + 0.09 * upper + 0.145 * pool,
  ];
  for (const box of softBoxes) {
    const turned = ((azimuthDeg - box.azimuthDeg + 540) % 360) - 180;
    const edge = (offset: number, sizeDeg: number) => 1 - ramp(sizeDeg / 2 - 3, sizeDeg / 2 + 1, Math.abs(offset));
    const share = edge(turned, box.widthDeg) * edge(elevationDeg - box.elevationDeg, box.heightDeg);
    for (let k = 0; k < 3; k++) color[k]! += share * box.radiance[k]!;
  }
  return color;
}

function toRgbe(color: readonly [number, number, number]): [number, number, number, number] {
  const most = Math.max(...color);
  if (most < 1e-32) return [0, 0, 0, 0];
  const exponent = Math.floor(Math.log2(most)) + 1;
  const scale = 2 ** (8 - exponent);
  const mantissa = (value: number) => Math.min(255, Math.round(value * scale));
  return [mantissa(color[0]), mantissa(color[1]), mantissa(color[2]), exponent + 128];
}

function runLengths(values: Uint8Array): Uint8Array {
  const out: number[] = [];
  let literal: number[] = [];
  const flush = () => {
    if (literal.length > 0) out.push(literal.length, ...literal);
    literal = [];
  };
  for (let i = 0; i < values.length; ) {
    let length = 1;
    while (length < 127 && values[i + length] === values[i]) length++;
    if (length >= 4) {
      flush();
      out.push(128 + length, values[i]!);
    } else {
      if (literal.length + length > 128) flush();
      literal.push(...values.subarray(i, i + length));
    }
    i += length;
  }
  flush();
  return Uint8Array.from(out);
}
