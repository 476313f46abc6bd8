// The sessions that one coordinator owns: creates them or takes them over, closes them, and hands them what comes over bus
// and streams.
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../host/bus.ts";
import type { Clock, Timer } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { KeyValue } from "../host/nats/key-value.ts";
import type { LeaseTimes } from "../host/nats/lease.ts";
import { ArrasError } from "../proto/errors.ts";
import type { Hello } from "../proto/gen/arras/v1/budget_pb.ts";
import {
  ComputationExitedSchema,
  ComputationUsageSchema,
  type Heartbeat,
  HeartbeatSchema,
} from "../proto/gen/arras/v1/node_pb.ts";
import { type SessionRecord, SessionWish } from "../proto/gen/arras/v1/record_pb.ts";
import type { SessionSpec } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { subjects } from "../proto/subjects.ts";
import type { CheckpointShelf } from "./checkpoints/checkpoint-shelf.ts";
import { sessionBeginning } from "./checkpoints/session-beginning.ts";
import { lostNode, starting } from "./coordinator-errors.ts";
import { FencedLauncher } from "./fenced-launcher.ts";
import { type Journal, silentJournal } from "./journal/happening.ts";
import type { FarmLauncher } from "./launcher.ts";
import { type Meter, silentMeter } from "./metrics/metric-table.ts";
import { Ownership } from "./ownership.ts";
import type { PlacementRequest } from "./placement/placement-request.ts";
import { type OrderContext, placedPlan, planAdopted, planSession } from "./plan-session.ts";
import { RecordWriter } from "./records/record-writer.ts";
import type { KeptRecord } from "./records/session-record.ts";
import type { Located } from "./relay/located.ts";
import { Session } from "./session.ts";
import { checkSessionCount } from "./session-count.ts";
import { sessionElsewhere, sessionMissing } from "./session-errors.ts";
import { type PlaceWish, SessionPlacing } from "./session-placing.ts";
import type { SessionPlan } from "./session-plan.ts";
import { isFinal } from "./session-state.ts";
import { VersionCheck } from "./version-check.ts";

export interface CoordinatorSurroundings {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  wallClockMs(): number;
  readonly log: Log;
  readonly launcher: FarmLauncher;
  /** Of sessions' records, of their leases, and of all places: shared by all coordinators of a farm. */
  readonly stores: { readonly sessions: KeyValue; readonly leases: KeyValue; readonly places: KeyValue };
  readonly leaseTimes: LeaseTimes;
  /** Of films; absent: nowhere, and a film that is lost is rendered again. */
  readonly checkpoints?: CheckpointShelf;
  /** Unguessable, each time another one. */
  newId(): string;
  /** The same for the same, and only for it: see host/stable-id.ts. */
  sessionIdFor(user: string, requestId: string): string;
  /** Where this one is, for its computations and for other coordinators. Asked from `start` on. */
  coordinatorAddress(): string;
  /** The authority with which computations check it there, in PEM form; absent: no TLS. */
  readonly coordinatorCaPem?: string;
  /** Where a new session's merger shall listen. */
  mergerAddress(sessionId: string): string;
  /** Where clients are, when they are all on one machine. */
  readonly clientHost: string | undefined;
  /** False: nothing can be heard just now, so nobody is judged by silence. Absent: always there, as in memory. */
  isBusConnected?(): boolean;
  readonly logLevel: number;
  /** Who is told what happens, counts it, and shows it to operators; absent: nobody. */
  readonly journal?: Journal;
  readonly meter?: Meter;
  readonly overview?: Overview;
}

/** What operators see, from what the coordinator hears and has. Must not throw. */
export interface Overview {
  /** Before anything follows from it; also of another version. */
  heard(nowMs: number, heartbeat: Heartbeat): void;
  /** Before the lost ones are given up. `wasAway`: nobody could be heard, for a reason on this side. */
  judged(nowMs: number, wasAway: boolean): void;
  /** It is this coordinator's from now on. */
  entered(sessionId: string, session: Pick<Session, "watch" | "record">): void;
  left(sessionId: string): void;
}

