// The sessions that one coordinator owns: creates them or takes them over, closes them, and says where the others are.
// What comes over the bus is heard by node-watch.ts and session-entries.ts, new sessions are made by session-creation.ts.
import { ArrasError } from "../proto/errors.ts";
import type { Hello } from "../proto/gen/arras/v1/budget_pb.ts";
import { type SessionRecord, SessionWish } from "../proto/gen/arras/v1/record_pb.ts";
import type { SessionSpec } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { starting } from "./coordinator-errors.ts";
import type { CoordinatorSurroundings } from "./coordinator-surroundings.ts";
import { type Journal, silentJournal } from "./journal/happening.ts";
import { NodeWatch } from "./node-watch.ts";
import { Ownership } from "./ownership.ts";
import { planAdopted } from "./plan-session.ts";
import { Quarantine } from "./quarantine.ts";
import type { KeptRecord } from "./records/session-record.ts";
import type { Located } from "./relay/located.ts";
import type { Session } from "./session.ts";
import { SessionCreation } from "./session-creation.ts";
import { type EntryWish, SessionEntries, type SessionEntry } from "./session-entries.ts";
import { sessionElsewhere, sessionMissing } from "./session-errors.ts";
import { SessionPlacing } from "./session-placing.ts";
import type { SessionPlan } from "./session-plan.ts";
import { isFinal } from "./session-state.ts";

export class Coordinator {
  readonly #world: CoordinatorSurroundings;
  readonly #owner: string;
  #owned: Ownership | undefined;
  readonly #placing: SessionPlacing;
  readonly #quarantine: Quarantine;
  /** Those that are ours. */
  readonly #entries: SessionEntries;
  readonly #creation: SessionCreation;
  readonly #nodes: NodeWatch;
  readonly #journal: Journal;

  constructor(world: CoordinatorSurroundings) {
    this.#world = world;
    this.#owner = world.newId();
    this.#journal = world.journal ?? silentJournal;
    this.#quarantine = new Quarantine(world.stores.places, world, (nodeId) => this.#quarantined(nodeId));
    const isQuarantined = (nodeId: string) => this.#quarantine.has(nodeId);
    this.#placing = new SessionPlacing(world.stores.places, { ...world, journal: this.#journal, isQuarantined });
    this.#entries = new SessionEntries(world, this.#placing, this.#quarantine);
    this.#creation = new SessionCreation(world, this.#owner, this.#placing);
    this.#nodes = new NodeWatch(world, this.#placing, {
      draining: (nodeId, leftMs) => {
        for (const session of this.#entries.sessions()) session.drainNode(nodeId, leftMs);
      },
      lost: (nodeId, error) => {
        for (const session of this.#entries.sessions()) session.lostNode(nodeId, error);
      },
      fenceOfLeft: ({ sessionId }) => this.#fenceOfLeft(sessionId),
      knownSessions: () => (this.isCurrent ? (sessionId) => this.#isKnown(sessionId) : undefined),
      judged: (nowMs) => {
        this.#closeForgotten(nowMs);
        this.#cancelForsaken(nowMs);
      },
    });
  }

  /** From now on it hears nodes and takes sessions over: it must be reachable at its address. */
  start(): void {
    const world = this.#world;
    this.#quarantine.start();
    this.#nodes.start();
    this.#owned = new Ownership({
      ...world.stores,
      self: { owner: this.#owner, about: world.coordinatorAddress() },
      clock: world.clock,
      times: world.leaseTimes,
      log: world.log,
      listener: {
        acquired: (kept, fence) => this.#acquired(kept, fence),
        lost: (sessionId) => this.#lost(sessionId),
        removed: (sessionId) => this.#lost(sessionId),
      },
    });
  }

  /**
   * The session's id, when it is written down and begins. Idempotent for a user's request id, with any coordinator.
   * Rejects with what is wrong with the specification, `resources-insufficient`, `unavailable` while the store is away.
   */
  async create(requestId: string, spec: SessionSpec, user = ""): Promise<string> {
    return this.#creation.create(this.#ownership, { requestId, spec, user });
  }

  get #ownership(): Ownership {
    if (this.#owned === undefined) throw starting();
    return this.#owned;
  }

