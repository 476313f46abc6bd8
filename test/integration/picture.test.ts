// What of a command line changes the picture, and what does not; what is in the files.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../host/package-root.ts";
import { fakeArgs, mcrtMain, RunningCommand, runCommand, testFolder } from "./run-command.ts";
import { writeSmallScene } from "./small-scene.ts";

const fake = ["--size", "64x48", "--spp", "8"];
const demo = [join(packageRoot(), "deploy/demo/demo.glb"), "--size", "96x54", "--json"];

async function hashOf(args: readonly string[]): Promise<string> {
  const { json } = await runCommand(args);
  expect(json.outcome).toBe("finished");
  return json.filmSha256;
}

function header(path: string): string {
  return execFileSync("exrheader", [path], { encoding: "utf8" });
}

/** Means of channels, and whether each value is a number. */
function statistics(path: string): string {
  return execFileSync("oiiotool", ["--stats", "-a", path], { encoding: "utf8", stdio: "pipe" });
}

describe("the film's hash", () => {
  it("the same command twice → equal; another seed, frame, size → another", async () => {
    const first = await hashOf(fakeArgs({}, ...fake));
    expect(await hashOf(fakeArgs({}, ...fake))).toBe(first);
    const others = await Promise.all([
      hashOf(fakeArgs({}, ...fake, "--seed", "1")),
      hashOf(fakeArgs({}, ...fake, "--frame", "1")),
      hashOf(fakeArgs({}, "--size", "64x47", "--spp", "8")),
    ]);
    expect(new Set([first, ...others]).size).toBe(4);
  });

  it("--target-error → fewer samples, the same for one and two computations and another tile order", async () => {
    const args = [...fake.slice(0, 2), "--spp", "256", "--target-error", "0.02", "--min-spp", "8", "--tile-size", "16"];
    const { json } = await runCommand(fakeArgs({ noise: 0.3 }, ...args));
    expect(json.spp).toBeLessThan(256);
    expect(json.spp).toBeGreaterThanOrEqual(8);
    const knobs = { noise: 0.3, delayContributionsMs: 30 };
    expect(await hashOf(fakeArgs(knobs, ...args, "--num-mcrt", "2"))).toBe(json.filmSha256);
  });

  it("embree: one, two and three computations, tiles of 32, a computation killed → one hash", async () => {
    const args = [...demo, "--spp", "24"];
    const reference = await hashOf(args);
    expect(await hashOf([...args, "--num-mcrt", "2", "--tile-size", "32"])).toBe(reference);
    const command = new RunningCommand([...args, "--num-mcrt", "3"]);
    await command.said(/ spp · /);
    const [victim] = command.children(mcrtMain);
    if (victim !== undefined) process.kill(victim, "SIGKILL");
    expect((await command.finished).json).toMatchObject({ outcome: "finished", filmSha256: reference });
  });
});

describe("files", () => {
  it("every AOV, in every kind of EXR → opens without a warning, has no NaN, the right windows and the hash", async () => {
    const folder = await testFolder();
    const scene = await writeSmallScene(folder);
    const aovs = ["--aov", "albedo,normal,depth,position,id,samples,error", "--crop", "8,4,56,40"];
    const base = [scene, "--size", "64x48", "--spp", "4", "--json", "-l", "1", ...aovs];
    const variants = [
      ["--exr-parts", "multi"],
      ["--exr-parts", "layers", "--exr-type", "float", "--exr-compression", "piz"],
      ["--exr-tile", "32", "--exr-compression", "none"],
    ];
    for (const [at, variant] of variants.entries()) {
      const path = join(folder, `all${at}.exr`);
      const { json, stderr } = await runCommand([...base, ...variant, "-o", path, "--quiet"]);
      expect(stderr).toBe("");
      const text = header(path);
      expect(text).toMatch(/dataWindow \(type box2i\): \(8 4\) - \(55 39\)/);
      expect(text).toMatch(/displayWindow \(type box2i\): \(0 0\) - \(63 47\)/);
      expect(text).toContain(json.filmSha256);
      for (const name of ["albedo", "normal", at === 1 ? "Z, 32-bit" : "depth", "position", "samples", "error"])
        expect(text).toContain(name);
      const stats = statistics(path);
      expect(stats).not.toMatch(/NanCount: .*[1-9]/i);
    }
  });

  it("several files of every kind → all written, of the crop's or the image's size", async () => {
    const here = await testFolder();
    const paths = ["a.exr", "b.png", "c.jpg", "d.webp"].map((name) => join(here, name));
    const { json } = await runCommand(fakeArgs({}, ...fake, ...paths.flatMap((path) => ["-o", path])));
    expect(json.outputs).toEqual(paths);
    for (const path of paths.slice(1)) {
      expect(await sharp(path).metadata()).toMatchObject({ width: 64, height: 48 });
    }
  });

  it("--exposure and --tone → brighter and softer pictures of the same film", async () => {
    const here = await testFolder();
    const mean = async (...args: readonly string[]) => {
      const path = join(here, "x.png");
      await runCommand(fakeArgs({}, ...fake, "-o", path, ...args));
      // By its bytes: sharp remembers files by their names.
      return (await sharp(await readFile(path)).stats()).channels[0].mean;
    };
    const plain = await mean();
    expect(await mean("--exposure", "1")).toBeGreaterThan(plain);
    expect(Math.abs((await mean("--tone", "filmic")) - plain)).toBeGreaterThan(0.5);
  });
});

describe("--debug-sample", () => {
  it("sample 0 of a pixel → its path, and the value that a render of one sample has there", async () => {
    const here = await testFolder();
    const scene = await writeSmallScene(here);
    const size = ["--size", "33x25", "--spp", "1"];
    const { stdout, stderr, exitCode } = await runCommand([scene, ...size, "--debug-sample", "16,12,0"]);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const path = join(here, "one.exr");
    await runCommand([scene, ...size, "--exr-type", "float", "-o", path, "--quiet"]);
    const pixel = execFileSync("oiiotool", [path, "--cut", "1x1+16+12", "--printstats"], { encoding: "utf8" });
    const rendered = /Stats Avg: ([-\d.e]+) ([-\d.e]+) ([-\d.e]+)/.exec(pixel)?.slice(1).map(Number) ?? [];
    const told = /^radiance \((.*)\)$/m.exec(stdout)?.[1].split(", ").map(Number) ?? [];
    expect(told).toHaveLength(3);
    expect(Math.max(...told)).toBeGreaterThan(0);
    // Samples enter the film as multiples of 2⁻²⁴; oiiotool prints six decimals.
    for (const [at, value] of told.entries()) expect(rendered[at]).toBeCloseTo(value, 5);
    expect(stdout).toMatch(/^camera film \(16\.\d+, 12\.\d+\)/);
  });
});
