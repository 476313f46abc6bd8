// Who has which place: the nodes, what is reserved on them for which session, and what was left behind on lost ones.
// Pure: time is an argument; launching and stopping are its caller's business.
import { ArrasError } from "../proto/errors.ts";
import type { Heartbeat } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import type { Berth } from "./crew.ts";
import { NodeRegistry } from "./node-registry.ts";
import { type Placement, placeSession } from "./placement/placement.ts";
import type { PlacementNode, PlacementRequest } from "./placement/placement-request.ts";
import { type Reservation, ReservationLedger } from "./placement/reservations.ts";

/** A computation that may still run on a node that was lost. */
export interface LeftBehind {
  readonly sessionId: string;
  readonly computation: string;
}

export class Berths {
  /** To be read only. */
  readonly reservations = new ReservationLedger();
  readonly #nodes = new NodeRegistry();
  readonly #requests = new Map<string, PlacementRequest>();
  /** By lost node, the longest lost first. */
  readonly #left = new Map<string, readonly LeftBehind[]>();

  /** `leftBehind`: it was lost, and these are to be ended on it before anything new is placed there. */
  heard(nowMs: number, heartbeat: Heartbeat): { readonly isNew: boolean; readonly leftBehind: readonly LeftBehind[] } {
    const isNew = this.#nodes.heard(nowMs, heartbeat);
    const leftBehind = this.#left.get(heartbeat.nodeId) ?? [];
    this.#left.delete(heartbeat.nodeId);
    return { isNew, leftBehind };
  }

  present(nowMs: number): PlacementNode[] {
    return this.#nodes.present(nowMs);
  }

  /** Nobody could be heard for a while, for a reason on this side. */
  forgive(nowMs: number): void {
    this.#nodes.forgive(nowMs);
  }

  /** The nodes that are lost now, each once. Nothing is reserved on them any more. */
  takeLost(nowMs: number): PlacementNode[] {
    const lost = this.#nodes.takeLost(nowMs);
    for (const { id } of lost) {
      const left = this.reservations.releaseNode(id);
      if (left.length === 0) continue;
      this.#left.set(
        id,
        left.map(({ sessionId, computation }) => ({ sessionId, computation })),
      );
      const [oldest] = this.#left.keys();
      if (this.#left.size > limits.lostNodesMax && oldest !== undefined) this.#left.delete(oldest);
    }
    return lost;
  }

  /** Throws as `ReservationLedger.reserve`, and takes nothing then. */
  take(request: PlacementRequest, placements: readonly Placement[], nodes: readonly PlacementNode[]): void {
    this.reservations.reserve(
      placements.map(({ reservation }) => reservation),
      nodes,
    );
    this.#requests.set(request.sessionId, request);
  }

  /**
   * Of a session that another coordinator placed: what it has is reserved as it is, also on nodes that were not heard of
   * yet. Those are given the time of any silent node to be heard of.
   */
  adopt(nowMs: number, request: PlacementRequest, reservations: readonly Reservation[]): void {
    this.reservations.releaseSession(request.sessionId);
    for (const reservation of reservations) {
      this.reservations.restore(reservation);
      this.#nodes.expect(nowMs, reservation.nodeId);
    }
    this.#requests.set(request.sessionId, request);
  }

  /**
   * Where a computation is to be started: its own place while it has that and the node stays, otherwise another.
   * Throws `resources-insufficient` when there is none at the moment, `session-missing` when its session has ended.
   */
  berthFor(nowMs: number, sessionId: string, berth: Berth): Berth {
    const request = this.#requests.get(sessionId);
    const computation = [...(request?.computations ?? []), ...(request?.growth ?? [])].find(
      ({ name }) => name === berth.name,
    );
    if (request === undefined || computation === undefined) throw ended(sessionId);
    const nodes = this.present(nowMs);
    const isHeld = this.reservations
      .onNode(berth.nodeId)
      .some((each) => each.sessionId === sessionId && each.computation === berth.name);
    const isLeaving = nodes.some(({ id, closed }) => id === berth.nodeId && closed === true);
    if (isHeld && !isLeaving) return berth;
    const outcome = placeSession({ ...request, computations: [computation], growth: [] }, nodes, this.reservations);
    if (outcome.t === "refused") throw outcome.error;
    const { nodeId, threadCount, memoryMB, reservation } = outcome.placements[0];
    this.reservations.release(sessionId, berth.name);
    this.reservations.reserve([reservation], nodes);
    return { ...berth, nodeId, threadCount, memoryLimitBytes: memoryMB * 2 ** 20, coresReserved: reservation.cores };
  }

  releaseSession(sessionId: string): void {
    this.#requests.delete(sessionId);
    this.reservations.releaseSession(sessionId);
  }
}

function ended(sessionId: string): ArrasError {
  return new ArrasError("session-missing", {
    message: "Its session has ended",
    action: "Nothing is to be started.",
    place: { session: sessionId },
  });
}
