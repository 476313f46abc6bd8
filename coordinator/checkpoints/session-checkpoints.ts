// The checkpoints of one session's film: has them written when they are due, and opens a new merger's film with the newest
// that is kept (kept-checkpoints.ts). Whatever goes wrong with a checkpoint is told once, and rendering goes on.
import { clone, create, toBinary } from "@bufbuild/protobuf";
import { ArrasError, type ErrorCode } from "../../proto/errors.ts";
import type { SceneEdits } from "../../proto/gen/arras/v1/edits_pb.ts";
import type { SessionRecord } from "../../proto/gen/arras/v1/record_pb.ts";
import {
  type CheckpointState,
  CheckpointStateSchema,
  SampleBudgetSchema,
  SessionSpecSchema,
} from "../../proto/gen/arras/v1/session_pb.ts";
import { areaPx } from "../../proto/rect.ts";
import { sentence } from "../journal/event-of.ts";
import type { MergerLink } from "../merger-link.ts";
import { sessionElsewhere } from "../session-errors.ts";
import type { SessionPlan, SessionSurroundings } from "../session-plan.ts";
import { settledWithin } from "../settled-within.ts";
import { type CheckpointTiming, checkpointTiming, isCheckpointDue, type LatestCheckpoint } from "./checkpoint-due.ts";
import { KeptCheckpoints, type Written } from "./kept-checkpoints.ts";

/** What it needs of a merger. */
export type CheckpointLink = Pick<MergerLink, "openFilm" | "writeCheckpoint">;

/** What it needs of its session. */
export interface CheckpointListener {
  /** The merger, while its film can be written. */
  writableLink(): CheckpointLink | undefined;
  /** What the samples in the film were made with, when that is known. */
  instructionSet(): string | undefined;
  rendererBuild(): string | undefined;
  /** Of the scene that the film shows. */
  edits(): SceneEdits;
  /** Samples per pixel that are asked for now. */
  budgetSpp(): number;
  notice(level: number, text: string): void;
}

/** These say that no merger can open it. */
const unusable: ReadonlySet<ErrorCode> = new Set([
  "object-missing",
  "object-broken",
  "checkpoint-broken",
  "checkpoint-mismatch",
  "message-malformed",
]);

/** Mergers that died or did not answer while they opened it: the third begins without. */
const openingsMax = 2;

/** How long the end of a session waits for its last checkpoint: a person does, too. */
const endPatienceMs = 10_000;
/** How long its merger is left alive for it. */
const closePatienceMs = 60_000;

export class SessionCheckpoints {
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #listener: CheckpointListener;
  /** undefined: none are written by themselves. */
  readonly #timing: CheckpointTiming | undefined;
  readonly #kept: KeptCheckpoints;
  #latest: LatestCheckpoint | undefined;
  #writing: Promise<Written> | undefined;
  #openings = { digest: "", count: 0 };
  #isFailing = false;
  #ending: Promise<void> | undefined;
  #isEnded = false;
  /** None may be written. */
  #isHeld = false;
  /** Rises when the film shows another scene: what was written before is of no use. */
  #epochCount = 0;

