// The archive of sessions in key-value, for a farm.
import { toBinary } from "@bufbuild/protobuf";
import type { Clock } from "../../host/clock.ts";
import type { KeyValue } from "../../host/nats/key-value.ts";
import { ArrasError } from "../../proto/errors.ts";
import { type ResumableSession, ResumableSessionSchema } from "../../proto/gen/arras/v1/archive_pb.ts";
import { entriesUnder } from "../records/entries-under.ts";
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

  async list(): Promise<ResumableSession[]> {
    const entries = await entriesUnder(this.#store, prefix, this.#clock);
    return entries.map(({ value }) => resumableFromBytes(value)).filter((session) => session !== undefined);
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