interface Entry {
  /** Since when its state has been final. */
  endedAtMs?: number;
  readonly session: Session;
  readonly token: string;
  readonly fence: number;
  readonly writer: RecordWriter;
  readonly subscriptions: readonly Subscription[];
  closing?: Promise<void>;
}

export class Coordinator {
  readonly #world: CoordinatorSurroundings;
  readonly #owner: string;
  #owned: Ownership | undefined;
  readonly #placing: SessionPlacing;
  /** Those that are ours. */
  readonly #entries = new Map<string, Entry>();
  /** Being created here, by session id, so that a request that comes twice makes one session. */
  readonly #creating = new Map<string, Promise<void>>();
  /** Created here and not ours yet. */
  readonly #planned = new Map<
    string,
    { readonly plan: SessionPlan; readonly wish: PlaceWish; readonly begun: () => void }
  >();
  #heartbeats: Subscription | undefined;
  readonly #versions: VersionCheck;
  readonly #journal: Journal;
  #judgedAtMs = 0;
  #judging: Timer | undefined;

  constructor(world: CoordinatorSurroundings) {
    this.#world = world;
    this.#owner = world.newId();
    this.#journal = world.journal ?? silentJournal;
    this.#versions = new VersionCheck(world.log);
    this.#placing = new SessionPlacing(world.stores.places, { ...world, journal: this.#journal });
  }

