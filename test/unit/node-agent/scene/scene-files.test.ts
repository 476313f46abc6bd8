// Which files a scene consists of: what its reader would read, by the same rules.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sceneExtensions } from "../../../../node-agent/scene/read-scene.ts";
import { sceneFiles } from "../../../../node-agent/scene/scene-files.ts";
import { glbOf } from "./gltf/small-gltf.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arras-files-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Uris = { readonly buffers?: readonly string[]; readonly images?: readonly string[] };

const gltf = ({ buffers = [], images = [] }: Uris) => ({
  asset: { version: "2.0" },
  buffers: buffers.map((uri) => ({ uri, byteLength: 4 })),
  images: images.map((uri) => ({ uri })),
});

async function filesOf(uris: Uris) {
  const path = join(folder, "s.gltf");
  await writeFile(path, JSON.stringify(gltf(uris)));
  const { files, notices } = await sceneFiles(path);
  return { notices, names: files.map((file) => `${file.path.slice(folder.length + 1)}${file.isOptional ? "?" : ""}`) };
}

describe("a glTF's files", () => {
  it("buffers and images by relative URIs -> all of them, escapes decoded; what is embedded is none", async () => {
    const { names, notices } = await filesOf({
      buffers: ["a.bin", "data:application/octet-stream;base64,AAAA", "sub/../b%20c.bin"],
      images: ["tex/wood%2Epng", "DATA:image/png;base64,", "./ro%C3%BBge.png", "back\\slash.png"],
    });
    expect(names).toEqual(["a.bin", "b c.bin", "tex/wood.png?", "roûge.png?", "back/slash.png?"]);
    expect(notices).toEqual([]);
  });

  it("a buffer leads out of the folder -> refused as its reader would; a picture does -> a notice", async () => {
    for (const uri of ["../x.bin", "/etc/passwd", "http://host/x.bin", "a/../../x.bin", "..%2Fx.bin", "file:///x"])
      await expect(filesOf({ buffers: [uri] })).rejects.toMatchObject({ code: "scene-unsupported" });
    const { names, notices } = await filesOf({ images: ["../x.png", "in.png"] });
    expect(names).toEqual(["in.png?"]);
    expect(notices).toEqual([expect.stringContaining("images[0]")]);
  });

  it("a .glb -> what is outside of it", async () => {
    const path = join(folder, "s.glb");
    await writeFile(path, glbOf(gltf({ buffers: ["far.bin"], images: ["p.png"] }), new Uint8Array(64)));
    const { files } = await sceneFiles(path);
    expect(files.map((file) => file.path)).toEqual([join(folder, "far.bin"), join(folder, "p.png")]);
  });

  it("the scene cannot be read -> its reader's error", async () => {
    const path = join(folder, "broken.gltf");
    await writeFile(path, "{");
    await expect(sceneFiles(path)).rejects.toMatchObject({ code: "scene-broken" });
    await expect(sceneFiles(join(folder, "gone.gltf"))).rejects.toMatchObject({ code: "scene-missing" });
    await writeFile(path, JSON.stringify({ asset: { version: "2.0" }, buffers: [{ byteLength: "many" }] }));
    await expect(sceneFiles(path)).rejects.toMatchObject({
      code: "scene-broken",
      place: { path: expect.stringContaining("buffers[0]") },
    });
  });
});

it("every format that can be read -> says its files; another -> scene-unsupported", async () => {
  for (const extension of sceneExtensions)
    await expect(sceneFiles(join(folder, `gone${extension}`))).rejects.toMatchObject({ code: "scene-missing" });
  await expect(sceneFiles("x.usdz")).rejects.toMatchObject({ code: "scene-unsupported" });
});
