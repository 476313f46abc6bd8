import { describe, expect, it } from "vitest";
import type { Contribution } from "../../../merger/contribution-reader.ts";
import { Film } from "../../../merger/film.ts";
import { filmSha256 } from "../../../merger/film-hash.ts";
import { filmChannels } from "../../../proto/film-spec.ts";
import type { WirePlane } from "../../../proto/wire-plane.ts";
import { contributionOf, filmSpecOf, wirePlane } from "./analytic-samples.ts";

const spec = filmSpecOf();
const rect = { x0: 0, y0: 0, x1: 4, y1: 4 };
const good = contributionOf(spec, rect, 0, 2);
const channels = filmChannels(spec);
const planeOf = (output: string) => channels.findIndex((channel) => channel.output === output);
/** Above what two samples may sum to: 2 · 2⁴¹. */
const sumMax = 2 ** 42;

function withPlane(output: string, plane: WirePlane): Contribution {
  return { ...good, planes: good.planes.map((one, index) => (index === planeOf(output) ? plane : one)) };
}

function filled(encoding: "int32" | "float64" | "float32", value: number): WirePlane {
  return wirePlane(encoding, new Array(16).fill(0).with(9, value));
}

const cases: readonly (readonly [string, Contribution])[] = [
  ["a plane too few", { ...good, planes: good.planes.slice(1) }],
  ["a plane too many", { ...good, planes: [...good.planes, good.planes[0]] }],
  ["no samples", { ...good, sampleCount: 0 }],
  ["a fraction of a sample", { ...good, sampleCount: 1.5 }],
  ["more samples than the film holds", { ...good, sampleCount: 4097 }],
  ["a sum as float32", withPlane("beauty", filled("float32", 1))],
  ["a depth as float64", withPlane("depth", filled("float64", 1))],
  ["a depth as int32", withPlane("depth", filled("int32", 1))],
  ["a plane too short", withPlane("beauty", wirePlane("int32", [1, 2, 3]))],
  ["a plane too long", withPlane("beauty", wirePlane("int32", new Array(17).fill(1)))],
  ["a constant of no bytes", withPlane("alpha", { encoding: "constant", bytes: new Uint8Array(0) })],
  ["a NaN in a sum", withPlane("beauty", filled("float64", Number.NaN))],
  ["a constant NaN", withPlane("alpha", wirePlane("constant", [Number.NaN]))],
  ["an infinite sum", withPlane("beauty", filled("float64", Number.POSITIVE_INFINITY))],
  ["a fraction of a quantum", withPlane("beauty", filled("float64", 0.5))],
  ["a sum above the clamp", withPlane("beauty", filled("float64", sumMax + 1))],
  ["a sum below the clamp", withPlane("beauty", filled("float64", -sumMax - 1))],
  ["a constant above the clamp", withPlane("alpha", wirePlane("constant", [sumMax + 1]))],
  ["a NaN depth", withPlane("depth", filled("float32", Number.NaN))],
  ["a depth of minus infinity", withPlane("depth", filled("float32", Number.NEGATIVE_INFINITY))],
  ["a constant depth that is no float32", withPlane("depth", wirePlane("constant", [0.1]))],
  ["an infinite position", withPlane("position", filled("float32", Number.POSITIVE_INFINITY))],
  ["a NaN id", withPlane("id", filled("float32", Number.NaN))],
  ["an empty rectangle", { ...good, rect: { x0: 4, y0: 0, x1: 4, y1: 4 } }],
  ["a rectangle turned over", { ...good, rect: { x0: 4, y0: 4, x1: 0, y1: 0 } }],
  ["a rectangle beyond the film", { ...good, rect: { x0: 38, y0: 0, x1: 42, y1: 4 } }],
  ["a fractional rectangle", { ...good, rect: { x0: 0.5, y0: 0, x1: 4.5, y1: 4 } }],
  ["a NaN rectangle", { ...good, rect: { x0: Number.NaN, y0: 0, x1: 4, y1: 4 } }],
];

describe("contribution reader", () => {
  it.each(cases)("%s → message-malformed, and the film is unchanged", (_name, bad) => {
    const film = new Film(spec);
    film.add(good);
    const before = filmSha256(film);
    expect(() => film.add(bad)).toThrow(expect.objectContaining({ code: "message-malformed" }));
    expect(filmSha256(film)).toBe(before);
  });

  it("a sum at the clamp exactly is admitted", () => {
    const film = new Film(spec);
    film.add(withPlane("beauty", filled("float64", -sumMax)));
    expect(film.planes[planeOf("beauty")][40 * 2 + 1]).toBe(-sumMax);
  });

  it("a last plane that is malformed → the planes before it are not added either", () => {
    const film = new Film(spec);
    const before = filmSha256(film);
    expect(() => film.add(withPlane("id", filled("float32", Number.NaN)))).toThrow();
    expect(filmSha256(film)).toBe(before);
  });
});
