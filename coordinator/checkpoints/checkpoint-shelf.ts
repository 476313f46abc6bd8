// Checkpoints and what says whose they are, kept together and within bounds: an object store and an archive.
import type { Log } from "../../host/log.ts";
import type { ObjectStore } from "../../host/nats/object-store.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { ResumableSession } from "../../proto/gen/arras/v1/archive_pb.ts";
import { type ArchiveBounds, byAge, type ResumeArchive, surplus } from "./resume-archive.ts";

export interface CheckpointShelfOptions {
  readonly archive: ResumeArchive;
  readonly objects: Pick<ObjectStore, "delete">;
  readonly bounds: ArchiveBounds;
  readonly log: Log;
}

/** Of an error message: more would not be read. */
const namedSessionsMax = 5;

export class CheckpointShelf {
  readonly #options: CheckpointShelfOptions;
  /** Of this process: others' entries are only looked through when one of them is new. */
  readonly #known = new Set<string>();

  constructor(options: CheckpointShelfOptions) {
    this.#options = options;
  }

  /** Rejects as the archive does. */
  async keep(session: ResumableSession): Promise<void> {
    await this.#options.archive.put(session);
    if (this.#known.has(session.sessionId)) return;
    this.#known.add(session.sessionId);
    await this.#makeRoom().catch((thrown: unknown) => this.#failed(thrown, "old checkpoints could not be removed"));
  }

  /** Rejects with `session-missing`, also for another user's, and as the archive does. */
  async find(sessionId: string, user: string): Promise<ResumableSession> {
    const { archive } = this.#options;
    const session = await archive.get(sessionId);
    if (session?.user === user) return session;
    const all = byAge((await archive.list().catch(() => [])).filter((each) => each.user === user));
    throw missing(sessionId, all);
  }

  /**
   * Forgets the session and its checkpoints. Never rejects: what stays is removed when it is old. False: it can still be
   * gone on with.
   */
  async drop(sessionId: string, digests: readonly string[]): Promise<boolean> {
    this.#known.delete(sessionId);
    try {
      await this.#options.archive.remove(sessionId);
    } catch (thrown) {
      this.#failed(thrown, "what is kept of a session could not be removed");
      return false; // What it speaks of must stay.
    }
    await this.deleteObjects(digests);
    return true;
  }

  /** Its checkpoints are another session's now. Never rejects. */
  async forget(sessionId: string): Promise<void> {
    await this.drop(sessionId, []);
  }

  /** Never rejects. */
  async deleteObjects(digests: readonly string[]): Promise<void> {
    for (const digest of digests) {
      await this.#options.objects
        .delete(digest)
        .catch((thrown: unknown) => this.#failed(thrown, "an old checkpoint could not be removed"));
    }
  }

  async #makeRoom(): Promise<void> {
    for (const old of surplus(await this.#options.archive.list(), this.#options.bounds)) {
      this.#options.log.info(
        { session: old.sessionId },
        "an old session makes room: it cannot be gone on with any more",
      );
      await this.drop(old.sessionId, digestsOf(old));
    }
  }

  #failed(thrown: unknown, what: string): void {
    const { code, message } = ArrasError.from(thrown);
    this.#options.log.warn({ code }, `${what}: ${message}`);
  }
}

export function digestsOf({ checkpoint, formerCheckpoint }: ResumableSession): string[] {
  return [checkpoint, formerCheckpoint].filter((digest) => digest !== "");
}

function missing(sessionId: string, all: readonly ResumableSession[]): ArrasError {
  const named = all.slice(0, namedSessionsMax).map(({ sessionId: id, session, savedAtMs }) => {
    const scene = session?.render?.scenePath.split("/").pop() || session?.render?.renderer || "a scene";
    return `${id} (${scene}, ${new Date(Number(savedAtMs)).toISOString().slice(0, 16).replace("T", " ")} UTC)`;
  });
  const more = all.length > named.length ? ` and ${all.length - named.length} older ones` : "";
  return new ArrasError("session-missing", {
    message: `Nothing is kept of session ${JSON.stringify(sessionId.slice(0, 80))}`,
    action:
      named.length === 0
        ? "There is no session that can be gone on with: its frame was finished, or too many newer ones came."
        : `These can be gone on with: ${named.join(", ")}${more}.`,
  });
}