  constructor(plan: SessionPlan, world: SessionSurroundings, listener: CheckpointListener) {
    this.#plan = plan;
    this.#world = world;
    this.#listener = listener;
    const { spec } = plan.base;
    this.#timing = world.checkpoints === undefined ? undefined : checkpointTiming(spec?.checkpoints);
    this.#kept = new KeptCheckpoints(plan, world, () => ({
      session: this.#spec,
      instructionSet: listener.instructionSet() ?? "",
      rendererBuild: listener.rendererBuild() ?? "",
    }));
  }

  /** For the session's record. */
  get record(): Pick<SessionRecord, "checkpoint" | "formerCheckpoint"> {
    return this.#kept.record;
  }

  /** For those who watch: what they could go on with. */
  get state(): CheckpointState | undefined {
    const { resumable } = this.#kept;
    return resumable && this.#stateOf(resumable);
  }

  /** Opens the film of a merger that has just started, with the newest checkpoint that can be read. */
  async openFilm(link: CheckpointLink, epoch: number): Promise<void> {
    const { film } = this.#plan;
    const sessionSpec = toBinary(SessionSpecSchema, this.#spec);
    const hadOne = this.#kept.newest !== undefined;
    this.#latest = undefined;
    for (let newest = this.#kept.newest; newest !== undefined; newest = this.#kept.newest) {
      try {
        this.#noteOpening(newest.digest);
        if (await link.openFilm(epoch, film, { checkpoint: newest.digest, sessionSpec })) this.#tellRestored(newest);
        this.#openings = { digest: "", count: 0 };
        return;
      } catch (thrown) {
        const error = ArrasError.from(thrown);
        if (!unusable.has(error.code)) throw error;
        this.#listener.notice(2, `A checkpoint of the film cannot be used: ${error.message}`);
        this.#kept.dropNewest();
      }
    }
    await link.openFilm(epoch, film, { checkpoint: "", sessionSpec });
    if (hadOne) this.#listener.notice(2, "No checkpoint is left: the frame is rendered again from the start");
  }

  /** The film shows another scene from now on, and begins anew. */
  startEpoch(): void {
    this.#epochCount += 1;
    this.#kept.dropAll();
    this.#latest = undefined;
  }

  /** `pixelSamples`: merged so far; only asked for where it may matter. */
  tick(nowMs: number, pixelSamples: () => number): void {
    if (this.#timing === undefined || this.#isEnded || this.#isHeld || this.#writing !== undefined) return;
    if (this.#listener.writableLink() === undefined) return;
    if (this.#latest === undefined) this.#noteBegin(nowMs, pixelSamples());
    if (nowMs - this.#latest!.endedAtMs < this.#timing.gapMs) return;
    const now = { nowMs, pixelSamples: pixelSamples(), pixelCount: areaPx(this.#plan.film.cropWindow) };
    if (isCheckpointDue(this.#timing, this.#latest!, now)) void this.#tryToWrite(now.pixelSamples);
  }

  /** Writes one now, after one that is being written. Rejects as SessionService.CheckpointSession says. */
  async request(): Promise<CheckpointState> {
    await this.#writing?.catch(() => undefined);
    const written = await this.#write(this.#latest?.pixelSamples ?? 0);
    return this.#stateOf(written);
  }

  /**
   * Rendering has ended, and nothing is added any more. Of a finished frame nothing is kept; of others, all. Resolves
   * when that is done, or takes long.
   */
  async ended(isFinished: boolean, pixelSamples: number): Promise<void> {
    if (this.#isEnded) return;
    this.#ending ??= this.#end(isFinished, pixelSamples);
    await settledWithin(this.#world.clock, this.#ending, endPatienceMs);
  }

  /**
   * What is kept holds samples that must not come back: all of it goes, everywhere, and only then `action` is done. A new
   * checkpoint follows soon. Rejects with `unavailable` where it cannot go, without `action`.
   */
  async discardingAll<Result>(action: () => Promise<Result>): Promise<Result> {
    this.#isHeld = true;
    try {
      await this.#writing?.catch(() => undefined);
      this.#kept.dropAll();
      if ((await this.#world.save()) === false) throw sessionElsewhere(this.#plan.sessionId);
      if (!(await this.#kept.remove())) throw stillKept();
      return await action();
    } finally {
      this.#isHeld = false;
      // As if time enough had gone by, with other samples.
      this.#latest = { endedAtMs: Number.NEGATIVE_INFINITY, tookMs: 0, pixelSamples: -1 };
    }
  }

  /** Its merger is about to go. Resolves when nothing is under way any more, or hangs. */
  async close(): Promise<void> {
    const last = this.#ending ?? this.#writing;
    if (last !== undefined) await settledWithin(this.#world.clock, last, closePatienceMs);
    this.#isEnded = true;
  }

  /** The session is another coordinator's. */
  abandon(): void {
    this.#isEnded = true;
  }

  async #end(isFinished: boolean, pixelSamples: number): Promise<void> {
    await this.#writing?.catch(() => undefined);
    if (isFinished) await this.#kept.remove();
    else if (this.#timing !== undefined && pixelSamples !== (this.#latest?.pixelSamples ?? 0)) {
      await this.#tryToWrite(pixelSamples);
    }
    this.#isEnded = true;
  }

  /** As its client sent it, with the present edits and budget, and but for what it was continued from. */
  get #spec() {
    const spec = this.#plan.base.spec!;
    const budget = clone(SampleBudgetSchema, spec.budget ?? create(SampleBudgetSchema));
    budget.spp = this.#listener.budgetSpp();
    return create(SessionSpecSchema, { ...spec, budget, edits: this.#listener.edits(), resumeSessionId: "" });
  }

  #stateOf(written: Written): CheckpointState {
    return create(CheckpointStateSchema, { sppMean: this.#spp(written), sizeBytes: BigInt(written.sizeBytes) });
  }

  #spp({ sampleCount = 0 }: Written): number {
    return sampleCount / areaPx(this.#plan.film.cropWindow);
  }

  #noteOpening(digest: string): void {
    const count = this.#openings.digest === digest ? this.#openings.count + 1 : 1;
    this.#openings = { digest, count };
    if (count <= openingsMax) return;
    throw new ArrasError("checkpoint-broken", {
      message: `${openingsMax} mergers died while they opened it`,
      action: "Nothing: an older one is taken, or the frame is rendered anew.",
    });
  }

  #tellRestored(newest: Written): void {
    const sppMean = newest.sampleCount === undefined ? undefined : this.#spp(newest);
    const happening = { t: "session-restored", sessionId: this.#plan.sessionId, sppMean } as const;
    this.#world.journal?.record(happening);
    this.#listener.notice(3, sentence(happening));
  }

  /** The first look at a film that was opened just now. */
  #noteBegin(nowMs: number, pixelSamples: number): void {
    this.#latest = { endedAtMs: nowMs, tookMs: 0, pixelSamples };
    const { newest, isContinuing } = this.#kept;
    if (newest === undefined) return;
    newest.sampleCount ??= pixelSamples;
    if (isContinuing) void this.#kept.archive().catch((thrown) => this.#failed(thrown));
  }

  async #tryToWrite(pixelSamples: number): Promise<void> {
    const link = this.#listener.writableLink();
    try {
      await this.#write(pixelSamples);
      if (this.#isFailing) this.#listener.notice(3, "Checkpoints of the film are written again");
      this.#isFailing = false;
    } catch (thrown) {
      // Of a merger that has died, its restart tells.
      if (this.#listener.writableLink() === link) this.#failed(thrown);
    }
  }

  #failed(thrown: unknown): void {
    const error = ArrasError.from(thrown);
    this.#world.log.warn({ code: error.code }, `no checkpoint: ${error.message}`);
    // The film was replaced or changed backwards: the next one tells nothing new.
    if (this.#isFailing || error.code === "session-state") return;
    this.#isFailing = true;
    const meanwhile =
      this.#kept.newest !== undefined ? "the one before stays" : "a film that is lost is rendered again";
    this.#listener.notice(2, `No checkpoint of the film could be written; rendering goes on, ${meanwhile}: ${error}`);
  }

  #write(pixelSamples: number): Promise<Written> {
    const writing = this.#writeNow(pixelSamples).finally(() => {
      if (this.#writing === writing) this.#writing = undefined;
    });
    this.#writing = writing;
    return writing;
  }

  async #writeNow(pixelSamples: number): Promise<Written> {
    const link = this.#listener.writableLink();
    if (this.#world.checkpoints === undefined) throw noShelf();
    if (link === undefined || this.#isEnded || this.#isHeld) throw noFilm();
    const beganAtMs = this.#world.clock.nowMs();
    const epochCount = this.#epochCount;
    try {
      const { digest, sizeBytes, sampleCount } = await link.writeCheckpoint();
      const written = { digest, sizeBytes: Number(sizeBytes), sampleCount: Number(sampleCount) };
      this.#kept.stored(written);
      if (epochCount !== this.#epochCount) throw noFilm();
      this.#kept.keep(written);
      await this.#kept.archive();
      const durationMs = this.#world.clock.nowMs() - beganAtMs;
      const { sessionId } = this.#plan;
      this.#world.journal?.record({ t: "checkpointed", sessionId, sizeBytes: written.sizeBytes, durationMs });
      return written;
    } finally {
      const endedAtMs = this.#world.clock.nowMs();
      this.#latest = { endedAtMs, tookMs: endedAtMs - beganAtMs, pixelSamples };
    }
  }
}

function stillKept(): ArrasError {
  return new ArrasError("unavailable", {
    message: "Checkpoints with samples that were found wrong could not be removed",
    action: "Try again: until they are gone, the film stays as it is.",
  });
}

function noShelf(): ArrasError {
  return new ArrasError("unavailable", {
    message: "This coordinator has nowhere to keep checkpoints",
    action: "Start it with --nats.",
  });
}

function noFilm(): ArrasError {
  return new ArrasError("session-state", {
    message: "The session has no film that could be written now",
    action: "Wait until it renders.",
  });
}
