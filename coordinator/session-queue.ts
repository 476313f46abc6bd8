// This coordinator's part of the farm's queue: its sessions that wait or may grow. Looks whose turn it is whenever
// places or nodes change, and tells them. It performs; deciding is in queue/.
import type { Clock, Timer } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { ArrasError } from "../proto/errors.ts";
import type { QueuePlace } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import type { Berths, QueuePatience } from "./berths.ts";
import type { Placement } from "./placement/placement.ts";
import type { PlacementRequest } from "./placement/placement-request.ts";
import type { Arrival, Start } from "./queue/admission.ts";
import { growthTurns } from "./queue/growth.ts";
import { queuePlace } from "./queue/queue-place.ts";
import { queueTurns, type Turn } from "./queue/queue-turns.ts";

/** Told what its turn has come to. Must not throw. */
export interface QueuedSession {
  /** Told first, and when any of it changes. */
  queued(place: QueuePlace): void;
  /** It has places, and waits no more. */
  placed(start: Start): void;
  /** It has waited as long as it may. */
  expired(): void;
}

interface Waiting {
  readonly arrival: Arrival;
  readonly session: QueuedSession;
  readonly untilMs: number;
  told: string;
}

interface Growing {
  request: PlacementRequest;
  grown(placements: readonly Placement[]): void;
}

/** Events come in bursts; looking once for all of them is enough. */
const lookAfterMs = 50;
/** Of this thread's time, looking takes at most so much. */
const looksShareMax = 0.25;

export class SessionQueue {
  readonly #berths: Berths;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting = new Map<string, Waiting>();
  readonly #growing = new Map<string, Growing>();
  /** Of all waiting sessions of the farm: since when this coordinator knows of them, and since when they could go. */
  readonly #sinceMs = new Map<string, number>();
  readonly #couldGoSinceMs = new Map<string, number>();
  #timer: Timer | undefined;
  #isLooking = false;
  #isWanted = false;
  #isEnded = false;

  constructor(world: { readonly berths: Berths; readonly clock: Clock; readonly log: Log }) {
    this.#berths = world.berths;
    this.#clock = world.clock;
    this.#log = world.log;
  }

  /** It waits, at most until `untilMs`. */
  wait(arrival: Arrival, session: QueuedSession, untilMs: number): void {
    this.#waiting.set(arrival.sessionId, { arrival, session, untilMs, told: "" });
    this.look();
  }

  /** It runs, and takes more computations up to its range's end when there is room. */
  grow(request: PlacementRequest, grown: (placements: readonly Placement[]) => void): void {
    if ((request.growth ?? []).length === 0) return;
    this.#growing.set(request.sessionId, { request, grown });
    this.look();
  }

  /** See Berths.pin: what it grows by, too. */
  pin(sessionId: string, instructionSet: string): void {
    const growing = this.#growing.get(sessionId);
    if (growing !== undefined) growing.request = { ...growing.request, instructionSet };
  }

  /** It has ended, or is another coordinator's. */
  remove(sessionId: string): void {
    this.#waiting.delete(sessionId);
    this.#growing.delete(sessionId);
  }

