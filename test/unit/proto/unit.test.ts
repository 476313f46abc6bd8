// Units: keys, sizes, and what a message must hold.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Unit as UnitMessage, UnitSchema } from "../../../proto/gen/arras/v1/common_pb.ts";
import { limits } from "../../../proto/limits.ts";
import {
  isCoarse,
  pixelSampleCount,
  sameUnit,
  type Unit,
  unitFromMessage,
  unitGrid,
  unitKey,
  unitToMessage,
} from "../../../proto/unit.ts";

const unit: Unit = {
  epoch: 2,
  tileIndex: 7,
  rect: { x0: 64, y0: 0, x1: 128, y1: 64 },
  sampleBegin: 4,
  sampleEnd: 8,
  stridePx: 1,
};

describe("unit", () => {
  it("a field that differs -> another key (the tile follows from the rectangle) and not the same unit", () => {
    const others: Unit[] = [
      { ...unit, epoch: 3 },
      { ...unit, rect: { ...unit.rect, x1: 96 } },
      { ...unit, sampleBegin: 5 },
      { ...unit, sampleEnd: 7 },
      { ...unit, stridePx: 8 },
    ];
    for (const other of others) {
      expect(unitKey(other)).not.toBe(unitKey(unit));
      expect(sameUnit(other, unit)).toBe(false);
    }
    expect(sameUnit({ ...unit, tileIndex: 8 }, unit)).toBe(false);
    expect(sameUnit({ ...unit, rect: { ...unit.rect } }, unit)).toBe(true);
  });

  it("a unit and a coarse one -> keys that people can read, and their sizes", () => {
    const coarse = { ...unit, sampleBegin: 0, sampleEnd: 1, stridePx: 8 };
    expect(unitKey(unit)).toBe("e2 64,0-128,64 s4-8");
    expect(unitKey(coarse)).toBe("e2 64,0-128,64 s0-1/8");
    expect([isCoarse(unit), isCoarse(coarse)]).toEqual([false, true]);
    expect([pixelSampleCount(unit), pixelSampleCount(coarse)]).toEqual([16_384, 64]);
  });

  it("any rectangle and stride -> the grid counts the pixels at multiples of the stride in the display window", () => {
    const side = fc.nat(40);
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom(1, 8), (x0, y0, width, height, stridePx) => {
        const rect = { x0, y0, x1: x0 + width, y1: y0 + height };
        const on = (begin: number, end: number) => {
          let count = 0;
          for (let at = begin; at < end; at++) if (at % stridePx === 0) count++;
          return count;
        };
        expect(unitGrid({ rect, stridePx })).toEqual({ columnCount: on(x0, rect.x1), rowCount: on(y0, rect.y1) });
      }),
    );
    const sliver = { ...unit, rect: { x0: 65, y0: 0, x1: 70, y1: 64 }, sampleBegin: 0, sampleEnd: 1, stridePx: 8 };
    expect(pixelSampleCount(sliver)).toBe(0);
  });

  it("a unit crosses the wire -> the same unit", () => {
    const bytes = toBinary(UnitSchema, unitToMessage(unit));
    expect(unitFromMessage(fromBinary(UnitSchema, bytes))).toEqual(unit);
  });

  const message = (change: (message: UnitMessage) => unknown): UnitMessage => {
    const copy = unitToMessage(unit);
    change(copy);
    return copy;
  };
  it.each<[string, UnitMessage | undefined]>([
    ["nothing", undefined],
    ["an empty one", create(UnitSchema)],
    ["no rectangle", message((m) => delete m.rect)],
    ["no samples", message((m) => delete m.samples)],
    ["an empty rectangle", message((m) => Object.assign(m.rect!, { x1: 64 }))],
    ["a rectangle beyond any film", message((m) => Object.assign(m.rect!, { y1: limits.filmSidePxMax + 1 }))],
    ["an empty range", message((m) => Object.assign(m.samples!, { end: 4 }))],
    ["a range beyond sppMax", message((m) => Object.assign(m.samples!, { end: limits.sppMax + 1 }))],
    ["epoch 0", message((m) => Object.assign(m, { epoch: 0 }))],
    ["stride 0", message((m) => Object.assign(m, { stridePx: 0 }))],
    ["stride 2", message((m) => Object.assign(m, { stridePx: 2 }))],
    ["a coarse unit of other samples than 0", message((m) => Object.assign(m, { stridePx: 8 }))],
  ])("%s -> message-malformed", (_, bad) => {
    expect(() => unitFromMessage(bad)).toThrow(expect.objectContaining({ code: "message-malformed" }));
  });
});
