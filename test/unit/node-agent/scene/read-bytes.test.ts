// Reading files whole or in parts, and what is said of those that cannot be read.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readRange, readWhole, withFile } from "../../../../node-agent/scene/read-bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "arras-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (name: string) => join(folder, name);
writeFileSync(inFolder("ten"), "0123456789");
writeFileSync(inFolder("empty"), "");

const reading = (path: string, sizeBytesMax = 10) => ({
  path,
  missingCode: "scene-missing" as const,
  noun: "The scene",
  place: "scene.gltf: buffers[0]",
  sizeBytesMax,
  limitName: "sceneBufferSizeBytesMax",
});
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

it("a whole file -> its bytes, in an array of exactly their size", async () => {
  const bytes = await readWhole(reading(inFolder("ten")));
  expect(text(bytes)).toBe("0123456789");
  expect(bytes.buffer.byteLength).toBe(10);
  expect(await readWhole(reading(inFolder("empty")))).toHaveLength(0);
});

it("a part -> those bytes; beyond the end -> as many as there are", async () => {
  await withFile(reading(inFolder("ten")), async (file, sizeBytes) => {
    expect(sizeBytes).toBe(10);
    expect(text(await readRange(file, 2, 3))).toBe("234");
    expect(text(await readRange(file, 8, 5))).toBe("89");
    expect(await readRange(file, 20, 5)).toHaveLength(0);
    expect(await readRange(file, 3, 0)).toHaveLength(0);
  });
});

it("it is larger than its limit -> limit-exceeded with both sizes, and nothing is read", async () => {
  let isRead = false;
  const refused = withFile(reading(inFolder("ten"), 9), async () => {
    isRead = true;
  });
  await expect(refused).rejects.toMatchObject({
    code: "limit-exceeded",
    message: "The scene has 10 bytes; sceneBufferSizeBytesMax is 9",
    place: { path: "scene.gltf: buffers[0]" },
  });
  expect(isRead).toBe(false);
});

it("its use fails -> that error, and the file is closed", async () => {
  let used: FileHandle | undefined;
  await expect(
    withFile(reading(inFolder("ten")), async (file) => {
      used = file;
      throw new Error("mine");
    }),
  ).rejects.toThrow("mine");
  expect(used?.fd).toBe(-1);
});

it.each([
  ["nothing is there", "missing", "does not exist"],
  ["a folder of the path is a file", "ten/deeper", "does not exist"],
  ["it is a folder", ".", "is not a file"],
  ["its name is too long", "x".repeat(300), "cannot be opened (ENAMETOOLONG)"],
])("%s -> the asker's code, the path and why", async (_, name, why) => {
  await expect(readWhole(reading(inFolder(name)))).rejects.toMatchObject({
    code: "scene-missing",
    message: `The scene ${inFolder(name)} ${why}`,
  });
});

it("it is a named pipe that nobody writes -> refused, not waited for", async () => {
  execFileSync("mkfifo", [inFolder("pipe")]);
  await expect(readWhole(reading(inFolder("pipe")))).rejects.toMatchObject({
    code: "scene-missing",
    message: expect.stringContaining("is not a file"),
  });
});
