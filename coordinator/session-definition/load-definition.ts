// Finds a session definition and reads its file. The only one here that touches files.
import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../host/package-root.ts";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { closeNames } from "./close-names.ts";
import type { SessionDefinition } from "./definition.ts";
import { readSessionDefinition } from "./read-definition.ts";

const extension = ".sessiondef";

export interface SearchOptions {
  /** ARRAS_SESSION_PATH: folders, separated by colons. */
  readonly searchPath?: string | undefined;
  /** ARRASCLIENT_OVR_SESSION_DEF_SUFFIX: `<name><suffix>.sessiondef` is tried before `<name>.sessiondef`. */
  readonly suffix?: string | undefined;
  /** Looked in last; our own deploy/sessions by default. */
  readonly ownFolder?: string;
}

/** Throws `session-definition-missing`, or ArrasErrors with every mistake of the file. */
export function loadSessionDefinition(name: string, options: SearchOptions): SessionDefinition {
  const path = findSessionDefinition(name, options);
  return readSessionDefinition(readText(path), path);
}

/** The same, unread: for a coordinator elsewhere to read. Throws `session-definition-missing` or `limit-exceeded`. */
export function loadDefinitionText(
  name: string,
  options: SearchOptions,
): { readonly path: string; readonly json: string } {
  const path = findSessionDefinition(name, options);
  return { path, json: readText(path) };
}

/** The file for a name; a name with a slash or the extension is a path already. */
export function findSessionDefinition(name: string, options: SearchOptions): string {
  if (name.includes("/") || /\.sessiondef(\.in)?$/.test(name)) return name;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_. -]*$/.test(name) || name.includes("..")) {
    throw new ArrasError("usage", {
      message: `${JSON.stringify(name.slice(0, 80))} is no name of a session definition`,
      action: "Give a name such as mcrt_progressive_n, or the path of a file.",
      place: { setting: "--session" },
    });
  }
  const folders = searchFolders(options);
  const suffix = options.suffix ?? "";
  // Arras looks for the suffixed name along the whole path before it looks for the plain one.
  for (const fileName of suffix === "" ? [name + extension] : [name + suffix + extension, name + extension]) {
    for (const folder of folders) {
      const path = join(folder, fileName);
      if (isReadableFile(path)) return path;
    }
  }
  throw missing(name, folders);
}

function searchFolders({ searchPath, ownFolder }: SearchOptions): string[] {
  const folders = (searchPath ?? "").split(":").filter((folder) => folder !== "");
  return [...folders, ownFolder ?? join(packageRoot(), "deploy", "sessions")];
}

function isReadableFile(path: string): boolean {
  try {
    const descriptor = openSync(path, "r");
    const isFile = fstatSync(descriptor).isFile();
    closeSync(descriptor);
    return isFile;
  } catch {
    return false;
  }
}

function missing(name: string, folders: readonly string[]): ArrasError {
  const names = folders.flatMap(definitionNames);
  const near = closeNames(name, names);
  const known = [...new Set(names)].sort().slice(0, 20).join(", ");
  return new ArrasError("session-definition-missing", {
    message: `There is no session definition ${name} in ${folders.join(", ")}`,
    action:
      near.length > 0
        ? `Did you mean ${near.join(" or ")}?`
        : `Set ARRAS_SESSION_PATH, give a path, or use one of: ${known}.`,
    place: { setting: "--session" },
  });
}

function definitionNames(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith(extension));
    return files.map((file) => file.slice(0, -extension.length));
  } catch {
    return [];
  }
}

/** Reads at most the limit, also from what is no plain file and lies about its size. */
function readText(path: string): string {
  const max = limits.sessionDefinitionSizeBytesMax;
  let descriptor: number | undefined;
  let bytes: Buffer;
  try {
    descriptor = openSync(path, "r");
    const isFile = fstatSync(descriptor).isFile();
    if (!isFile) throw new Error("it is no file");
    bytes = Buffer.alloc(max + 1);
    bytes = bytes.subarray(0, readSync(descriptor, bytes, 0, max + 1, 0));
  } catch (cause) {
    throw new ArrasError("session-definition-missing", {
      message: `The session definition cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      action: "Give the path of a readable *.sessiondef file.",
      place: { path },
      cause,
    });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  if (bytes.length > max) {
    throw new ArrasError("limit-exceeded", {
      message: `The session definition is larger than sessionDefinitionSizeBytesMax, ${max} bytes`,
      action: "Is it a session definition? The largest that Arras ships has 4 KB.",
      place: { path },
    });
  }
  return bytes.toString("utf8");
}
