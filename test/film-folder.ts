// A folder for the whole run, in which test files keep the hashes of films that others need, too.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Path. */
    readonly filmFolder: string;
  }
}

/** Vitest calls it before the first test, and what it returns after the last. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "arras-films-"));
  project.provide("filmFolder", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
