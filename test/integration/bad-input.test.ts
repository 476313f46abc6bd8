// What a user can get wrong: one clear error for each mistake, exit 2, nothing rendered, nothing touched.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fakeArgs, type RunOptions, runCommand, testDataPath, testFolder } from "./run-command.ts";
import { writeSmallScene } from "./small-scene.ts";

/** Standard error's lines that tell an error: `[code] text`. */
async function mistakesOf(args: readonly string[], options: RunOptions = {}): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runCommand(args, options);
  const errors = stderr.split("\n").filter((line) => line.startsWith("["));
  expect(exitCode).toBe(2);
  // Nothing on standard output but, where it is asked for, the object that says so.
  if (args.includes("--json")) expect(JSON.parse(stdout)).toMatchObject({ outcome: "failed", samples: 0, outputs: [] });
  else expect(stdout).toBe("");
  expect(stderr).not.toMatch(/^\s+at .*:\d+/m);
  // The reader is told each mistake once.
  expect(new Set(errors).size).toBe(errors.length);
  return errors;
}

describe("a command line that is wrong", () => {
  it("many mistakes → all of them at once, in options and in files", async () => {
    const folder = await testFolder();
    const output = join(folder, "missing/x.exr");
    const options = ["--json", "--spp", "0", "--size", "0x5", "--num-mcrt", "x", "--fast", "-s", "mcrt_progresive"];
    const files = [
      "missing.glb",
      "--env",
      "missing.hdr",
      "--edits",
      "edits.json",
      "--replay",
      "path.json",
      "-o",
      output,
    ];
    const errors = await mistakesOf([...options, ...files]);
    expect(errors.map((line) => /^\[([\w-]+)\]/.exec(line)?.[1]).sort()).toEqual([
      "edit-impossible",
      "environment-missing",
      "output-unwritable",
      "scene-missing",
      "session-definition-missing",
      "usage",
      "usage",
      "usage",
      "usage",
      "usage",
    ]);
    const names = ["--spp", "--size", "--num-mcrt", "--fast"];
    for (const name of [...names, "missing.glb", "missing.hdr", "edits.json", "path.json", output]) {
      expect(errors.join("\n")).toContain(name);
    }
  });
});

describe("files that are wrong", () => {
  const small = ["--size", "16x16", "--spp", "1"];

  it("a folder as output, a missing folder → found before anything is rendered, and no other output touched", async () => {
    const folder = await testFolder();
    await mkdir(join(folder, "taken.exr"));
    const [good, taken, lost] = ["good.exr", "taken.exr", "no/x.png"].map((name) => join(folder, name));
    await writeFile(good, "before");
    const errors = await mistakesOf(["--renderer", "fake", "-o", good, "-o", taken, "-o", lost]);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatch(/^\[output-unwritable\] .*taken\.exr cannot be written: it is a folder/);
    expect(errors[1]).toMatch(/^\[output-unwritable\] .*no\/x\.png cannot be written/);
    expect(await readFile(good, "utf8")).toBe("before");
    expect(await readdir(folder)).toEqual(["good.exr", "taken.exr"]);
  });

  it.each([
    ["JSON that is broken", { text: '{ "asset": { "version": "2.0" ' }, "scene-broken", /square\.gltf/],
    ["a buffer that is missing", { withoutBuffer: true }, "scene-broken|scene-missing", /square\.bin/],
    [
      "a texture that is broken",
      { texture: Buffer.from("no picture") },
      "scene-broken|scene-unsupported",
      /checker\.png|images\[0\]/,
    ],
    [
      "an extension that is required and unknown",
      { json: { extensionsRequired: ["EXT_of_nobody"], extensionsUsed: ["EXT_of_nobody"] } },
      "scene-unsupported",
      /EXT_of_nobody/,
    ],
  ])("a scene with %s → its code, the file and the place", async (_, changes, code, place) => {
    const folder = await testFolder();
    const scene = await writeSmallScene(join(folder, "scene"), changes);
    const output = join(folder, "x.exr");
    const errors = await mistakesOf([scene, "-o", output, ...small]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(new RegExp(`^\\[(${code})\\] `));
    expect(errors[0]).toMatch(place);
    expect(existsSync(output)).toBe(false);
  });

  it("an unknown camera → camera-missing with the names that there are", async () => {
    const scene = await writeSmallScene(await testFolder());
    const [error] = await mistakesOf([scene, "--camera", "frnt", "-o", join(await testFolder(), "x.exr"), ...small]);
    expect(error).toMatch(/^\[camera-missing\] .*frnt/);
    expect(error).toMatch(/front/);
  });

  it("an environment that is broken → environment-broken with the file", async () => {
    const folder = await testFolder();
    const scene = await writeSmallScene(folder);
    await writeFile(join(folder, "sky.hdr"), "#?RADIANCE\nthis is no picture");
    const [error] = await mistakesOf([scene, "--env", join(folder, "sky.hdr"), "-o", join(folder, "x.exr"), ...small]);
    expect(error).toMatch(/^\[environment-broken\] .*sky\.hdr/);
  });

  it("a session definition that is missing → names that are close; one that is broken → its path and line", async () => {
    const folder = await testFolder();
    const environment = { ARRAS_SESSION_PATH: folder };
    await writeFile(join(folder, "studio.sessiondef"), '{ "name": "studio", "computations": { "mcrt": 7 } }');
    const arguments_ = ["--renderer", "fake", "--json", ...small];
    const [missing] = await mistakesOf([...arguments_, "-s", "studo"], { environment });
    expect(missing).toMatch(/^\[session-definition-missing\] .*studo/);
    expect(missing).toMatch(/Did you mean .*studio/);
    const broken = await mistakesOf([...arguments_, "-s", "studio"], { environment });
    expect(broken).toEqual(["[session-definition-broken] 2 mistakes:"]);
  });

  const definitions = join(testDataPath, "sessiondefs");
  it.skipIf(!existsSync(definitions))(
    "memory that no machine here has → resources-insufficient, what and how",
    async () => {
      const environment = { ARRAS_SESSION_PATH: definitions };
      const args = ["--renderer", "fake", "--json", "-s", "mcrt_progressive_n", "--num-mcrt", "200", ...small];
      const [error] = await mistakesOf(args, { environment });
      expect(error).toMatch(/^\[resources-insufficient\] /);
      expect(error).toMatch(/memory/i);
      expect(error).toMatch(/--num-mcrt/);
    },
  );

  it("a denoised picture is wanted, and nothing here denoises → said before it is rendered, with what to install", async () => {
    const folder = await testFolder();
    // It would take a minute.
    const slow = fakeArgs({ costMsPerSample: 100 }, "--size", "32x32", "--spp", "1", "--num-mcrt", "1");
    const environment = { ARRAS_OIDN_DENOISE: join(folder, "oidnDenoise") };
    const files = ["-o", join(folder, "x.exr"), "--denoise", join(folder, "denoised.exr")];
    const { exitCode, stderr, json } = await runCommand([...slow, ...files], { environment });
    expect([exitCode, json.outcome, json.error?.code]).toEqual([2, "failed", "denoiser-missing"]);
    expect(stderr).toMatch(/^\[denoiser-missing\] .*oidnDenoise .*github\.com\/RenderKit\/oidn\/releases/m);
    expect(await readdir(folder)).toEqual([]);
  });
});