  /** Places or nodes have changed, or a second has passed. */
  look(): void {
    this.#isWanted = true;
    if (this.#isLooking || this.#isEnded || this.#timer !== undefined) return;
    this.#timer = this.#clock.after(lookAfterMs, () => {
      this.#timer = undefined;
      void this.#lookNow();
    });
  }

  end(): void {
    this.#isEnded = true;
    this.#timer?.cancel();
  }

  /** What admission is to know of the others. */
  patience(nowMs: number): QueuePatience {
    const isOver = (sinceMs: number | undefined, durationMs: number) =>
      sinceMs !== undefined && nowMs - sinceMs >= durationMs;
    return {
      isPassedEnough: (sessionId) => isOver(this.#sinceMs.get(sessionId), limits.queuePassedMsMax),
      isStalled: (sessionId) => isOver(this.#couldGoSinceMs.get(sessionId), limits.queueStalledMsMax),
    };
  }

  async #lookNow(): Promise<void> {
    this.#isLooking = true;
    this.#isWanted = false;
    const beganMs = this.#clock.nowMs();
    try {
      await this.#act(beganMs);
    } catch (thrown) {
      // The store is away, or others were always first: with the next look, a second later at most.
      const error = ArrasError.from(thrown);
      this.#log.debug({ code: error.code }, `the queue does not move now: ${error.message}`);
    }
    this.#isLooking = false;
    if (!this.#isWanted || this.#isEnded) return;
    const tookMs = this.#clock.nowMs() - beganMs;
    this.#timer = this.#clock.after(Math.max(lookAfterMs, tookMs / looksShareMax), () => {
      this.#timer = undefined;
      void this.#lookNow();
    });
  }

  async #act(nowMs: number): Promise<void> {
    await this.#berths.settle();
    const patience = this.patience(nowMs);
    await this.#enter(nowMs, patience);
    const { places } = this.#berths;
    const turns = queueTurns(places, { nodes: this.#berths.present(nowMs), ...patience });
    this.#note(nowMs, turns);
    for (const [sessionId, { untilMs }] of [...this.#waiting]) if (untilMs <= nowMs) await this.#expire(sessionId);
    // Those that are placed already: by a write whose answer got lost.
    const isGoing = turns.some(({ session, verdict }) => verdict.t === "goes" && this.#waiting.has(session.sessionId));
    if (isGoing || [...this.#waiting.keys()].some((sessionId) => places.placed.has(sessionId))) {
      const requests = new Map([...this.#waiting].map(([sessionId, { arrival }]) => [sessionId, arrival.request]));
      for (const start of await this.#berths.start(nowMs, requests, patience)) this.#started(start);
    } else if (growthTurns(places, turns, this.#berths.present(nowMs), this.#growingRequests()).length > 0) {
      this.#grown(await this.#berths.grow(nowMs, this.#growingRequests(), patience));
    }
    this.#tell(turns);
  }

  /** Those that the table does not know, after a takeover for instance. */
  async #enter(nowMs: number, patience: QueuePatience): Promise<void> {
    for (const [sessionId, { arrival }] of [...this.#waiting]) {
      const { placed, waiting } = this.#berths.places;
      if (placed.has(sessionId) || waiting.has(sessionId)) continue;
      await this.#berths.admit(nowMs, { ...arrival, mayWait: true }, patience);
    }
  }

  #note(nowMs: number, turns: readonly Turn[]): void {
    const present = new Set(turns.map(({ session }) => session.sessionId));
    for (const since of [this.#sinceMs, this.#couldGoSinceMs])
      for (const sessionId of since.keys()) if (!present.has(sessionId)) since.delete(sessionId);
    for (const { session, verdict } of turns) {
      const { sessionId } = session;
      if (!this.#sinceMs.has(sessionId)) this.#sinceMs.set(sessionId, nowMs);
      if (verdict.t !== "goes") this.#couldGoSinceMs.delete(sessionId);
      else if (!this.#couldGoSinceMs.has(sessionId)) this.#couldGoSinceMs.set(sessionId, nowMs);
    }
  }

  async #expire(sessionId: string): Promise<void> {
    const hasLeft = await this.#berths.leaveQueue(sessionId);
    const waiting = this.#waiting.get(sessionId);
    if (!hasLeft || waiting === undefined) return;
    this.#waiting.delete(sessionId);
    waiting.session.expired();
  }

  /** One that was removed while the table was written gives its places back by that. */
  #started(start: Start): void {
    const waiting = this.#waiting.get(start.sessionId);
    this.#waiting.delete(start.sessionId);
    waiting?.session.placed(start);
  }

  #grown(placements: readonly Placement[]): void {
    for (const [sessionId, { grown }] of [...this.#growing]) {
      const own = placements.filter(({ reservation }) => reservation.sessionId === sessionId);
      if (own.length > 0) grown(own);
    }
  }

  #growingRequests(): PlacementRequest[] {
    return [...this.#growing.values()].map(({ request }) => request);
  }

  /** By the table as it is now: those that have just started are not ahead any more. */
  #tell(turns: readonly Turn[]): void {
    const { places } = this.#berths;
    const nodes = this.#berths.present(this.#clock.nowMs());
    const left = turns.filter(({ session }) => places.waiting.has(session.sessionId));
    left.forEach((turn, index) => {
      const waiting = this.#waiting.get(turn.session.sessionId);
      if (waiting === undefined) return;
      const place = queuePlace({ ...turn, position: index + 1 }, places, nodes);
      const text = JSON.stringify(place);
      if (text === waiting.told) return;
      waiting.told = text;
      waiting.session.queued(place);
    });
  }
}
