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
const outputs = ["albedo", "normal", "depth", "position", "id", "samples", "error"] as const;
const kinds = (["multi", "layers"] as const).flatMap((parts) =>
  (["half", "float"] as const).flatMap((colorType) => [0, 64].map((tileSizePx) => ({ parts, colorType, tileSizePx }))),
);

interface Written {
  readonly path: string;
  readonly parts: readonly ExrPart[];
}

/** One file for each compression. */
async function written(kind: Omit<ExrLayoutOptions, "compression" | "outputs">): Promise<Written[]> {
  const compressions = ["none", "rle", "zips", "zip", "piz", "dwaa"] as const;
  return Promise.all(
    compressions.map(async (compression) => {
      const path = file(`${kind.parts}-${kind.colorType}-${kind.tileSizePx}-${compression}.exr`);
      const parts = exrLayout(film, testMetadata, { ...kind, outputs, compression });
      await writeExr(path, parts);
      return { path, parts };
    }),
  );
}

describe("an image of every form", () => {
  it.skipIf(!hasExrTools).each(kinds)(
    "$parts $colorType, tiles of $tileSizePx → exrinfo, exrheader read it",
    async (kind) => {
      for (const { path, parts } of await written(kind)) {
        const brief = run("exrinfo", "-s", path);
        for (const { name } of parts) expect(brief).toContain(name);
        const header = run("exrheader", path);
        expect(header.match(/dataWindow \(type box2i\): \(40 16\) - \(172 104\)/g)).toHaveLength(parts.length);
        expect(header.match(/displayWindow \(type box2i\): \(0 0\) - \(199 119\)/g)).toHaveLength(parts.length);
        expect(header).toContain(`filmSha256 (type string): "${testMetadata.filmSha256}"`);
        expect(header).toContain(kind.tileSizePx > 0 ? "tiledimage" : "scanlineimage");
      }
    },
  );

  it.skipIf(!hasOiiotool).each(kinds)(
    "$parts $colorType, tiles of $tileSizePx → oiiotool finds sound pixels",
    async (kind) => {
      const files = await written(kind);
      const partCount = files.reduce((sum, { parts }) => sum + parts.length, 0);
      const text = run("oiiotool", "--info", "-v", "-a", "--stats", ...files.map(({ path }) => path));
      expect(text.match(/pixel data origin: x=40, y=16/g)).toHaveLength(partCount);
      expect(text.match(/full\/display size: 200 x 120/g)).toHaveLength(partCount);
      // A count for each channel of each part.
      const nanCounts = [...text.matchAll(/Stats NanCount: (.*)/g)].flatMap(([, counts]) => counts.trim().split(/\s+/));
      expect(nanCounts).toEqual(new Array(files.length * (4 + 3 + 3 + 1 + 3 + 1 + 1 + 1)).fill("0"));
    },
  );
});
