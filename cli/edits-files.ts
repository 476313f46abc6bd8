// Files of edits on this machine: read before a session, written after it.
import { readFile, stat } from "node:fs/promises";
import { editsFromText, editsToText } from "../proto/edits-file.ts";
import { ArrasError } from "../proto/errors.ts";
import type { SceneEdits } from "../proto/gen/arras/v1/edits_pb.ts";
import { limits } from "../proto/limits.ts";
import { writeBeside } from "./output-file.ts";

/** Rejects with `edit-impossible`, naming every mistake. */
export async function readEdits(path: string): Promise<SceneEdits> {
  return editsFromText(await textOf(path), path);
}

/** Rejects with `output-failed`; then there is no new file, and an old one is unharmed. */
export async function writeEdits(path: string, edits: SceneEdits): Promise<void> {
  const text = Buffer.from(editsToText(edits));
  await writeBeside(path, piecesOf(text));
}

async function textOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    // One byte more is refused as too large, without being read.
    return size > limits.editsFileSizeBytesMax
      ? " ".repeat(limits.editsFileSizeBytesMax + 1)
      : await readFile(path, "utf8");
  } catch (cause) {
    throw new ArrasError("edit-impossible", {
      message: `${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      action: "Give the path of a readable file of edits.",
      place: { path, setting: "--edits" },
      cause,
    });
  }
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
