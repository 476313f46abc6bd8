// Checkpoints of one machine: a folder of its user's, in which what can be gone on with is kept within bounds.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import { FileObjectStore } from "../../host/nats/file-object-store.ts";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { storeNames } from "../../proto/subjects.ts";
import { CheckpointShelf, digestsOf } from "./checkpoint-shelf.ts";
import { FileArchive } from "./file-archive.ts";

/** Older ones are no other process's that is just being written, or is about to be spoken of. */
const orphanAgeMs = 24 * 3600 * 1000;
/** The first picture is wanted sooner than room on the disk; a short render leaves it to a longer one. */
const orphansAfterMs = 10_000;

/** `folder`: made when it is needed. What nobody speaks of in it is removed later, by `clock`. */
export function localCheckpoints(folder: string, log: Log, clock: Clock): CheckpointShelf {
  const archive = archiveIn(folder);
  const objects = new FileObjectStore(join(folder, storeNames.checkpoints));
  const bounds = { sessionsMax: limits.localResumableSessionsMax, bytesMax: limits.localResumableBytesMax };
  clock.after(orphansAfterMs, () => {
    removeOrphans(archive, objects).catch((thrown: unknown) => {
      log.info({ code: ArrasError.from(thrown).code }, "old checkpoints could not be looked through");
    });
  });
  return new CheckpointShelf({ archive, objects, bounds, log });
}

function archiveIn(folder: string): FileArchive {
  return new FileArchive(join(folder, "sessions"));
}

/**
 * Throws `checkpoint-mismatch` where the scene or its environment was changed after the session began: half of a picture
 * would be of one scene, half of another. Files that they refer to are not looked at.
 */
export async function requireSameFiles(folder: string, sessionId: string): Promise<void> {
  const kept = await archiveIn(folder).get(sessionId);
  const render = kept?.session?.render;
  if (kept === undefined || render === undefined) return;
  for (const path of [render.scenePath, render.environmentPath].filter((each) => each.startsWith("/"))) {
    // One that is missing is told by who reads it.
    const modifiedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    if (modifiedMs > Number(kept.createdAtMs)) throw changed(path, sessionId);
  }
}

function changed(path: string, sessionId: string): ArrasError {
  return new ArrasError("checkpoint-mismatch", {
    message: "The scene was changed after its rendering had begun",
    action: "Render it anew: what is there is of the former scene.",
    place: { path, session: sessionId },
  });
}

/** What was written and is not spoken of: its command was killed in between. */
async function removeOrphans(archive: FileArchive, objects: FileObjectStore): Promise<void> {
  const digests = (await archive.list()).flatMap(digestsOf);
  await objects.sweep(new Set(digests), Date.now() - orphanAgeMs);
}