  /** From now on it hears nodes and takes sessions over: it must be reachable at its address. */
  start(): void {
    const world = this.#world;
    this.#heartbeats = world.bus.subscribe(subjects.allHeartbeats, (bytes) => {
      this.#take(HeartbeatSchema, bytes, (heartbeat) => this.#heard(heartbeat));
    });
    this.#judgedAtMs = world.clock.nowMs();
    this.#judgeNodes();
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
    const sessionId = this.#world.sessionIdFor(user, requestId);
    let creating = this.#creating.get(sessionId);
    if (creating === undefined) {
      creating = this.#create(sessionId, { requestId, spec, user }).finally(() => this.#creating.delete(sessionId));
      this.#creating.set(sessionId, creating);
    }
    await creating;
    return sessionId;
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

  async #create(
    sessionId: string,
    { requestId, spec, user }: { readonly requestId: string; readonly spec: SessionSpec; readonly user: string },
  ): Promise<void> {
    if ((await this.#ownership.find(sessionId)) !== undefined) return;
    const users = this.#ownership.all().map(({ record }) => record.user);
    checkSessionCount(users, user);
    const { spec: whole, beginning } = await sessionBeginning(spec, user, this.#ownership, this.#world.checkpoints);
    const { plan, request } = planSession(whole, {
      ...this.#orderContext(sessionId),
      sessionId,
      requestId,
      user,
      token: this.#world.newId(),
      owner: this.#owner,
      createdAtMs: this.#world.wallClockMs(),
      clientHost: this.#world.clientHost,
      beginning,
    });
    const wish = this.#placeWish(request, plan.base);
    try {
      const start = await this.#placing.admit(wish);
      const placed = start === undefined ? plan : placedPlan(plan, start.placements, start.notes);
      const begun = new Promise<void>((resolve) =>
        this.#planned.set(sessionId, { plan: placed, wish, begun: resolve }),
      );
      if ((await this.#ownership.create(placed.base)) === "created") {
        await Promise.race([begun, this.#after(this.#world.leaseTimes.leaseTtlMs)]);
      }
      // Another's, or nobody's yet: what it has is not ours to say.
      if (this.#planned.delete(sessionId)) this.#placing.forget(sessionId);
    } catch (thrown) {
      this.#planned.delete(sessionId);
      const { code } = ArrasError.from(thrown);
      // Where it is not known whether it is written, places without a record are found and given back later.
      if (code === "unavailable" || code === "timed-out") this.#placing.forget(sessionId);
      else this.#placing.releaseSession(sessionId);
      throw thrown;
    }
  }

  #placeWish(request: PlacementRequest, { spec, user, createdAtMs }: SessionRecord): PlaceWish {
    const { priority = 0, queueTimeoutMs = 0 } = spec ?? {};
    const leftMs = Number(createdAtMs) + queueTimeoutMs - this.#world.wallClockMs();
    return { request, user, priority, queueTimeoutMs, waitsUntilMs: this.#world.clock.nowMs() + leftMs };
  }

  #orderContext(sessionId: string): OrderContext {
    return {
      coordinatorAddress: this.#world.coordinatorAddress(),
      coordinatorCaPem: this.#world.coordinatorCaPem ?? "",
      mergerAddress: this.#world.mergerAddress(sessionId),
      logLevel: this.#world.logLevel,
    };
  }

  /** It is ours: begun if it was created here just now, otherwise taken over as its record says. */
  #acquired({ record, revision }: KeptRecord, fence: number): void {
    const { sessionId, owner } = record;
    const created = owner === this.#owner ? this.#planned.get(sessionId) : undefined;
    this.#planned.delete(sessionId);
    let { plan, wish } = created ?? {};
    if (plan === undefined || wish === undefined) {
      const { log } = this.#world;
      try {
        const adopted = planAdopted({ ...record, owner: this.#owner }, this.#orderContext(sessionId));
        wish = this.#placeWish(adopted.request, record);
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
    if (!isFinal(state)) this.#placing.follow(wish, entry.session, state.t === "queued");
    created?.begun();
    if (record.wish === SessionWish.CLOSE) void this.#closeQuietly(sessionId, "as it was asked before");
  }

  #enter(
    plan: SessionPlan,
    { revision, fence, adopted }: { readonly revision: number; readonly fence: number; readonly adopted: boolean },
  ): Entry {
    const { bus, clock, log, launcher, stores } = this.#world;
    const { sessionId, token } = plan;
    const sessionLog = log.child({ session: sessionId });
    const writer = new RecordWriter({
      store: stores.sessions,
      sessionId,
      revision,
      clock,
      present: () => session.record,
      written: (kept) => this.#ownership.note(kept),
      conflicted: () => {
        sessionLog.warn("another coordinator has written the session's record");
        this.#lost(sessionId);
        void this.#ownership.yield(sessionId);
      },
      tooLarge: (error) => sessionLog.warn({ code: error.code }, `its record stays as it was: ${error.message}`),
    });
    const mayAct = () => this.#ownership.mayAct(sessionId);
    const session: Session = new Session(
      plan,
      {
        launcher: new FencedLauncher(launcher, { fence, mayAct }),
        clock,
        log: sessionLog,
        journal: this.#journal,
        meter: this.#world.meter ?? silentMeter,
        epochOffsetMs: this.#world.wallClockMs() - clock.nowMs(),
        mayAct,
        save: () => writer.save(),
        checkpoints: this.#world.checkpoints,
        berthFor: (berth, reason) => this.#placing.berthFor(sessionId, berth, reason),
        pin: (instructionSet) => this.#placing.pin(sessionId, instructionSet),
        release: (computation) => this.#placing.release(sessionId, computation),
        renderingEnded: (merger) => this.#placing.renderingEnded(sessionId, merger),
      },
      { adopted },
    );
    const subscriptions = [
      bus.subscribe(subjects.exited(sessionId), (bytes) =>
        this.#take(ComputationExitedSchema, bytes, (exit) => session.exited(exit)),
      ),
      bus.subscribe(subjects.usage(sessionId), (bytes) =>
        this.#take(ComputationUsageSchema, bytes, (usage) => session.usage(usage)),
      ),
    ];
    const entry = { session, token, fence, writer, subscriptions };
    this.#entries.set(sessionId, entry);
    this.#world.overview?.entered(sessionId, session);
    return entry;
  }

  /** It is another's, or nobody's: nothing is done for it here any more, and nothing is undone. */
  #lost(sessionId: string): void {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return;
    entry.session.abandon();
    this.#forget(sessionId, entry);
    this.#journal.record({ t: "session-yielded", sessionId });
    this.#placing.forget(sessionId);
  }

  #forget(sessionId: string, { subscriptions, writer }: Entry): void {
    this.#entries.delete(sessionId);
    this.#world.overview?.left(sessionId);
    for (const subscription of subscriptions) subscription.unsubscribe();
    writer.close();
  }

  async #close(sessionId: string, entry: Entry): Promise<void> {
    if (!(await entry.session.close()) || this.#entries.get(sessionId) !== entry) throw sessionElsewhere(sessionId);
    this.#forget(sessionId, entry);
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

  #after(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#world.clock.after(delayMs, resolve));
  }

  #heard(heartbeat: Heartbeat): void {
    const { clock, log, launcher } = this.#world;
    this.#world.overview?.heard(clock.nowMs(), heartbeat);
    if (!this.#versions.isOurs(heartbeat)) return;
    const { isNew, leftBehind } = this.#placing.heard(heartbeat);
    const { nodeId, host } = heartbeat;
    if (isNew) log.info({ node: nodeId, host, draining: heartbeat.draining }, "node joined");
    if (heartbeat.draining)
      for (const { session } of [...this.#entries.values()]) session.drainNode(nodeId, heartbeat.drainLeftMs);
    for (const { sessionId, computation } of leftBehind) {
      // What it does no longer counts: another does it. Of a session that another coordinator owns, that one decides.
      if (!this.#entries.has(sessionId) && this.#ownership.get(sessionId) !== undefined) continue;
      launcher
        .stop(nodeId, sessionId, computation, this.#entries.get(sessionId)?.fence ?? 0)
        .catch((error) =>
          log.warn(
            { session: sessionId, node: nodeId, computation, err: error },
            "could not be ended on a node that is back",
          ),
        );
    }
  }

  /** Who made them is gone, or keeps them for too long. */
  #closeForgotten(nowMs: number): void {
    for (const [sessionId, entry] of this.#entries) {
      if (!isFinal(entry.session.state)) continue;
      entry.endedAtMs ??= nowMs;
      if (nowMs - entry.endedAtMs < limits.sessionKeptMs) continue;
      void this.#closeQuietly(sessionId, "that its client left");
    }
  }

  /** Each second: a node that was not heard of for three is lost, and at once so is all that ran there. */
  #judgeNodes(): void {
    const { clock, log, isBusConnected } = this.#world;
    const nowMs = clock.nowMs();
    // Who could not hear, or stood still itself, judges nobody.
    const wasAway = nowMs - this.#judgedAtMs > 2 * limits.heartbeatIntervalMs || isBusConnected?.() === false;
    this.#judgedAtMs = nowMs;
    this.#world.overview?.judged(nowMs, wasAway);
    const isKnown = (sessionId: string) =>
      this.#creating.has(sessionId) || this.#ownership.get(sessionId) !== undefined;
    const lost = this.#placing.judge(wasAway, this.#owned?.isCurrent === true ? isKnown : undefined);
    for (const { id, host, closed } of lost) {
      if (closed === true) log.info({ node: id, host }, "node left");
      else log.warn({ node: id, host }, "node lost");
      const error = lostNode(id, host);
      for (const { session } of [...this.#entries.values()]) session.lostNode(id, error);
    }
    this.#closeForgotten(nowMs);
    this.#judging = clock.after(limits.heartbeatIntervalMs, () => this.#judgeNodes());
  }

  /** A message from the bus; one that is none is logged, for it may come from anybody. */
  #take<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array, use: (message: MessageShape<Desc>) => void): void {
    let message: MessageShape<Desc>;
    try {
      message = fromBinary(schema, bytes);
    } catch (thrown) {
      this.#world.log.warn({ err: thrown }, `a ${schema.name} on the bus was malformed`);
      return;
    }
    use(message);
  }

  /** Ends all sessions that are ours, and their processes. */
  async end(): Promise<void> {
    this.#endHearing();
    await Promise.allSettled([...this.#entries.keys()].map((sessionId) => this.close(sessionId)));
    await this.leave();
  }

  /** Leaves all sessions to other coordinators, or to one that starts before their computations give up. */
  async leave(): Promise<void> {
    this.#endHearing();
    for (const sessionId of [...this.#entries.keys()]) this.#lost(sessionId);
    await this.#placing.end();
    await this.#owned?.close();
  }

  #endHearing(): void {
    this.#heartbeats?.unsubscribe();
    this.#judging?.cancel();
  }
}
