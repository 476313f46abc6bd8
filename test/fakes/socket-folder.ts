// Short addresses for servers of one test file: a socket's path may have 107 characters.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Returns a maker of fresh `unix:` addresses; the folder goes when the file's tests are over. */
export function socketFolder(): () => string {
  const folder = mkdtempSync(join(tmpdir(), "arras-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  return () => {
    count += 1;
    return `unix:${join(folder, String(count))}`;
  };
}
