// Files before and after rendering: what stands in the way, and writing without leaving halves.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inputObstacles } from "../../../cli/input-check.ts";
import { writeBeside, writeObstacle } from "../../../cli/output-file.ts";
import { readCommand } from "../../../cli/settings.ts";

const folder = mkdtempSync(join(tmpdir(), "arras-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe("obstacles", () => {
  it("an existing folder, a file that is there already -> none", async () => {
    writeFileSync(path("old.exr"), "old");
    expect([await writeObstacle(path("new.exr")), await writeObstacle(path("old.exr"))]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it.each(["missing/a.exr", "file/a.exr", "folder.exr"])("%s -> output-unwritable, with its path", async (name) => {
    writeFileSync(path("file"), "");
    mkdirSync(path("folder.exr"), { recursive: true });
    expect(await writeObstacle(path(name))).toMatchObject({ code: "output-unwritable", place: { path: path(name) } });
  });

  it.skipIf(process.getuid?.() === 0)("a folder that one may not write -> output-unwritable", async () => {
    mkdirSync(path("locked"));
    chmodSync(path("locked"), 0o500);
    expect(await writeObstacle(path("locked/a.exr"))).toMatchObject({ code: "output-unwritable" });
  });

  it("scene, environment and outputs are all wrong -> all of them at once", async () => {
    const command = readCommand([path("no.glb"), "--env", path("no.hdr"), "-o", path("no/a.exr"), "-o", path("b.png")]);
    if (command.t !== "render") throw new Error("a render was expected");
    const codes = (await inputObstacles(command.settings)).map(({ code }) => code);
    expect(codes).toEqual(["scene-missing", "environment-missing", "output-unwritable"]);
  });

  it("given as plain arguments, or by options -> named as they were given", async () => {
    const settingsOf = async (...args: string[]) => {
      const command = readCommand(args);
      if (command.t !== "render") throw new Error("a render was expected");
      return (await inputObstacles(command.settings)).map(({ place }) => place?.setting);
    };
    const [scene, environment, output] = [path("no.glb"), path("no.hdr"), path("no/a.exr")];
    expect(await settingsOf(scene, environment, output)).toEqual([undefined, undefined, undefined]);
    expect(await settingsOf("--rdl", scene, "--env", environment, "-o", output)).toEqual(["--rdl", "--env", "-o"]);
    expect(await settingsOf("--scene", scene, output)).toEqual(["--scene", undefined]);
  });

  it("a scene that is a folder -> scene-missing; no environment asked for -> nothing looked for", async () => {
    mkdirSync(path("s.glb"));
    const command = readCommand([path("s.glb"), "--env", "none", "--json"]);
    if (command.t !== "render") throw new Error("a render was expected");
    expect((await inputObstacles(command.settings)).map(({ code }) => code)).toEqual(["scene-missing"]);
  });
});

describe("writing", () => {
  it("pieces -> the whole file in its place, nothing beside it", async () => {
    writeFileSync(path("w.exr"), "an older and longer picture");
    await writeBeside(path("w.exr"), chunks("ab", "", "cd"));
    expect(readFileSync(path("w.exr"), "utf8")).toBe("abcd");
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
  });

  it("the pieces break off -> the old file is unharmed, nothing is left beside it", async () => {
    writeFileSync(path("w.exr"), "old");
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("new");
      throw new Error("the merger is gone");
    }
    await expect(writeBeside(path("w.exr"), broken())).rejects.toMatchObject({
      code: "output-failed",
      message: expect.stringContaining("the merger is gone"),
    });
    expect(readFileSync(path("w.exr"), "utf8")).toBe("old");
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
  });

  it("the folder went away -> output-failed", async () => {
    await expect(writeBeside(path("gone/w.exr"), chunks("a"))).rejects.toMatchObject({ code: "output-failed" });
  });
});
