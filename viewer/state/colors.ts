// Linear colours as a picker and a strength show them: a picker has eight bits of sRGB, light has no upper end.
import { create } from "@bufbuild/protobuf";
import { type LinearColor, LinearColorSchema } from "../../proto/gen/arras/v1/edits_pb.ts";

type Rgb = readonly [number, number, number];

/** The largest of the three; 0: black. */
export function strengthOf(color: LinearColor | undefined): number {
  return color === undefined ? 0 : Math.max(color.r, color.g, color.b);
}

/** "#rrggbb" of the colour at strength 1; white where it is black: then only its strength is missing. */
export function hueHex(color: LinearColor | undefined): string {
  const strength = strengthOf(color);
  return color === undefined || strength <= 0
    ? "#ffffff"
    : hexOf([color.r / strength, color.g / strength, color.b / strength]);
}

/** "#rrggbb" of a colour from 0 to 1: a reflectance. */
export function reflectanceHex(color: LinearColor | undefined): string {
  return hexOf(color === undefined ? [1, 1, 1] : [color.r, color.g, color.b]);
}

/** `hex` at a strength. */
export function colorOf(hex: string, strength = 1): LinearColor {
  const [r, g, b] = [1, 3, 5].map((at) => strength * linearOf(Number.parseInt(hex.slice(at, at + 2), 16) / 255));
  return create(LinearColorSchema, { r: r ?? 0, g: g ?? 0, b: b ?? 0 });
}

function hexOf(rgb: Rgb): string {
  const codes = rgb.map((value) => Math.round(255 * encoded(Math.max(0, Math.min(1, value)))));
  return `#${codes.map((code) => code.toString(16).padStart(2, "0")).join("")}`;
}

/** IEC 61966-2-1. */
function encoded(value: number): number {
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}

function linearOf(code: number): number {
  return code <= 0.04045 ? code / 12.92 : ((code + 0.055) / 1.055) ** 2.4;
}
