// A file to write: what its extension means, whether it can be written (found out before rendering starts), and
// writing it: beside its place, then renamed, so that a reader never sees half a file.
import { constants } from "node:fs";
import { access, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { ArrasError } from "../proto/errors.ts";
import type { ValueReader } from "./value-readers.ts";
import { quoted } from "./value-readers.ts";

export interface OutputFile {
  readonly path: string;
  readonly encoding: "exr" | "png" | "jpeg" | "webp";
  /** Not the film's pixels, but what a denoiser made of them. */
  readonly isDenoised?: true;
}

const encodings: Readonly<Record<string, OutputFile["encoding"]>> = {
  ".exr": "exr",
  ".png": "png",
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".webp": "webp",
};

export function outputFile(path: string, reader: ValueReader): OutputFile | undefined {
  const encoding = encodings[extname(path).toLowerCase()];
  if (encoding !== undefined) return { path, encoding };
  const action = `Give a file that ends in ${Object.keys(encodings).join(", ")}; a scene ends in .gltf or .glb.`;
  return reader.mistake("-o", `${quoted(path)} is no picture that can be written`, action);
}

/** Resolves with what speaks against writing it, or undefined. */
export async function writeObstacle(path: string, setting?: string): Promise<ArrasError | undefined> {
  try {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) throw new Error("it is a folder");
    await access(dirname(resolve(path)), constants.W_OK | constants.X_OK);
    const folder = await stat(dirname(resolve(path)));
    if (!folder.isDirectory()) throw new Error(`${dirname(path)} is no folder`);
    return undefined;
  } catch (cause) {
    return new ArrasError("output-unwritable", {
      message: `${path} cannot be written: ${cause instanceof Error ? cause.message : cause}`,
      action: "Give a place in an existing folder where you may write.",
      place: { path, ...(setting === undefined ? {} : { setting }) },
      cause,
    });
  }
}

/** Throws `output-failed`; then there is no new file, and an old one is unharmed. */
export async function writeBeside(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    const file = await open(beside, "w");
    try {
      // Not write(): it may write a part.
      for await (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    if (cause instanceof ArrasError) throw cause;
    throw new ArrasError("output-failed", {
      message: `Writing ${path} failed: ${cause instanceof Error ? cause.message : cause}`,
      action: "Is the disk full?",
      place: { path },
      cause,
    });
  }
}