  /** Of a session that is ours. Throws `session-missing`. */
  session(sessionId: string): Session {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) throw sessionMissing(sessionId);
    return entry.session;
  }

  /** Where a session is. Rejects with `session-missing`, and `unavailable` or `timed-out` while that cannot be known. */
  async locate(sessionId: string): Promise<Located> {
    const kept = this.#ownership.get(sessionId) ?? (await this.#ownership.find(sessionId));
    const entry = this.#entries.get(sessionId);
    if (kept === undefined) throw sessionMissing(sessionId);
    const { user, final } = kept.record;
    if (entry !== undefined) return { user, final, at: { t: "here", session: entry.session } };
    const owner = this.#ownership.ownerOf(sessionId);
    if (owner === undefined || owner.owner === this.#owner || owner.about === "")
      return { user, final, at: { t: "nobody" } };
    return { user, final, at: { t: "there", address: owner.about } };
  }

  /**
   * The session that a computation belongs to. Throws `session-missing`, for a wrong token too, and `unavailable` for
   * one that is another coordinator's or nobody's at the moment: its computations are told where to go.
   */
  sessionOf({ sessionId, token }: Hello): Session {
    const entry = this.#entries.get(sessionId);
    if (entry?.token === token) return entry.session;
    const isElsewhere =
      entry === undefined && (!this.#ownership.isCurrent || this.#ownership.get(sessionId) !== undefined);
    throw isElsewhere ? sessionElsewhere(sessionId) : sessionMissing(sessionId);
  }

  /** Of all coordinators' sessions. */
  records(): SessionRecord[] {
    return this.#owned?.all().map(({ record }) => record) ?? [];
  }

  record(sessionId: string): SessionRecord | undefined {
    return this.#owned?.get(sessionId)?.record;
  }

  /** The address of the coordinator that has it; empty: nobody at the moment. */
  ownerOf(sessionId: string): string {
    return this.#owned?.ownerOf(sessionId)?.about ?? "";
  }

  /** None of the farm's sessions is its own. */
  get isIdle(): boolean {
    return this.#entries.all().length === 0;
  }

  /** Whether every session of the farm is known here. */
  get isCurrent(): boolean {
    return this.#owned?.isCurrent ?? false;
  }

  /** Idempotent. Resolves when its processes are gone. Rejects with `unavailable` when it has just been lost. */
  async close(sessionId: string): Promise<void> {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return;
    entry.closing ??= this.#close(sessionId, entry);
    await entry.closing;
  }

  /** It is ours: begun if it was created here just now, otherwise taken over as its record says. */
  #acquired({ record, revision }: KeptRecord, fence: number): void {
    const { sessionId, owner } = record;
    const planned = this.#creation.take(sessionId);
    const created = owner === this.#owner ? planned : undefined;
    let { plan, wish } = created ?? {};
    if (plan === undefined || wish === undefined) {
      const { log } = this.#world;
      try {
        const adopted = planAdopted({ ...record, owner: this.#owner }, this.#creation.orderContext(sessionId));
        wish = this.#creation.placeWish(adopted.request, record);
        if (adopted.plan.merge !== undefined) this.#placing.adopt(wish, adopted.reservations);
        plan = adopted.plan;
        log.info({ session: sessionId, from: owner, fence }, "taking a session over");
        this.#journal.record({ t: "session-taken-over", sessionId });
      } catch (thrown) {
        const { code, message } = ArrasError.from(thrown);
        log.error({ session: sessionId, code }, `a session cannot be taken over: ${message}`);
        return;
      }
    }
    if (created !== undefined) {
      const { user, createdAtMs } = record;
      const about = { user, scene: plan.sceneName, createdAtMs: Number(createdAtMs) };
      this.#journal.record({ t: "session-created", sessionId, ...about });
    }
    if (created !== undefined && plan.merge !== undefined) {
      const nodeIds = [plan.merge, ...plan.mcrts].map(({ nodeId }) => nodeId);
      this.#journal.record({ t: "session-placed", sessionId, nodeIds });
    }
    const entry = this.#enter(plan, { revision, fence, adopted: created === undefined });
    if (created === undefined) void entry.writer.save();
    entry.session.start();
    const { state } = entry.session;
    if (!isFinal(state)) this.#placing.follow(wish, entry.session.waiting, state.t === "queued");
    created?.begun();
    if (record.wish === SessionWish.CLOSE) void this.#closeQuietly(sessionId, "as it was asked before");
  }

  #enter(plan: SessionPlan, wish: Pick<EntryWish, "revision" | "fence" | "adopted" | "reopened">): SessionEntry {
    const { sessionId } = plan;
    return this.#entries.enter(plan, {
      ...wish,
      ownership: this.#ownership,
      goOn: (record) => this.#goOn(record),
      conflicted: () => {
        this.#lost(sessionId);
        void this.#ownership.yield(sessionId);
      },
    });
  }

  /** It has ended and gets more samples. Of its places it has the merger's alone; it takes the others as they are free. */
  async #goOn(record: SessionRecord): Promise<void> {
    const { sessionId } = record;
    const { plan, request, reservations } = planAdopted(record, this.#creation.orderContext(sessionId));
    const entry = this.#entries.get(sessionId);
    // What is being written of it must not come after what it begins with.
    const isOurs = entry !== undefined && (await entry.writer.save());
    if (!isOurs || this.#entries.get(sessionId) !== entry || entry.closing !== undefined)
      throw sessionElsewhere(sessionId);
    entry.session.abandon();
    this.#entries.forget(sessionId, entry);
    const merger = reservations.filter(({ computation }) => computation === plan.merge?.name);
    this.#placing.adopt(this.#creation.placeWish(request, record), merger);
    const next = this.#enter(plan, {
      revision: entry.writer.revision,
      fence: entry.fence,
      adopted: true,
      reopened: true,
    });
    this.#world.log.info({ session: sessionId, budgetSpp: plan.budgetSpp }, "a session that had ended goes on");
    if (!(await next.writer.save())) throw sessionElsewhere(sessionId);
    if (this.#entries.get(sessionId) === next) next.session.start();
  }

  /** It is another's, or nobody's: nothing is done for it here any more, and nothing is undone. */
  #lost(sessionId: string): void {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return;
    entry.session.abandon();
    this.#entries.forget(sessionId, entry);
    this.#journal.record({ t: "session-yielded", sessionId });
    this.#placing.forget(sessionId);
  }

  async #close(sessionId: string, entry: SessionEntry): Promise<void> {
    if (!(await entry.session.close()) || this.#entries.get(sessionId) !== entry) throw sessionElsewhere(sessionId);
    this.#entries.forget(sessionId, entry);
    this.#journal.record({ t: "session-closed", sessionId });
    this.#placing.releaseSession(sessionId);
    await this.#ownership.finish(sessionId, () => entry.writer.remove());
  }

  async #closeQuietly(sessionId: string, why: string): Promise<void> {
    this.#world.log.info({ session: sessionId }, `closing a session ${why}`);
    await this.close(sessionId).catch((thrown: unknown) => {
      const { code, message } = ArrasError.from(thrown);
      this.#world.log.warn({ session: sessionId, code }, `it could not be closed: ${message}`);
    });
  }

  #quarantined(nodeId: string): void {
    this.#world.overview?.quarantined(nodeId);
    for (const session of this.#entries.sessions()) session.quarantined(nodeId);
  }

  /** Of a session that another coordinator owns, that one decides. */
  #fenceOfLeft(sessionId: string): number | undefined {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined && this.#ownership.get(sessionId) !== undefined) return undefined;
    return entry?.fence ?? 0;
  }

  #isKnown(sessionId: string): boolean {
    return this.#creation.isCreating(sessionId) || this.#ownership.get(sessionId) !== undefined;
  }

  /** Who made them is gone, or keeps them for too long. */
  #closeForgotten(nowMs: number): void {
    for (const [sessionId, entry] of this.#entries.all()) {
      if (!isFinal(entry.session.state)) continue;
      entry.endedAtMs ??= nowMs;
      if (nowMs - entry.endedAtMs < limits.sessionKeptMs) continue;
      void this.#closeQuietly(sessionId, "that its client left");
    }
  }

  /** They would take places for nobody. One that renders goes on, as its pictures may still be fetched. */
  #cancelForsaken(nowMs: number): void {
    for (const [, entry] of this.#entries.all()) {
      entry.forsakenAtMs = entry.session.waiting.isForsaken ? (entry.forsakenAtMs ?? nowMs) : undefined;
      const forsakenMs = nowMs - (entry.forsakenAtMs ?? nowMs);
      if (forsakenMs >= limits.forsakenMsMax) entry.session.waiting.cancelForsaken(forsakenMs);
    }
  }

  /** Ends all sessions that are ours, and their processes. */
  async end(): Promise<void> {
    this.#nodes.end();
    await Promise.allSettled(this.#entries.all().map(([sessionId]) => this.close(sessionId)));
    await this.leave();
  }

  /** Leaves all sessions to other coordinators, or to one that starts before their computations give up. */
  async leave(): Promise<void> {
    this.#nodes.end();
    for (const [sessionId] of this.#entries.all()) this.#lost(sessionId);
    this.#quarantine.end();
    await this.#placing.end();
    await this.#owned?.close();
  }
}
