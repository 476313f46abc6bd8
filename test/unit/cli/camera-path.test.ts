// A camera's path: its form as text, where the camera is on it, and how it is noted down.
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CameraPath,
  cameraAt,
  cameraPathFromText,
  cameraPathToText,
  pathSeconds,
  withCamera,
} from "../../../cli/camera-path.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { CameraChoiceSchema } from "../../../proto/gen/arras/v1/scene_pb.ts";

const camera = (x: number, more = {}) =>
  create(CameraChoiceSchema, { lookFrom: [x, 1, 5], lookAt: [0, 0, 0], verticalFovDeg: 40, ...more });
const named = (name: string) => create(CameraChoiceSchema, { name });
const text = (cameras: unknown, version: unknown = 1) => JSON.stringify({ arrasCameraPath: version, cameras });

function refusal(of: string): string {
  try {
    cameraPathFromText(of, "p.json");
  } catch (thrown) {
    if (thrown instanceof ArrasError && thrown.code === "usage") return thrown.message;
    throw thrown;
  }
  return "taken";
}

describe("a camera path's file", () => {
  it("written and read -> the same path, to a millisecond", () => {
    // JSON has no negative zero.
    const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0);
    const cameras = fc.oneof(
      fc.constant(named("closeup")),
      fc
        .record({ x: finite, fov: fc.double({ min: 1, max: 170, noNaN: true }) })
        .map(({ x, fov }) => camera(x, { verticalFovDeg: fov, apertureRadius: 0.01 })),
    );
    const paths = fc.array(fc.record({ camera: cameras, gapMs: fc.integer({ min: 1, max: 5000 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(paths, (steps) => {
        let atMs = 0;
        const path: CameraPath = steps.map((step) => {
          atMs += step.gapMs;
          return { atS: atMs / 1000, camera: step.camera };
        });
        expect(cameraPathFromText(cameraPathToText(path), "p.json")).toEqual(path);
      }),
    );
  });

  it("a file by hand -> what it says and nothing else", () => {
    const path = cameraPathFromText(
      text([
        { at: 0, name: "a" },
        { at: 2, lookFrom: [1, 2, 3] },
      ]),
      "p.json",
    );
    expect(path).toEqual([
      { atS: 0, camera: named("a") },
      { atS: 2, camera: create(CameraChoiceSchema, { lookFrom: [1, 2, 3] }) },
    ]);
    expect(pathSeconds(path)).toBe(2);
  });

  it("no path -> refused, saying why", () => {
    expect(refusal("{")).toMatch(/p\.json is no camera path: .*JSON/);
    expect(refusal(text([]))).toContain("cameras");
    expect(refusal(text([{ at: 0 }], 2))).toContain("arrasCameraPath");
    expect(refusal(text([{ at: 1 }, { at: 1 }]))).toContain("camera 2 is at 1 s");
    expect(refusal(text([{ at: 0, lookfrom: [1, 2, 3] }]))).toContain("lookfrom");
    expect(refusal(text([{ at: 0, lookFrom: [1, 2] }]))).toContain("lookFrom");
    expect(refusal(text([{ at: 0 }, { at: 1, lookFrom: [1, 2, 3], lookAt: [1, 2, 3] }]))).toContain("camera 2: ");
    expect(refusal(text([{ at: -1 }]))).toContain("at");
  });
});

describe("the camera on its path", () => {
  const path: CameraPath = [
    { atS: 1, camera: camera(0) },
    { atS: 3, camera: camera(4, { verticalFovDeg: 60 }) },
    { atS: 4, camera: named("closeup") },
    { atS: 6, camera: camera(9) },
  ];

  it("before it, after it -> at its nearer end", () => {
    expect(cameraAt(path, 0)).toEqual(camera(0));
    expect(cameraAt(path, 1)).toEqual(camera(0));
    expect(cameraAt(path, 99)).toEqual(camera(9));
  });

  it("between two -> on the line between them", () => {
    expect(cameraAt(path, 2)).toEqual(camera(2, { verticalFovDeg: 50 }));
    expect(cameraAt(path, 1.5)).toEqual(camera(1, { verticalFovDeg: 45 }));
  });

  it("to and from one by its name -> jumps", () => {
    expect(cameraAt(path, 3.9)).toEqual(camera(4, { verticalFovDeg: 60 }));
    expect(cameraAt(path, 4)).toEqual(named("closeup"));
    expect(cameraAt(path, 5.9)).toEqual(named("closeup"));
  });

  it("one that says less -> jumps; a lens only one of them has -> stays as it was", () => {
    const less = create(CameraChoiceSchema, { lookFrom: [9, 9, 9] });
    const jump: CameraPath = [
      { atS: 0, camera: camera(0) },
      { atS: 1, camera: less },
    ];
    expect(cameraAt(jump, 0.9)).toEqual(camera(0));
    const lens: CameraPath = [
      { atS: 0, camera: camera(0, { apertureRadius: 0.1 }) },
      { atS: 1, camera: camera(2) },
    ];
    expect(cameraAt(lens, 0.5)).toEqual(camera(1, { apertureRadius: 0.1 }));
  });
});

describe("a camera that is noted down", () => {
  const noted = (...steps: [number, number][]) =>
    steps.reduce<CameraPath>((path, [atS, x]) => withCamera(path, { atS, camera: camera(x) }, 0.1), []);

  it("it stands -> nothing; it moves on -> it stood until just before", () => {
    expect(noted([0, 1], [0.1, 1], [0.2, 1])).toHaveLength(1);
    expect(noted([0, 1], [0.1, 1], [5, 2])).toEqual([
      { atS: 0, camera: camera(1) },
      { atS: 4.9, camera: camera(1) },
      { atS: 5, camera: camera(2) },
    ]);
  });

  it("it moves all the time -> each place", () => {
    expect(noted([0, 1], [0.1, 2], [0.2, 3]).map(({ camera: each }) => each.lookFrom[0])).toEqual([1, 2, 3]);
  });
});
