// Paths inside a bundle: what they may be, so that no bundle can write or read outside of its own folder. Held at every
// door: where a bundle is made, where it is taken, where it is unpacked.
import { limits } from "./limits.ts";

const utf8 = new TextEncoder();

/** What is wrong with a path, as the end of "the path …"; undefined: nothing. */
export function bundlePathMistake(path: string): string | undefined {
  // Half of a surrogate pair would become another character on its way.
  if (/\p{Surrogate}/u.test(path)) return "is not valid Unicode";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  if (/[\u0000-\u001f\u007f]/.test(path)) return "has a control character";
  if (path.includes("\\")) return "has a backslash";
  if (utf8.encode(path).length > limits.bundlePathBytesMax)
    return `has more than bundlePathBytesMax = ${limits.bundlePathBytesMax} bytes`;
  const names = path.split("/");
  if (names.length > limits.bundlePathDepthMax)
    return `is deeper than bundlePathDepthMax = ${limits.bundlePathDepthMax}`;
  for (const name of names) {
    // An empty name is also what an absolute path begins with, and a folder ends with.
    if (name === "") return "is absolute, or has an empty name";
    if (name === "." || name === "..") return `has the name "${name}"`;
    if (utf8.encode(name).length > limits.bundleNameBytesMax)
      return `has a name of more than bundleNameBytesMax = ${limits.bundleNameBytesMax} bytes`;
  }
  return undefined;
}

/**
 * The first path that two files share, or that is a file and a folder. Paths that differ only in case are two: they are
 * on most of our machines, and where a disk cannot hold both, unpacking fails and says so.
 */
export function clashingPath(paths: readonly string[]): string | undefined {
  const files = new Set<string>();
  for (const path of paths) {
    if (files.has(path)) return path;
    files.add(path);
  }
  const folders = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      if (files.has(folder)) return folder;
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return undefined;
}
