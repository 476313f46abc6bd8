// What the commands of arras-farm about finished images ask for, write, and say.
import { describe, expect, it } from "vitest";
import type { ImageAction } from "../../../../cli/farm-command/farm-settings.ts";
import { runImageCommand } from "../../../../cli/farm-command/images.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import type { KeptImages } from "../../../../proto/gen/arras/v1/images_pb.ts";
import { collected } from "../../../contract/object-store.contract.ts";
import { keptImagesOf } from "../../../fakes/image-shelves.ts";
import { digestOf } from "../../../fakes/resumable-sessions.ts";

const [newer, older] = ["3f0c1a52-9d3e", "3f77aaaa-0001"];
const both = [
  { name: "picture.png", digest: digestOf(2), sizeBytes: 2_000_000n, contentType: "image/png" },
  { name: "film.exr", digest: digestOf(1), sizeBytes: 31_400_000n, contentType: "image/x-exr" },
];
const all = [keptImagesOf(newer, { user: "ada", images: both }), keptImagesOf(older)];

async function run(
  action: ImageAction,
  { sessions = all, json = false }: { sessions?: KeptImages[]; json?: boolean } = {},
) {
  let output = "";
  const files = new Map<string, string>();
  const access = {
    list: async () => sessions,
    async *fetch(sessionId: string, name: string) {
      yield Buffer.from(`${sessionId} ${name}`);
    },
    write: async (path: string, chunks: AsyncIterable<Uint8Array>) =>
      void files.set(path, (await collected(chunks)).toString()),
  };
  await runImageCommand({ action, json }, access, {
    write: (text) => (output += text),
    width: 160,
    wallMs: () => 1_060_000,
  });
  return { output, files: Object.fromEntries(files) };
}

describe("finished images in arras-farm", () => {
  it("images -> a table, the newest first; none -> it says so", async () => {
    expect((await run({ t: "images", session: undefined })).output.split("\n").slice(0, 2)).toEqual([
      "SESSION   USER  SCENE       ENDED      SIZE  SPP  FILES                                 FILM           AGE",
      "3f0c1a52  ada   scene.gltf  finished  64x48   16  picture.png 2.0 MB, film.exr 31.4 MB  ffffffffffff  60 s",
    ]);
    expect((await run({ t: "images", session: undefined }, { sessions: [] })).output).toBe("No finished images.\n");
  });

  it("images of one by the beginning of its id -> a page with whole hashes; as JSON its object", async () => {
    expect((await run({ t: "images", session: "3f0c" })).output).toMatch(
      new RegExp(`^session +${newer}\n[^]*film +f{64}\n[^]*film\\.exr +31\\.4 MB, SHA-256 1{64}\n`),
    );
    const form = JSON.parse((await run({ t: "images", session: "3f0c" }, { json: true })).output);
    expect(form).toMatchObject({ session: newer, user: "ada", state: "finished", filmSha256: digestOf(15) });
    expect(form.files[1]).toEqual({
      name: "film.exr",
      sizeBytes: 31_400_000,
      sha256: digestOf(1),
      contentType: "image/x-exr",
    });
    const list = JSON.parse((await run({ t: "images", session: undefined }, { json: true })).output);
    expect(list.images).toHaveLength(2);
  });

  it("fetch -> the file that its name means, or the EXR named after the scene", async () => {
    const fetched = async (output: string | undefined) => (await run({ t: "fetch", session: "3f0c", output })).files;
    expect(await fetched("a/b.exr")).toEqual({ "a/b.exr": `${newer} film.exr` });
    expect(await fetched("b.PNG")).toEqual({ "b.PNG": `${newer} picture.png` });
    expect(await fetched(undefined)).toEqual({ "scene-3f0c1a52.exr": `${newer} film.exr` });
    const { output } = await run({ t: "fetch", session: "3f0c", output: "b.exr" }, { json: true });
    expect(JSON.parse(output)).toEqual({
      session: newer,
      path: "b.exr",
      name: "film.exr",
      sizeBytes: 31_400_000,
      sha256: digestOf(1),
      filmSha256: digestOf(15),
    });
  });

  it("no such session, several, or no such file -> told, and nothing is written", async () => {
    const fails = (session: string, output: string) =>
      run({ t: "fetch", session, output }).catch((thrown: unknown) => ArrasError.from(thrown).code);
    expect(await fails("77", "a.exr")).toBe("session-missing");
    expect(await fails("3f", "a.exr")).toBe("usage");
    expect(await fails("3f77", "a.png")).toBe("object-missing");
  });
});
