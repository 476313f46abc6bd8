// Which checkpoints there are of one session's film: the newest two are kept, and what the archive says of them is made to
// agree. Nothing that the archive speaks of is deleted, nothing that is stored is forgotten.
import { create } from "@bufbuild/protobuf";
import { type ResumableSession, ResumableSessionSchema } from "../../proto/gen/arras/v1/archive_pb.ts";
import type { SessionRecord } from "../../proto/gen/arras/v1/record_pb.ts";
import { softwareVersion } from "../../proto/version.ts";
import type { SessionPlan, SessionSurroundings } from "../session-plan.ts";
import type { CheckpointShelf } from "./checkpoint-shelf.ts";
import { resumableFormat } from "./resume-archive.ts";

export interface Written {
  readonly digest: string;
  readonly sizeBytes: number;
  /** undefined: written by another coordinator, or for another session, and not opened yet. */
  sampleCount: number | undefined;
}

/** What is kept beside the film, for whoever goes on with it. */
export type FilmOrigin = Pick<ResumableSession, "session" | "instructionSet" | "rendererBuild">;

export class KeptCheckpoints {
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #origin: () => FilmOrigin;
  /** Newest first; at most two. */
  #kept: readonly Written[];
  /** In the object store, as far as this session knows. */
  readonly #stored: Set<string>;
  /** What the archive speaks of: must not be deleted. */
  #archived: readonly string[];
  /** The session that this one goes on with, until the archive has this one in its place. */
  #continued: string;

  constructor(plan: SessionPlan, world: SessionSurroundings, origin: () => FilmOrigin) {
    this.#plan = plan;
    this.#world = world;
    this.#origin = origin;
    const { checkpoint, formerCheckpoint, spec } = plan.base;
    const digests = [checkpoint, formerCheckpoint].filter((digest) => digest !== "");
    this.#kept = digests.map((digest) => ({ digest, sizeBytes: 0, sampleCount: undefined }));
    this.#stored = new Set(digests);
    this.#archived = digests;
    this.#continued = spec?.resumeSessionId ?? "";
  }

  get newest(): Written | undefined {
    return this.#kept[0];
  }

  /** For the session's record. */
  get record(): Pick<SessionRecord, "checkpoint" | "formerCheckpoint"> {
    return { checkpoint: this.#kept[0]?.digest ?? "", formerCheckpoint: this.#kept[1]?.digest ?? "" };
  }

  /** What others could go on with. */
  get resumable(): Written | undefined {
    return this.isContinuing ? undefined : this.#kept.find(({ digest }) => this.#archived[0] === digest);
  }

  /** The archive has what it began with as another session's. */
  get isContinuing(): boolean {
    return this.#continued !== "";
  }

  /** It is in the object store, whether it is of use or not. */
  stored({ digest }: Written): void {
    this.#stored.add(digest);
  }

  /** The newest from now on. It may be the same again: a film that has not changed has the same digest. */
  keep(written: Written): void {
    if (this.newest?.digest !== written.digest) this.#kept = [written, ...this.#kept].slice(0, 2);
  }

  /** No film can begin with it. */
  dropNewest(): void {
    this.#kept = this.#kept.slice(1);
  }

  /** They are of no use. What is stored goes when the next one is written. */
  dropAll(): void {
    this.#kept = [];
  }

  /** Makes the kept ones the ones that are spoken of, everywhere; only then do others go. */
  async archive(): Promise<void> {
    const { checkpoints, mayAct, save } = this.#world;
    if (checkpoints === undefined || !mayAct() || (await save()) === false) return;
    const digests = this.#kept.map(({ digest }) => digest);
    try {
      await checkpoints.keep(this.#archiveEntry());
      this.#archived = digests;
      if (this.isContinuing) await checkpoints.forget(this.#continued);
      this.#continued = "";
    } finally {
      await this.#deleteOld(checkpoints);
    }
  }

  async #deleteOld(checkpoints: CheckpointShelf): Promise<void> {
    const needed = new Set([...this.#archived, ...this.#kept.map(({ digest }) => digest)]);
    const old = [...this.#stored].filter((digest) => !needed.has(digest));
    for (const digest of old) this.#stored.delete(digest);
    await checkpoints.deleteObjects(old);
  }

  #archiveEntry(): ResumableSession {
    const { base } = this.#plan;
    const { clock, epochOffsetMs } = this.#world;
    return create(ResumableSessionSchema, {
      format: resumableFormat,
      sessionId: base.sessionId,
      user: base.user,
      ...this.#origin(),
      ...this.record,
      sizeBytes: BigInt(this.#kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)),
      sampleCount: BigInt(this.newest?.sampleCount ?? 0),
      savedAtMs: BigInt(Math.round(clock.nowMs() + epochOffsetMs)),
      softwareVersion,
      createdAtMs: base.createdAtMs,
    });
  }

  /** All of them, everywhere. False: what is kept can still be gone on with. */
  async remove(): Promise<boolean> {
    const { checkpoints, mayAct } = this.#world;
    const digests = [...new Set([...this.#stored, ...this.#archived])];
    if (checkpoints === undefined || digests.length === 0) return true;
    if (!mayAct()) return false;
    this.#kept = [];
    if (this.isContinuing && !(await checkpoints.drop(this.#continued, []))) return false;
    if (!(await checkpoints.drop(this.#plan.sessionId, digests))) return false;
    this.#stored.clear();
    this.#archived = [];
    this.#continued = "";
    return true;
  }
}
