// A scene's files as a bundle: what they are called inside, what is left out, what stops it.
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { bundleScene, fileBytes, type ListSceneFiles } from "../../../../cli/bundle/bundle-scene.ts";
import { manifestFromBytes } from "../../../../proto/bundle-manifest.ts";
import { limits } from "../../../../proto/limits.ts";
import { collected, digestOf, noise } from "../../../contract/object-store.contract.ts";

const quiet = { signal: new AbortController().signal, onRead: () => {} };
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A folder with these files; each holds its own name. */
async function folderOf(...paths: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "arras-bundle-"));
  folders.push(folder);
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path);
  }
  return folder;
}

/** Names beside the scene, as a reader would list them; with "?" those that may lack. */
const listing =
  (...names: readonly string[]): ListSceneFiles =>
  async (scenePath) => ({
    files: names.map((name) => ({
      path: join(dirname(scenePath), name.replace("?", "")),
      place: `images[${names.indexOf(name)}]`,
      isOptional: name.endsWith("?"),
    })),
    notices: [],
  });

describe("a bundle", () => {
  it("scene, what it names, environment -> two folders inside, digests of the contents, sizes", async () => {
    const folder = await folderOf("shot/a.gltf", "shot/a.bin", "shot/tex/b c.png", "light/sky.hdr");
    const inputs = { scenePath: join(folder, "shot/a.gltf"), environmentPath: join(folder, "light/sky.hdr") };
    const bundle = await bundleScene(inputs, listing("a.bin", "tex/b c.png"), quiet);
    expect(bundle).toMatchObject({ scenePath: "scene/a.gltf", environmentPath: "environment/sky.hdr", notices: [] });
    expect(bundle?.files.map(({ path }) => path).sort()).toEqual([
      "environment/sky.hdr",
      "scene/a.bin",
      "scene/a.gltf",
      "scene/tex/b c.png",
    ]);
    const picture = bundle?.files.find(({ path }) => path === "scene/tex/b c.png");
    const content = Buffer.from("shot/tex/b c.png");
    expect(picture).toMatchObject({ sha256: digestOf(content), sizeBytes: content.length });
    expect(bundle?.sha256).toBe(digestOf(bundle?.manifest ?? noise(0)));
    expect(manifestFromBytes(bundle?.manifest ?? noise(0))).toHaveLength(4);
  });

  it("the same files somewhere else, named twice, in another order -> the same digest", async () => {
    const folder = await folderOf("a/s.gltf", "a/x.bin", "a/y.png");
    const before = await bundleScene(
      { scenePath: join(folder, "a/s.gltf"), environmentPath: "" },
      listing("x.bin", "y.png"),
      quiet,
    );
    await rename(join(folder, "a"), join(folder, "b"));
    const list = listing("y.png?", "x.bin", "y.png", "x.bin");
    const after = await bundleScene({ scenePath: join(folder, "b/s.gltf"), environmentPath: "" }, list, quiet);
    expect(after?.sha256).toBe(before?.sha256);
  });

  it("darkness, or no environment -> said as it is; nothing at all -> no bundle", async () => {
    const folder = await folderOf("s.glb");
    const scenePath = join(folder, "s.glb");
    expect(await bundleScene({ scenePath, environmentPath: "none" }, listing(), quiet)).toMatchObject({
      environmentPath: "none",
      files: [{ path: "scene/s.glb" }],
    });
    expect(await bundleScene({ scenePath, environmentPath: "" }, listing(), quiet)).toMatchObject({
      environmentPath: "",
    });
    expect(await bundleScene({ scenePath: "", environmentPath: "none" }, listing(), quiet)).toBeUndefined();
  });

  it("a picture that may lack is not there -> left out with a notice; one that must be there -> scene-missing", async () => {
    const folder = await folderOf("s.gltf");
    const inputs = { scenePath: join(folder, "s.gltf"), environmentPath: "" };
    const bundle = await bundleScene(inputs, listing("gone.png?"), quiet);
    expect(bundle?.files.map(({ path }) => path)).toEqual(["scene/s.gltf"]);
    expect(bundle?.notices).toEqual([expect.stringMatching(/images\[0\].*gone\.png, is not there/)]);
    await expect(bundleScene(inputs, listing("gone.bin"), quiet)).rejects.toMatchObject({
      code: "scene-missing",
      place: { path: expect.stringMatching(/s\.gltf: images\[0\]$/) },
    });
    const noSky = bundleScene({ ...inputs, environmentPath: join(folder, "sky.hdr") }, listing(), quiet);
    await expect(noSky).rejects.toMatchObject({ code: "environment-missing" });
  });

  it("a file is a folder or a pipe -> scene-missing, without waiting; a link -> what it leads to", async () => {
    const folder = await folderOf("s.gltf", "d/x", "else/where.png");
    execFileSync("mkfifo", [join(folder, "pipe.png")]);
    await symlink(join(folder, "else/where.png"), join(folder, "link.png"));
    const inputs = { scenePath: join(folder, "s.gltf"), environmentPath: "" };
    for (const name of ["d?", "pipe.png?"])
      await expect(bundleScene(inputs, listing(name), quiet)).rejects.toMatchObject({ code: "scene-missing" });
    const bundle = await bundleScene(inputs, listing("link.png"), quiet);
    expect(bundle?.files.find(({ path }) => path === "scene/link.png")?.sha256).toBe(
      digestOf(Buffer.from("else/where.png")),
    );
  });

  it("a name that no bundle has -> scene-unsupported, with the file", async () => {
    const folder = await folderOf("s.gltf", "a\\b.png");
    const inputs = { scenePath: join(folder, "s.gltf"), environmentPath: join(folder, "a\\b.png") };
    await expect(bundleScene(inputs, listing(), quiet)).rejects.toMatchObject({
      code: "scene-unsupported",
      message: expect.stringContaining("backslash"),
      place: { path: join(folder, "a\\b.png") },
    });
    await expect(bundleScene({ ...inputs, environmentPath: "" }, listing("../x"), quiet)).rejects.toMatchObject({
      code: "scene-unsupported",
    });
  });

  it("it is stopped -> cancelled; while it reads -> told how far it is", async () => {
    const folder = await folderOf("s.gltf");
    await writeFile(join(folder, "big.bin"), noise(3 * limits.assetChunkSizeBytes + 1));
    const inputs = { scenePath: join(folder, "s.gltf"), environmentPath: "" };
    const told: number[] = [];
    await bundleScene(inputs, listing("big.bin"), { ...quiet, onRead: ({ doneBytes }) => told.push(doneBytes) });
    expect(told.at(-1)).toBe(3 * limits.assetChunkSizeBytes + 1 + "s.gltf".length);
    expect(told.length).toBeGreaterThanOrEqual(5);
    const stopped = bundleScene(inputs, listing("big.bin"), { ...quiet, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
  });
});

it("a file as bytes -> pieces of a chunk's size, together the file", async () => {
  const folder = await folderOf();
  const bytes = noise(2 * limits.assetChunkSizeBytes + 5);
  await writeFile(join(folder, "f"), bytes);
  const sizes: number[] = [];
  async function* measured() {
    for await (const piece of fileBytes(join(folder, "f"), quiet.signal)) {
      sizes.push(piece.byteLength);
      yield piece;
    }
  }
  expect((await collected(measured())).equals(bytes)).toBe(true);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(limits.assetChunkSizeBytes);
});
