// Who has which place: the nodes that this coordinator hears of, the farm's shared table of places, and what was left
// behind on lost nodes. Time is an argument; launching and stopping are its caller's business.
import { ArrasError } from "../proto/errors.ts";
import type { Heartbeat } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import type { Berth } from "./berth.ts";
import { NodeRegistry } from "./node-registry.ts";
import { type Move, type MoveReason, moveComputation } from "./placement/move.ts";
import type { Placement } from "./placement/placement.ts";
import type { PlacementNode, PlacementRequest } from "./placement/placement-request.ts";
import {
  ledgerOf,
  type PlacedSession,
  type Places,
  withoutComputation,
  withoutNode,
  withoutSession,
  withPlaced,
  withReservations,
} from "./placement/places.ts";
import { type Admission, type Arrival, admit, type Start, startWaiting } from "./queue/admission.ts";
import { growthTurns } from "./queue/growth.ts";
import { type QueueContext, queueTurns } from "./queue/queue-turns.ts";
import type { Decision, ReservationTable } from "./reservation-table.ts";

/** A computation that may still run on a node that was lost. */
export interface LeftBehind {
  readonly sessionId: string;
  readonly computation: string;
}

/** What is known of the queue beside places and nodes. */
export type QueuePatience = Pick<QueueContext, "isPassedEnough" | "isStalled">;

export class Berths {
  readonly #table: ReservationTable;
  readonly #nodes = new NodeRegistry();
  /** Of this coordinator's sessions that have places. */
  readonly #requests = new Map<string, PlacementRequest>();
  /** By lost node, the longest lost first. */
  readonly #left = new Map<string, readonly LeftBehind[]>();
  /** What is given back, by what it is: kept until the table has it, and before anything new is taken. */
  readonly #owed = new Map<string, (places: Places) => Places>();

  readonly #isQuarantined: (nodeId: string) => boolean;

  constructor(table: ReservationTable, isQuarantined: (nodeId: string) => boolean = () => false) {
    this.#table = table;
    this.#isQuarantined = isQuarantined;
  }

  /** As last heard; without what is about to be given back. */
  get places(): Places {
    return this.#settled(this.#table.places);
  }

  /** `leftBehind`: it was lost, and these are to be ended on it before anything new is placed there. */
  heard(nowMs: number, heartbeat: Heartbeat): { readonly isNew: boolean; readonly leftBehind: readonly LeftBehind[] } {
    const isNew = this.#nodes.heard(nowMs, heartbeat);
    const leftBehind = this.#left.get(heartbeat.nodeId) ?? [];
    this.#left.delete(heartbeat.nodeId);
    return { isNew, leftBehind };
  }

  present(nowMs: number): PlacementNode[] {
    return this.#nodes.present(nowMs).map((node) => (this.#isQuarantined(node.id) ? { ...node, closed: true } : node));
  }

  /** Nobody could be heard for a while, for a reason on this side. */
  forgive(nowMs: number): void {
    this.#nodes.forgive(nowMs);
  }

