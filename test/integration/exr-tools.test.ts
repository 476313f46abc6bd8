// What others' tools say of our files: OpenEXR's own (Debian `openexr`) and OpenImageIO's (`openimageio-tools`).
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { ExrPart } from "../../host/exr/exr-part.ts";
import { writeExr } from "../../host/exr/write-exr.ts";
import { type ExrLayoutOptions, exrLayout } from "../../merger/exr-layout.ts";
import { imageFolder } from "../unit/host/exr/test-image.ts";
import { filmOfSpheres, testMetadata } from "../unit/merger/sphere-film.ts";

const file = imageFolder();

function isInstalled(tool: string): boolean {
  const found = spawnSync(tool, ["--help"]).error === undefined;
  if (!found) process.stderr.write(`skipped: ${tool} is not installed\n`);
  return found;
}

/** What the tool prints; fails when it complains in any way. */
function run(tool: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  expect({ tool, args, status, stderr }).toEqual({ tool, args, status: 0, stderr: "" });
  expect(stdout.toLowerCase()).not.toMatch(/warning|error:|invalid|corrupt/);
  return stdout;
}

const hasExrTools = isInstalled("exrheader") && isInstalled("exrinfo");
const hasOiiotool = isInstalled("oiiotool");

const film = filmOfSpheres({ widthPx: 200, heightPx: 120, cropWindow: { x0: 40, y0: 16, x1: 173, y1: 105 } });
const forms = (["multi", "layers"] as const).flatMap((parts) =>
  (["half", "float"] as const).flatMap((colorType) =>
    [0, 64].flatMap((tileSizePx) =>
      (["none", "rle", "zips", "zip", "piz", "dwaa"] as const).map((compression) => ({
        parts,
        colorType,
        tileSizePx,
        compression,
      })),
    ),
  ),
);

async function written(options: ExrLayoutOptions): Promise<{ path: string; parts: ExrPart[] }> {
  const path = file("film.exr");
  const parts = exrLayout(film, testMetadata, {
    outputs: ["albedo", "normal", "depth", "position", "id", "samples", "error"],
    ...options,
  });
  await writeExr(path, parts);
  return { path, parts };
}

describe("an image of every form", () => {
  it.skipIf(!hasExrTools).each(forms)(
    "$parts $colorType $tileSizePx $compression → exrinfo, exrheader read it",
    async (form) => {
      const { path, parts } = await written(form);
      const brief = run("exrinfo", "-s", path);
      for (const { name } of parts) expect(brief).toContain(name);
      const header = run("exrheader", path);
      expect(header.match(/dataWindow \(type box2i\): \(40 16\) - \(172 104\)/g)).toHaveLength(parts.length);
      expect(header.match(/displayWindow \(type box2i\): \(0 0\) - \(199 119\)/g)).toHaveLength(parts.length);
      expect(header).toContain(`filmSha256 (type string): "${testMetadata.filmSha256}"`);
      expect(header).toContain(form.tileSizePx > 0 ? "tiledimage" : "scanlineimage");
    },
  );

  it.skipIf(!hasOiiotool).each(forms)(
    "$parts $colorType $tileSizePx $compression → oiiotool finds sound pixels",
    async (form) => {
      const { path, parts } = await written(form);
      const text = run("oiiotool", "--info", "-v", "-a", "--stats", path);
      expect(text).toMatch(/pixel data origin: x=40, y=16/);
      expect(text).toMatch(/full\/display size: 200 x 120/);
      // A count for each channel of each part.
      const nanCounts = [...text.matchAll(/Stats NanCount: (.*)/g)].map(([, counts]) => counts.trim().split(/\s+/));
      expect(nanCounts).toHaveLength(parts.length);
      expect(nanCounts.flat().every((count) => count === "0")).toBe(true);
      expect(nanCounts.flat()).toHaveLength(4 + 3 + 3 + 1 + 3 + 1 + 1 + 1);
    },
  );
});
