import { describe, expect, it } from "vitest";
import {
  planeBounds,
  readTilePlane,
  shortestEncoding,
  tilePlaneSizeBytes,
  writeTilePlane,
} from "../../../../merger/checkpoint/tile-plane.ts";
import { filmChannels } from "../../../../proto/film-spec.ts";
import { TilePlaneEncoding as Encoding } from "../../../../proto/gen/arras/v1/checkpoint_pb.ts";
import { filmSpecOf } from "../analytic-samples.ts";

const spec = filmSpecOf();
const channelOf = (output: string) => filmChannels(spec).find((channel) => channel.output === output)!;
const sums = planeBounds(spec, channelOf("beauty"), 4096);
/** Three columns and two rows in the middle of a plane five wide. */
const place = { offset: 6, stridePx: 5, widthPx: 3, heightPx: 2 };
const inside = [6, 7, 8, 11, 12, 13];

function planeOf(values: readonly number[], Plane: typeof Float64Array | typeof Float32Array = Float64Array) {
  const plane = new Plane(20).fill(-77);
  for (const [at, index] of inside.entries()) plane[index] = values[at % values.length] ?? 0;
  return plane;
}

function throughMemory(plane: Float64Array | Float32Array, bounds = sums, encoding = shortestEncoding(plane, place)) {
  const memory = new ArrayBuffer(200);
  writeTilePlane(plane, place, encoding, memory, 16);
  const back = plane instanceof Float64Array ? new Float64Array(20) : new Float32Array(20);
  const isSound = readTilePlane(back, place, encoding, memory, 16, bounds);
  return { encoding, isSound, values: inside.map((index) => back[index]), outside: back[5] };
}

describe("a tile's plane", () => {
  it.each([
    ["one value", [5], Encoding.CONSTANT],
    ["small sums", [-(2 ** 31), 2 ** 31 - 1, 0], Encoding.INT32],
    ["sums of 33 bits", [2 ** 31, -1, 0], Encoding.INT40],
    ["negative sums of 33 bits", [-(2 ** 31) - 1, 3, 0], Encoding.INT40],
    ["sums of 40 bits", [-(2 ** 39), 2 ** 39 - 1], Encoding.INT40],
    ["sums of 41 bits", [2 ** 39, 7, -1], Encoding.INT48],
    ["sums of 48 bits", [-(2 ** 47), 2 ** 47 - 1], Encoding.INT48],
    ["sums of 53 bits", [2 ** 53 - 1, -(2 ** 53) + 1], Encoding.FLOAT64],
  ] as const)("%s -> the shortest form that is exact, and nothing beside the tile", (_, values, encoding) => {
    const plane = planeOf(values);
    const expected = inside.map((index) => plane[index]);
    expect(throughMemory(plane)).toEqual({ encoding, isSound: true, values: expected, outside: 0 });
  });

  it("depth with nothing hit, positions -> float32, or one value", () => {
    const depth = planeBounds(spec, channelOf("depth"), 1);
    const far = Number.POSITIVE_INFINITY;
    expect(throughMemory(planeOf([far], Float32Array), depth)).toMatchObject({
      encoding: Encoding.CONSTANT,
      isSound: true,
    });
    expect(throughMemory(planeOf([far, 0.5], Float32Array), depth)).toMatchObject({
      encoding: Encoding.FLOAT32,
      isSound: true,
      values: [far, 0.5, far, 0.5, far, 0.5],
    });
  });

  it("what no film holds -> not sound", () => {
    const unsound = (values: readonly number[], output: string, encoding: Encoding) => {
      const bounds = planeBounds(spec, channelOf(output), 1);
      const isSum = bounds.channel.op === "sum";
      const plane = planeOf(values, isSum ? Float64Array : Float32Array);
      return !throughMemory(plane, bounds, encoding).isSound;
    };
    expect(unsound([0.5, 1], "beauty", Encoding.FLOAT64)).toBe(true);
    expect(unsound([Number.NaN, 1], "beauty", Encoding.FLOAT64)).toBe(true);
    expect(unsound([2 ** 41 + 1, 1], "beauty", Encoding.FLOAT64)).toBe(true);
    expect(unsound([Number.NaN, 1], "depth", Encoding.FLOAT32)).toBe(true);
    expect(unsound([Number.NEGATIVE_INFINITY, 1], "depth", Encoding.FLOAT32)).toBe(true);
    expect(unsound([Number.POSITIVE_INFINITY, 1], "position", Encoding.FLOAT32)).toBe(true);
    expect(unsound([1, 2], "position", Encoding.INT32)).toBe(true);
    expect(unsound([1, 2], "beauty", Encoding.FLOAT32)).toBe(true);
    expect(unsound([1, 2], "beauty", Encoding.FLOAT64)).toBe(false);
  });

  it("its size is a multiple of eight; an unknown encoding has none", () => {
    expect([1, 2, 3, 4, 5, 6].map((encoding) => tilePlaneSizeBytes(encoding, 6))).toEqual([8, 24, 32, 40, 48, 24]);
    expect([0, 7, 99].map((encoding) => tilePlaneSizeBytes(encoding, 6))).toEqual([undefined, undefined, undefined]);
  });
});
