// Files of edits on this machine.
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, equals } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEdits, writeEdits } from "../../../cli/edits-files.ts";
import { SceneEditsSchema } from "../../../proto/gen/arras/v1/edits_pb.ts";
import { limits } from "../../../proto/limits.ts";

describe("a file of edits", () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "arras-edits-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("written -> read, the same; also in place of another one", async () => {
    await writeFile(at("e.json"), "old");
    const edits = create(SceneEditsSchema, { lights: [{ id: "lamp", off: true }] });
    await writeEdits(at("e.json"), edits);
    expect(equals(SceneEditsSchema, await readEdits(at("e.json")), edits)).toBe(true);
  });

  it("not there, or larger than any -> edit-impossible", async () => {
    await expect(readEdits(at("none.json"))).rejects.toMatchObject({
      code: "edit-impossible",
      place: { setting: "--edits" },
    });
    await writeFile(at("large.json"), "");
    await truncate(at("large.json"), limits.editsFileSizeBytesMax + 1);
    await expect(readEdits(at("large.json"))).rejects.toMatchObject({ code: "edit-impossible" });
  });

  it("no place to write -> output-failed", async () => {
    const writing = writeEdits(join(at("no folder"), "e.json"), create(SceneEditsSchema));
    await expect(writing).rejects.toMatchObject({ code: "output-failed" });
  });
});
