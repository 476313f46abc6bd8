// Sessions in a folder keep the contract, and nobody else may read them.
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { FileArchive } from "../../coordinator/checkpoints/file-archive.ts";
import { resumable } from "../fakes/resumable-sessions.ts";
import { resumeArchiveContract } from "./resume-archive.contract.ts";

async function makeArchive() {
  const folder = await mkdtemp(join(tmpdir(), "arras-archive-"));
  const sessions = join(folder, "state", "sessions");
  return {
    sessions,
    archive: new FileArchive(sessions),
    spoil: (sessionId: string) => writeFile(join(sessions, `${sessionId}.json`), '{"format": 99'),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

resumeArchiveContract("FileArchive", makeArchive);

it("a session is written -> one file, for its user alone", async () => {
  const { archive, sessions, close } = await makeArchive();
  onTestFinished(close);
  await archive.put(resumable("a"));
  expect(await readdir(sessions)).toEqual(["a.json"]);
  expect((await stat(sessions)).mode & 0o777).toBe(0o700);
  expect((await stat(join(sessions, "a.json"))).mode & 0o777).toBe(0o600);
});

it("a file is where the folder should be -> output-failed, with the path", async () => {
  const { sessions, close } = await makeArchive();
  onTestFinished(close);
  const blocked = new FileArchive(join(sessions, "..", "..", "file", "sessions"));
  await writeFile(join(sessions, "..", "..", "file"), "");
  await expect(blocked.put(resumable("a"))).rejects.toMatchObject({ code: "output-failed" });
});
