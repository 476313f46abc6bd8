// A scene's files as a bundle: which they are, what they are called inside, what their digests are. Files are read
// once, in pieces.
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname, relative, resolve } from "node:path";
import { type BundleFile, manifestToBytes } from "../../proto/bundle-manifest.ts";
import { bundlePathMistake } from "../../proto/bundle-path.ts";
import { ArrasError, type ErrorCode } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";

/** What the command is told to render, as paths of this machine. */
export interface SceneInputs {
  /** Empty: none. */
  readonly scenePath: string;
  /** A file, "none", or empty. */
  readonly environmentPath: string;
}

/** Files that a scene reads beside itself, see node-agent/scene/scene-files.ts. */
export type ListSceneFiles = (scenePath: string) => Promise<{
  readonly files: readonly { readonly path: string; readonly place: string; readonly isOptional: boolean }[];
  readonly notices: readonly string[];
}>;

export interface LocalFile extends BundleFile {
  /** Where it is on this machine. */
  readonly source: string;
}

export interface SceneBundle {
  /** The manifest's digest. */
  readonly sha256: string;
  readonly manifest: Uint8Array;
  readonly files: readonly LocalFile[];
  /** Inside the bundle; empty: none. */
  readonly scenePath: string;
  /** Inside the bundle, "none", or empty. */
  readonly environmentPath: string;
  readonly notices: readonly string[];
}

export interface ReadProgress {
  readonly doneFileCount: number;
  readonly fileCount: number;
  readonly doneBytes: number;
}

interface Wanted {
  readonly path: string;
  readonly source: string;
  readonly missingCode: ErrorCode;
  /** Where the scene names it; empty: the command line does. */
  readonly place: string;
  readonly isOptional: boolean;
}

/** undefined: there is nothing to bundle. Throws `scene-*`, `environment-missing`, `limit-exceeded`, `cancelled`. */
export async function bundleScene(
  inputs: SceneInputs,
  listFiles: ListSceneFiles,
  { signal, onRead }: { readonly signal: AbortSignal; readonly onRead: (progress: ReadProgress) => void },
): Promise<SceneBundle | undefined> {
  const { wanted, scenePath, environmentPath, notices } = await wantedFiles(inputs, listFiles);
  if (wanted.length === 0) return undefined;
  const files: LocalFile[] = [];
  let doneBytes = 0;
  for (const [at, each] of wanted.entries()) {
    const told = (readBytes: number) =>
      onRead({ doneFileCount: at, fileCount: wanted.length, doneBytes: doneBytes + readBytes });
    const file = await digested(each, signal, told);
    if (file !== undefined) files.push(file);
    else notices.push(`${each.place}, ${each.source}, is not there: rendering fails if the scene uses it`);
    doneBytes += file?.sizeBytes ?? 0;
  }
  const manifest = manifestToBytes(files);
  const sha256 = createHash("sha256").update(manifest).digest("hex");
  return { sha256, manifest, files, scenePath, environmentPath, notices };
}

async function wantedFiles(inputs: SceneInputs, listFiles: ListSceneFiles) {
  // A map: a scene may name a file more than once.
  const wanted = new Map<string, Wanted>();
  const notices: string[] = [];
  let { scenePath, environmentPath } = inputs;
  if (scenePath !== "") {
    const root = dirname(resolve(scenePath));
    const add = (source: string, place: string, isOptional: boolean) => {
      const path = checkedPath(`scene/${relative(root, resolve(source))}`, source);
      const known = wanted.get(path);
      if (known?.isOptional !== false)
        wanted.set(path, { path, source, missingCode: "scene-missing", place, isOptional });
      return path;
    };
    const listed = await listFiles(scenePath);
    notices.push(...listed.notices);
    for (const { path, place, isOptional } of listed.files) add(path, `${scenePath}: ${place}`, isOptional);
    scenePath = add(scenePath, "", false);
  }
  if (environmentPath !== "" && environmentPath !== "none") {
    const source = environmentPath;
    const path = checkedPath(`environment/${basename(source)}`, source);
    wanted.set(path, { path, source, missingCode: "environment-missing", place: "", isOptional: false });
    environmentPath = path;
  }
  return { wanted: [...wanted.values()], scenePath, environmentPath, notices };
}

function checkedPath(path: string, source: string): string {
  const mistake = bundlePathMistake(path);
  if (mistake === undefined) return path;
  throw new ArrasError("scene-unsupported", {
    message: `A file cannot be uploaded, because its path ${mistake}`,
    place: { path: source },
    action: "Rename it, or render with --shared-fs on machines that see the same files.",
  });
}

/** undefined for an optional file that is not there. */
async function digested(
  { path, source, missingCode, place, isOptional }: Wanted,
  signal: AbortSignal,
  onRead: (readBytes: number) => void,
): Promise<LocalFile | undefined> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  try {
    for await (const piece of fileBytes(source, signal)) {
      hash.update(piece);
      sizeBytes += piece.byteLength;
      onRead(sizeBytes);
    }
  } catch (thrown) {
    if (thrown instanceof ArrasError) throw thrown;
    if (isOptional && (thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ArrasError(missingCode, {
      message: `${source} cannot be read: ${reason}`,
      action: "Check the path, and that the file is there and readable.",
      place: { path: place === "" ? source : place },
      cause: thrown,
    });
  }
  return { path, source, sha256: hash.digest("hex"), sizeBytes };
}

/** In pieces of an upload's chunk. Throws `cancelled`, or what the system says. */
export async function* fileBytes(source: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  // Opening a named pipe that nobody writes would wait for ever.
  const file: FileHandle = await open(source, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new Error("it is no file");
    for (;;) {
      if (signal.aborted)
        throw new ArrasError("cancelled", {
          message: "It was stopped while the scene was read",
          action: "Submit it again.",
        });
      const { bytesRead, buffer } = await file.read(new Uint8Array(limits.assetChunkSizeBytes));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
