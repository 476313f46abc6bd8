// The archive of sessions in key-value, for a farm.
import { toBinary } from "@bufbuild/protobuf";
import type { Clock } from "../../host/clock.ts";
import type { KeyValue } from "../../host/nats/key-value.ts";
import { ArrasError } from "../../proto/errors.ts";
import { type ResumableSession, ResumableSessionSchema } from "../../proto/gen/arras/v1/archive_pb.ts";
import { limits } from "../../proto/limits.ts";
import { isSessionId, type ResumeArchive, resumableFromBytes } from "./resume-archive.ts";

const prefix = "session";
/** Somebody else can write the same session only in the moment in which it changes its owner. */
const attemptsMax = 5;

export class KeyValueArchive implements ResumeArchive {
  readonly #store: KeyValue;
  readonly #clock: Clock;

  constructor(store: KeyValue, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async put(session: ResumableSession): Promise<void> {
    const key = keyOf(session.sessionId);
    const value = toBinary(ResumableSessionSchema, session);
    await this.#repeat(key, (revision) =>
      revision === undefined ? this.#store.create(key, value) : this.#store.update(key, value, revision),
    );
  }

  async get(sessionId: string): Promise<ResumableSession | undefined> {
    if (!isSessionId(sessionId)) return undefined;
    const entry = await this.#store.get(keyOf(sessionId));
    return entry === undefined ? undefined : resumableFromBytes(entry.value);
  }

  async remove(sessionId: string): Promise<void> {
    const key = keyOf(sessionId);
    await this.#repeat(key, async (revision) =>
      revision === undefined ? { t: "written" } : this.#store.delete(key, revision),
    );
  }

  list(): Promise<ResumableSession[]> {
    const found = new Map<string, ResumableSession>();
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        // Not at once: the watch may be current before its subscription is in our hands.
        void Promise.resolve().then(() => watch.unsubscribe());
        timer.cancel();
        settle();
      };
      const timer = this.#clock.after(limits.natsRequestTimeoutMs, () => end(() => reject(tooSlow())));
      const watch = this.#store.watch(prefix, (change) => {
        if (change.t === "began") found.clear();
        else if (change.t === "deleted") found.delete(change.key);
        else if (change.t === "current") end(() => resolve([...found.values()]));
        else {
          const session = resumableFromBytes(change.entry.value);
          if (session !== undefined) found.set(change.entry.key, session);
        }
      });
    });
  }

  /** Until nobody else has written between reading and writing. */
  async #repeat(
    key: string,
    write: (revision: number | undefined) => Promise<{ readonly t: "written" | "conflict" }>,
  ): Promise<void> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const written = await write((await this.#store.get(key))?.revision);
      if (written.t === "written") return;
    }
    throw new ArrasError("unavailable", {
      message: `${key} is written by somebody else all the time`,
      action: "Do two coordinators think that they own the session? Report it.",
    });
  }
}

function keyOf(sessionId: string): string {
  return `${prefix}.${sessionId}`;
}

function tooSlow(): ArrasError {
  return new ArrasError("timed-out", {
    message: "The list of sessions that can be gone on with did not come in time",
    action: "Is NATS reachable? Try again.",
  });
}
