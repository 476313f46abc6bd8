// The viewer's page as `make build` left it.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { packageRoot } from "./package-root.ts";

/** Paths with slashes, from the page's own root. Empty where it was not built. */
export function readPageFiles(folder = join(packageRoot(), "dist/viewer")): { path: string; content: Uint8Array }[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const path = relative(folder, join(parentPath, name)).split(sep).join("/");
        return { path, content: readFileSync(join(parentPath, name)) };
      });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw thrown;
  }
}
