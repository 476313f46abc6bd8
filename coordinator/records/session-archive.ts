// What is kept of each session in key-value, of one form. What that is, and how it is read, is its owner's to say.
import type { Clock } from "../../host/clock.ts";
import type { KeyValue } from "../../host/nats/key-value.ts";
import { ArrasError } from "../../proto/errors.ts";
import { entriesUnder } from "./entries-under.ts";
import { isSessionId, recordKey, recordPrefix } from "./session-record.ts";

export interface ArchiveOptions<Kept> {
  readonly store: KeyValue;
  readonly clock: Clock;
  toBytes(kept: Kept): Uint8Array;
  /** undefined: of another version, or nobody's. */
  fromBytes(bytes: Uint8Array): Kept | undefined;
  /** What is under that key, for people. */
  nameOf(key: string): string;
}

/** Somebody else can write the same session only in the moment in which it changes its owner, or is removed. */
const attemptsMax = 5;

/** Every method rejects with what its store says. */
export class SessionArchive<Kept extends { readonly sessionId: string }> {
  readonly #options: ArchiveOptions<Kept>;

  constructor(options: ArchiveOptions<Kept>) {
    this.#options = options;
  }

  /** In the place of what is there under its session. */
  async put(kept: Kept): Promise<void> {
    const { store, toBytes } = this.#options;
    const key = recordKey(kept.sessionId);
    const value = toBytes(kept);
    await this.#repeat(key, (revision) =>
      revision === undefined ? store.create(key, value) : store.update(key, value, revision),
    );
  }

  async get(sessionId: string): Promise<Kept | undefined> {
    if (!isSessionId(sessionId)) return undefined;
    const entry = await this.#options.store.get(recordKey(sessionId));
    return entry && this.#options.fromBytes(entry.value);
  }

  /** Removing what is not there does nothing. */
  async remove(sessionId: string): Promise<void> {
    const key = recordKey(sessionId);
    await this.#repeat(key, async (revision) =>
      revision === undefined ? { t: "written" } : this.#options.store.delete(key, revision),
    );
  }

  /** In no order. What cannot be read is left out. */
  async list(): Promise<Kept[]> {
    const { store, clock, fromBytes } = this.#options;
    const entries = await entriesUnder(store, recordPrefix, clock);
    return entries.map(({ value }) => fromBytes(value)).filter((kept) => kept !== undefined);
  }

  /** Until nobody else has written between reading and writing. */
  async #repeat(
    key: string,
    write: (revision: number | undefined) => Promise<{ readonly t: "written" | "conflict" }>,
  ): Promise<void> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const written = await write((await this.#options.store.get(key))?.revision);
      if (written.t === "written") return;
    }
    throw new ArrasError("unavailable", {
      message: `${this.#options.nameOf(key)} is written by somebody else all the time`,
      action: "Do two coordinators think that they own the session? Report it.",
    });
  }
}
