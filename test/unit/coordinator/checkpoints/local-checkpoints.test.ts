// Where one machine keeps checkpoints, and what it finds there.

import { mkdtempSync } from "node:fs";
import { mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { FileArchive } from "../../../../coordinator/checkpoints/file-archive.ts";
import { localCheckpoints, requireSameFiles } from "../../../../coordinator/checkpoints/local-checkpoints.ts";
import { storeNames } from "../../../../proto/subjects.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { fakeRender } from "../../../fakes/films.ts";
import { digestOf, resumable } from "../../../fakes/resumable-sessions.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "arras-state-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("the folder of this machine's checkpoints", () => {
  it("checkpoints that nobody speaks of, and halves of some -> gone when they are old, not while a render starts", async () => {
    const folder = folderOfTest();
    const archive = new FileArchive(join(folder, "sessions"));
    await archive.put(resumable("a", { checkpoint: digestOf(1), formerCheckpoint: "" }));
    const objects = join(folder, storeNames.checkpoints);
    const pathOf = (name: string) => join(objects, name.slice(0, 2), name);
    const old = [digestOf(1), digestOf(2), "half.part", "notes.txt"];
    for (const name of [...old, digestOf(3)]) {
      await mkdir(dirname(pathOf(name)), { recursive: true });
      await writeFile(pathOf(name), "x");
      if (old.includes(name)) await utimes(pathOf(name), 1, 1);
    }
    const left = async () =>
      (await readdir(objects, { recursive: true, withFileTypes: true })).flatMap((each) =>
        each.isFile() ? [each.name] : [],
      );
    const clock = new FakeClock();
    localCheckpoints(folder, silentLog, clock);
    expect((await left()).length).toBe(5);
    clock.advance(10_000);
    let names = await left();
    while (names.length > 3) names = await left();
    expect(names.sort()).toEqual([digestOf(1), digestOf(3), "notes.txt"]);
  });

  it("the scene was changed after its rendering began -> refused; before, or it is not there -> not", async () => {
    const folder = folderOfTest();
    const scenePath = join(folder, "scene.gltf");
    await writeFile(scenePath, "{}");
    await utimes(scenePath, 1000, 1000);
    const archive = new FileArchive(join(folder, "sessions"));
    const session = { ...resumable("a").session!, render: fakeRender("", { scenePath }) };
    await archive.put(resumable("older", { session, createdAtMs: 999_000n }));
    await archive.put(resumable("newer", { session, createdAtMs: 1_001_000n }));
    await expect(requireSameFiles(folder, "older")).rejects.toMatchObject({
      code: "checkpoint-mismatch",
      place: { path: scenePath },
    });
    await requireSameFiles(folder, "newer");
    await requireSameFiles(folder, "unknown");
    await rm(scenePath);
    await requireSameFiles(folder, "older");
  });
});
