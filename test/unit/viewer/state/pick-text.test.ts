// What was picked, in words.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { PickReplySchema } from "../../../../proto/gen/arras/v1/look_pb.ts";
import { pickRows } from "../../../../viewer/state/pick-text.ts";

describe("a pick", () => {
  it("of a thing -> its names, place and light", () => {
    const rows = pickRows(
      create(PickReplySchema, {
        isHit: true,
        object: "chair",
        material: "wood",
        depth: 2.34567,
        position: [1, 0.5, -3],
        normal: [0, 1, 0],
        lights: [{ id: "lamp", irradiance: { r: 2, g: 1, b: 0 } }],
      }),
    );
    expect(rows.map(({ name, text }) => `${name}: ${text}`)).toEqual([
      "Object: chair",
      "Material: wood",
      "Depth: 2.346 m",
      "Position: 1, 0.5, -3",
      "Normal: 0, 1, 0",
      "Light lamp: 2",
    ]);
  });

  it("of nothing -> that", () => {
    expect(pickRows(create(PickReplySchema))).toEqual([{ name: "Here", text: "nothing" }]);
  });
});