  /** The nodes that are lost now, each once. This coordinator's sessions have nothing there any more. */
  takeLost(nowMs: number): PlacementNode[] {
    const lost = this.#nodes.takeLost(nowMs);
    const ledger = lost.length === 0 ? undefined : ledgerOf(this.places);
    for (const { id } of lost) {
      const left = (ledger?.onNode(id) ?? []).filter(({ sessionId }) => this.#requests.has(sessionId));
      if (left.length === 0) continue;
      this.#left.set(
        id,
        left.map(({ sessionId, computation }) => ({ sessionId, computation })),
      );
      const [oldest] = this.#left.keys();
      if (this.#left.size > limits.lostNodesMax && oldest !== undefined) this.#left.delete(oldest);
      const sessionIds = new Set(left.map(({ sessionId }) => sessionId));
      const isOurs = (sessionId: string) => this.#requests.has(sessionId);
      this.#owe(`node ${id}`, (places) => withoutNode(places, id, [...sessionIds].filter(isOurs)));
    }
    return lost;
  }

  /**
   * Places for a session, or its place in the queue; the same again for one that has either. Rejects as `admit`, and as
   * ReservationTable.change: then it may have either, until it is released.
   */
  async admit(nowMs: number, arrival: Arrival, patience: QueuePatience): Promise<Admission> {
    const nodes = this.present(nowMs);
    const admission = await this.#change((places) => admit(places, arrival, { nodes, ...patience }));
    if (admission.t === "placed") this.#requests.set(arrival.sessionId, arrival.request);
    return admission;
  }

  /** Those of the sessions that wait and can go now. */
  async start(
    nowMs: number,
    requests: ReadonlyMap<string, PlacementRequest>,
    patience: QueuePatience,
  ): Promise<readonly Start[]> {
    const nodes = this.present(nowMs);
    const starts = await this.#change((places) => startWaiting(places, requests, { nodes, ...patience }));
    for (const { sessionId } of starts) {
      const request = requests.get(sessionId);
      if (request !== undefined) this.#requests.set(sessionId, request);
    }
    return starts;
  }

  /** What these sessions get beyond what they have. */
  async grow(
    nowMs: number,
    requests: readonly PlacementRequest[],
    patience: QueuePatience,
  ): Promise<readonly Placement[]> {
    const nodes = this.present(nowMs);
    return this.#change((places) => {
      const turns = queueTurns(places, { nodes, ...patience });
      const result = growthTurns(places, turns, nodes, requests);
      let after = places;
      for (const { reservation } of result) {
        const held = after.placed.get(reservation.sessionId)?.reservations ?? [];
        after = withReservations(after, reservation.sessionId, [...held, reservation]);
      }
      return { places: after, result };
    });
  }

  /** Whether it left the queue by this; false: it has got places meanwhile. */
  leaveQueue(sessionId: string): Promise<boolean> {
    return this.#change((places) => {
      if (places.placed.has(sessionId)) return { places, result: false };
      return { places: withoutSession(places, sessionId), result: true };
    });
  }

  /**
   * Of a session that this coordinator owns from now on: what it has, or had. Its nodes, where they were not heard of
   * yet, are given the time of any silent node.
   */
  adopt(nowMs: number, request: PlacementRequest, session: PlacedSession): void {
    this.#requests.set(request.sessionId, request);
    for (const { nodeId } of session.reservations) this.#nodes.expect(nowMs, nodeId);
    this.#owe(`adopted ${request.sessionId}`, (places) =>
      places.placed.has(request.sessionId) ? places : withPlaced(places, session),
    );
  }

  /**
   * Where a computation is to be started: at once its own place, while it has that and the node stays; otherwise
   * another, as soon as the table has it. Rejects with `resources-insufficient` when there is none at the moment,
   * `session-missing` when its session has ended, and as ReservationTable.change.
   */
  berthFor(nowMs: number, sessionId: string, berth: Berth, reason: MoveReason = "again"): Berth | Promise<Berth> {
    const isOurs = this.#requests.has(sessionId);
    if (isOurs && reason === "again" && this.#isHeld(nowMs, sessionId, berth)) return berth;
    return this.#move(nowMs, sessionId, berth, reason);
  }

  async #move(nowMs: number, sessionId: string, berth: Berth, reason: MoveReason): Promise<Berth> {
    const request = this.#requests.get(sessionId);
    if (request === undefined) throw ended(sessionId);
    const nodes = this.present(nowMs);
    const { name: computation, nodeId } = berth;
    const move = { sessionId, computation, memoryMB: Math.ceil(berth.memoryLimitBytes / 2 ** 20), nodeId, reason };
    const placement = await this.#change((places) => moveComputation(places, move, request, nodes));
    if (!this.#nodes.has(placement.nodeId)) throw lostMeanwhile(move);
    if (placement.nodeId === nodeId && placement.memoryMB === move.memoryMB) return berth;
    return {
      ...berth,
      nodeId: placement.nodeId,
      threadCount: placement.threadCount,
      memoryLimitBytes: placement.memoryMB * 2 ** 20,
      coresReserved: placement.reservation.cores,
    };
  }

  /** From now on its computations go only where samples have these bits, as far as nodes say. */
  pin(sessionId: string, instructionSet: string): void {
    const request = this.#requests.get(sessionId);
    if (request !== undefined) this.#requests.set(sessionId, { ...request, instructionSet });
  }

  /** It is not started again. */
  release(sessionId: string, computation: string): void {
    this.#owe(`computation ${sessionId} ${computation}`, (places) =>
      withoutComputation(places, sessionId, computation),
    );
  }

  /** Of all its computations only this one is still wanted; of one that waits nothing is. */
  keepOnly(sessionId: string, computation: string | undefined): void {
    this.#owe(`rest ${sessionId}`, (places) => {
      const names = places.placed.get(sessionId)?.reservations.map((each) => each.computation) ?? [];
      const others = names.filter((name) => name !== computation);
      if (others.length === names.length) return withoutSession(places, sessionId);
      return others.reduce((before, name) => withoutComputation(before, sessionId, name), places);
    });
  }

  /** It has ended, or was never made. */
  releaseSession(sessionId: string): void {
    this.#requests.delete(sessionId);
    this.#owe(`session ${sessionId}`, (places) => withoutSession(places, sessionId));
  }

  /** It is another coordinator's now: what it has is no longer ours to say. */
  forget(sessionId: string): void {
    this.#requests.delete(sessionId);
    for (const what of [...this.#owed.keys()]) if (what.split(" ").includes(sessionId)) this.#owed.delete(what);
  }

  /** Tries again to give back what could not be. To be called now and then. */
  async settle(): Promise<void> {
    if (this.#owed.size > 0) await this.#change((places) => ({ places, result: undefined }));
  }

  #isHeld(nowMs: number, sessionId: string, { name, nodeId }: Berth): boolean {
    const held = this.places.placed.get(sessionId)?.reservations.find(({ computation }) => computation === name);
    return held?.nodeId === nodeId && this.present(nowMs).some(({ id, closed }) => id === nodeId && closed !== true);
  }

  #owe(what: string, change: (places: Places) => Places): void {
    this.#owed.set(what, change);
    // Whoever waits for it hears of it by the table; until it succeeds it is tried again.
    void this.settle().catch(() => {});
  }

  #settled(places: Places): Places {
    return [...this.#owed.values()].reduce((before, change) => change(before), places);
  }

  async #change<Result>(decide: (places: Places) => Decision<Result>): Promise<Result> {
    let settled: [string, (places: Places) => Places][] = [];
    const result = await this.#table.change((places) => {
      settled = [...this.#owed];
      return decide(this.#settled(places));
    });
    for (const [what, change] of settled) if (this.#owed.get(what) === change) this.#owed.delete(what);
    return result;
  }
}

function lostMeanwhile({ sessionId, computation }: Move): ArrasError {
  return new ArrasError("resources-insufficient", {
    message: `The node that ${computation} was to go to is lost`,
    action: "Another is looked for.",
    place: { session: sessionId, computation },
  });
}

function ended(sessionId: string): ArrasError {
  return new ArrasError("session-missing", {
    message: "Its session has ended",
    action: "Nothing is to be started.",
    place: { session: sessionId },
  });
}
