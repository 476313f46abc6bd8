// Places for one coordinator's sessions: lets them in or into the queue, hands them what they get, gives back what they
// leave. It brings together the nodes, the farm's shared table and this coordinator's part of the queue.
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { KeyValue } from "../host/nats/key-value.ts";
import type { Heartbeat } from "../proto/gen/arras/v1/node_pb.ts";
import type { QueuePlace } from "../proto/gen/arras/v1/session_pb.ts";
import type { Berth } from "./berth.ts";
import { Berths, type LeftBehind } from "./berths.ts";
import type { Journal } from "./journal/happening.ts";
import type { MoveReason } from "./placement/move.ts";
import type { PlacementNode, PlacementRequest } from "./placement/placement-request.ts";
import type { Reservation } from "./placement/reservations.ts";
import { Strays } from "./placement/strays.ts";
import { berthsOf, type SessionBerths } from "./plan-session.ts";
import type { Arrival, Start } from "./queue/admission.ts";
import { ReservationTable } from "./reservation-table.ts";
import { SessionQueue } from "./session-queue.ts";

/** What a session wants of nodes, and how much it wants it. */
export interface PlaceWish {
  readonly request: PlacementRequest;
  /** Empty: nobody in particular. */
  readonly user: string;
  readonly priority: number;
  /** By the clock here; over already: it does not wait. */
  readonly waitsUntilMs: number;
  readonly queueTimeoutMs: number;
}

/** A session that is given places. */
export interface PlaceTaker {
  queued(place: QueuePlace): void;
  place(berths: SessionBerths, notes: readonly string[]): void;
  grow(mcrts: readonly Berth[]): void;
  expire(waitedMs: number): void;
}

export class SessionPlacing {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #journal: Journal;
  readonly #table: ReservationTable;
  readonly #berths: Berths;
  readonly #queue: SessionQueue;
  readonly #strays = new Strays();

  /** `store`: of places, shared by all coordinators. */
  constructor(
    store: KeyValue,
    world: {
      readonly clock: Clock;
      readonly log: Log;
      readonly journal: Journal;
      /** It stays where it is and gets nothing. Absent: no node is. */
      isQuarantined?(nodeId: string): boolean;
    },
  ) {
    this.#clock = world.clock;
    this.#log = world.log;
    this.#journal = world.journal;
    this.#table = new ReservationTable(store, world.log);
    this.#berths = new Berths(this.#table, world.isQuarantined);
    this.#queue = new SessionQueue({ berths: this.#berths, clock: world.clock, log: world.log });
    this.#table.onChange(() => this.#queue.look());
  }

  /** See Berths.heard. */
  heard(heartbeat: Heartbeat): { readonly isNew: boolean; readonly leftBehind: readonly LeftBehind[] } {
    const heard = this.#berths.heard(this.#clock.nowMs(), heartbeat);
    if (heard.isNew) this.#queue.look();
    return heard;
  }

  /** undefined: it is not heard of. */
  hostOf(nodeId: string): string | undefined {
    return this.#berths.present(this.#clock.nowMs()).find(({ id }) => id === nodeId)?.host;
  }

  /**
   * Each second: the nodes that are lost now. `wasAway`: nobody could be heard, so nobody is lost. `isKnown`: whether
   * there is such a session on the farm; undefined while that cannot be said.
   */
  judge(wasAway: boolean, isKnown: ((sessionId: string) => boolean) | undefined): PlacementNode[] {
    const nowMs = this.#clock.nowMs();
    if (wasAway) this.#berths.forgive(nowMs);
    const lost = this.#berths.takeLost(nowMs);
    if (isKnown === undefined || wasAway) this.#strays.forgive();
    else {
      for (const sessionId of this.#strays.judge(nowMs, this.#berths.places, isKnown)) {
        this.#log.warn({ session: sessionId }, "giving back the places of a session that nobody knows");
        this.#berths.releaseSession(sessionId);
      }
    }
    this.#queue.look();
    return lost;
  }

  /**
   * The places of a session, or undefined: it stands in the queue. Rejects as `admit` (queue/admission.ts), and while
   * the store is away; then nobody may have noticed, and `forget` leaves it to whoever finds it.
   */
  async admit(wish: PlaceWish): Promise<Start | undefined> {
    const nowMs = this.#clock.nowMs();
    const arrival = arrivalOf(wish, wish.waitsUntilMs > nowMs);
    const admission = await this.#berths.admit(nowMs, arrival, this.#queue.patience(nowMs));
    return admission.t === "placed" ? admission.start : undefined;
  }

  /** Of a session that another coordinator, or an earlier one, placed: what it has. */
  adopt({ request, user, priority }: PlaceWish, reservations: readonly Reservation[]): void {
    const session = { sessionId: request.sessionId, user, priority, reservations };
    this.#berths.adopt(this.#clock.nowMs(), request, session);
  }

  /** From now on the session is told what comes to it. `isWaiting`: it has no places yet. */
  follow(wish: PlaceWish, session: PlaceTaker, isWaiting: boolean): void {
    if (isWaiting) this.#wait(wish, session);
    else this.#growing(wish, session);
  }

  berthFor(sessionId: string, berth: Berth, reason: MoveReason): Berth | Promise<Berth> {
    return this.#berths.berthFor(this.#clock.nowMs(), sessionId, berth, reason);
  }

  /** What its samples' bits depend on is known now. */
  pin(sessionId: string, instructionSet: string): void {
    this.#berths.pin(sessionId, instructionSet);
    this.#queue.pin(sessionId, instructionSet);
  }

  release(sessionId: string, computation: string): void {
    this.#berths.release(sessionId, computation);
  }

  /** Rendering is over, or never began: only the merger's place is still wanted, where there is one. */
  renderingEnded(sessionId: string, merger: string | undefined): void {
    this.#queue.remove(sessionId);
    this.#berths.keepOnly(sessionId, merger);
  }

  /** It is closed, or was never made. */
  releaseSession(sessionId: string): void {
    this.#queue.remove(sessionId);
    this.#berths.releaseSession(sessionId);
  }

  /** It is another coordinator's, or nobody's: what it has is not ours to say. */
  forget(sessionId: string): void {
    this.#queue.remove(sessionId);
    this.#berths.forget(sessionId);
  }

  /** What is still to be given back is tried once more. */
  async end(): Promise<void> {
    this.#queue.end();
    await this.#berths.settle().catch(() => {});
    this.#table.close();
  }

  #wait(wish: PlaceWish, session: PlaceTaker): void {
    const { sessionId } = wish.request;
    let position = 0;
    const queued = {
      queued: (place: QueuePlace) => {
        if (place.position !== position)
          this.#journal.record({ t: "session-queued", sessionId, place: place.position, reason: place.reason });
        position = place.position;
        session.queued(place);
      },
      placed: ({ placements, notes }: Start) => {
        const nodeIds = placements.map(({ nodeId }) => nodeId);
        this.#journal.record({ t: "session-placed", sessionId, nodeIds });
        session.place(berthsOf(placements), notes);
        this.#growing(wish, session);
      },
      expired: () => session.expire(wish.queueTimeoutMs),
    };
    this.#queue.wait(arrivalOf(wish, true), queued, wish.waitsUntilMs);
  }

  #growing({ request }: PlaceWish, session: PlaceTaker): void {
    this.#queue.grow(request, (placements) => session.grow(berthsOf(placements).mcrts));
  }
}

function arrivalOf({ request, user, priority }: PlaceWish, mayWait: boolean): Arrival {
  return { sessionId: request.sessionId, request, user, priority, mayWait };
}
