// Environment files on disk: what is refused, what is clamped and said, and that .exr and .hdr give the same.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../../../../host/package-root.ts";
import { readEnvironment } from "../../../../../node-agent/scene/environment/read-environment.ts";
import { refusal, SceneFolder } from "../gltf/small-gltf.ts";

let folder: SceneFolder;
beforeAll(async () => {
  folder = await SceneFolder.create();
});
afterAll(() => folder.close());

const hdr = (resolution: string, body: readonly number[]) =>
  Buffer.concat([Buffer.from(`#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n${resolution}\n`), Uint8Array.from(body)]);

/** A scanline OpenEXR file, uncompressed, B G R float, one row, written by the letter of the format. */
function exr(rows: { r: number; g: number; b: number }[]): Uint8Array {
  const text = (value: string) => Buffer.from(`${value}\0`);
  const int = (...values: number[]) => Buffer.from(new Int32Array(values).buffer);
  const float = (...values: number[]) => Buffer.from(new Float32Array(values).buffer);
  const attribute = (name: string, type: string, value: Uint8Array) =>
    Buffer.concat([text(name), text(type), int(value.length), value]);
  const channel = (name: string) => Buffer.concat([text(name), int(2), Buffer.from([0, 0, 0, 0]), int(1, 1)]);
  const box = int(0, 0, rows.length - 1, 0);
  const header = Buffer.concat([
    int(20000630, 2),
    attribute("channels", "chlist", Buffer.concat([channel("B"), channel("G"), channel("R"), Buffer.from([0])])),
    attribute("compression", "compression", Buffer.from([0])),
    attribute("dataWindow", "box2i", box),
    attribute("displayWindow", "box2i", box),
    attribute("lineOrder", "lineOrder", Buffer.from([0])),
    attribute("pixelAspectRatio", "float", float(1)),
    attribute("screenWindowCenter", "v2f", float(0, 0)),
    attribute("screenWindowWidth", "float", float(1)),
    Buffer.from([0]),
  ]);
  const line = float(...rows.map(({ b }) => b), ...rows.map(({ g }) => g), ...rows.map(({ r }) => r));
  const offset = Buffer.from(new BigInt64Array([BigInt(header.length + 8)]).buffer);
  return Buffer.concat([header, offset, int(0, line.length), line]);
}

const exrPresent = existsSync(join(packageRoot(), "build/exr.node"));
if (!exrPresent) process.stderr.write("read-environment.test.ts skips OpenEXR: build/exr.node is not built\n");

describe("readEnvironment", () => {
  it("a Radiance picture → linear floats, its name and the rotation", async () => {
    const path = await folder.write("two.hdr", hdr("-Y 1 +X 2", [128, 64, 32, 129, 1, 2, 3, 136]));
    const { environment, notices } = await readEnvironment(path, 0.5);
    expect(environment).toEqual({
      name: "two.hdr",
      widthPx: 2,
      heightPx: 1,
      rotationRad: 0.5,
      pixels: Float32Array.of(1, 0.5, 0.25, 1, 2, 3),
    });
    expect(notices).toEqual([]);
  });

  it("a square picture → a notice about its shape", async () => {
    const path = await folder.write("square.hdr", hdr("-Y 1 +X 1", [2, 2, 2, 136]));
    expect((await readEnvironment(path, 0)).notices).toEqual([expect.stringContaining("1×1 pixels")]);
  });

  it.each([
    ["none.hdr", undefined, "environment-missing"],
    ["text.hdr", "hello", "environment-broken"],
    ["empty.hdr", "", "environment-broken"],
    ["cut.hdr", hdr("-Y 1 +X 2", [1]), "environment-broken"],
    ["absurd.hdr", hdr("-Y 99999 +X 99999", [1]), "environment-broken"],
    ["image.png", Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), "environment-broken"],
  ])("%s → refused with the file's name", async (name, content, code) => {
    const path = content === undefined ? join(folder.path, name) : await folder.write(name, content);
    const error = await refusal(readEnvironment(path, 0));
    expect(error.code).toBe(code);
    expect(error.place.path).toBe(path);
  });

  describe.skipIf(!exrPresent)("OpenEXR", () => {
    it("a picture → its floats in rgb order", async () => {
      const path = await folder.write(
        "two.exr",
        exr([
          { r: 1, g: 2, b: 3 },
          { r: 0.1, g: 70000, b: 0 },
        ]),
      );
      const { environment } = await readEnvironment(path, 0);
      expect([...environment.pixels]).toEqual([1, 2, 3, 0.1, 70000, 0].map(Math.fround));
    });

    it("negative values → 0, with a notice that counts the pixels", async () => {
      const path = await folder.write(
        "negative.exr",
        exr([
          { r: -1, g: 2, b: -3 },
          { r: 0, g: 0, b: 0 },
        ]),
      );
      const { environment, notices } = await readEnvironment(path, 0);
      expect([...environment.pixels]).toEqual([0, 2, 0, 0, 0, 0]);
      expect(notices).toEqual([expect.stringContaining("1 pixels of the environment are negative")]);
    });

    it.each([NaN, Infinity])("a value that is %d → environment-broken with the pixel", async (bad) => {
      const path = await folder.write(
        "bad.exr",
        exr([
          { r: 1, g: 1, b: 1 },
          { r: 1, g: bad, b: 1 },
        ]),
      );
      const error = await refusal(readEnvironment(path, 0));
      expect(error.code).toBe("environment-broken");
      expect(error.message).toContain("Pixel (1, 0)");
    });

    it("a file that breaks off → environment-broken", async () => {
      const path = await folder.write("cut.exr", exr([{ r: 1, g: 1, b: 1 }]).slice(0, 200));
      expect((await refusal(readEnvironment(path, 0))).code).toBe("environment-broken");
    });
  });
});
