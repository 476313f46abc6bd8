// What is promised on which node. All or nothing, by whole sessions or single computations; the sums are taken anew
// from the entries, so that adding and removing fractions leaves no residue. Pure: it only remembers.
import { ArrasError } from "../../proto/errors.ts";

export interface Reservation {
  readonly sessionId: string;
  readonly computation: string;
  readonly nodeId: string;
  readonly memoryMB: number;
  /** 0 for one that waits rather than computes. Counted against a node only where cores are exclusive. */
  readonly cores: number;
}

/** The part of a node that reservations are counted against. */
export interface NodeCapacity {
  readonly id: string;
  readonly cores: number;
  readonly memoryMB: number;
  readonly coresPolicy: "exclusive" | "shared";
}

export class ReservationLedger {
  /** By node, then by session and computation. */
  readonly #byNode = new Map<string, Map<string, Reservation>>();
  /** By session and computation: its node. */
  readonly #nodeOf = new Map<string, string>();

  /** What is promised already, without asking whether the nodes (still) have it. */
  static of(reservations: Iterable<Reservation>): ReservationLedger {
    const ledger = new ReservationLedger();
    for (const reservation of reservations) ledger.restore(reservation);
    return ledger;
  }

  onNode(nodeId: string): readonly Reservation[] {
    return [...(this.#byNode.get(nodeId)?.values() ?? [])];
  }

  ofSession(sessionId: string): Reservation[] {
    return [...this.#byNode.values()].flatMap((entries) =>
      [...entries.values()].filter((entry) => entry.sessionId === sessionId),
    );
  }

  freeMemoryMB(node: NodeCapacity): number {
    return node.memoryMB - sum(this.onNode(node.id), "memoryMB");
  }

  /** Of shared cores all are always free. */
  freeCores(node: NodeCapacity): number {
    return node.coresPolicy === "shared" ? node.cores : node.cores - sum(this.onNode(node.id), "cores");
  }

  /**
   * Takes all of them, or throws and takes none: `resources-insufficient` where one is over its node (the plan was
   * made on an older state: place again), `internal` where a computation has a place already.
   */
  reserve(reservations: readonly Reservation[], nodes: readonly NodeCapacity[]): void {
    const taken: Reservation[] = [];
    try {
      for (const reservation of reservations) {
        this.#reserveOne(reservation, nodes);
        taken.push(reservation);
      }
    } catch (error) {
      for (const { sessionId, computation } of taken) this.release(sessionId, computation);
      throw error;
    }
  }

  /** Whether there was one. */
  release(sessionId: string, computation: string): boolean {
    const name = key(sessionId, computation);
    const nodeId = this.#nodeOf.get(name);
    if (nodeId === undefined) return false;
    this.#nodeOf.delete(name);
    return this.#byNode.get(nodeId)?.delete(name) ?? false;
  }

  releaseSession(sessionId: string): void {
    for (const { computation } of this.ofSession(sessionId)) this.release(sessionId, computation);
  }

  /** A node that is gone; its computations are to be placed again. */
  releaseNode(nodeId: string): readonly Reservation[] {
    const lost = this.onNode(nodeId);
    for (const { sessionId, computation } of lost) this.#nodeOf.delete(key(sessionId, computation));
    this.#byNode.delete(nodeId);
    return lost;
  }

  #reserveOne(reservation: Reservation, nodes: readonly NodeCapacity[]): void {
    const { sessionId, computation, nodeId, memoryMB, cores } = reservation;
    const node = nodes.find(({ id }) => id === nodeId);
    const place = { session: sessionId, computation, node: nodeId };
    if (this.#nodeOf.has(key(sessionId, computation)) || !(memoryMB >= 0) || !(cores >= 0)) {
      const message = "A reservation is negative, or its computation has a place already";
      throw new ArrasError("internal", { message, action: "Report it with the log.", place });
    }
    const missing = node === undefined ? "the node" : this.#missing(node, memoryMB, cores);
    if (missing !== undefined) {
      const message = `${missing} is no longer there for ${computation}`;
      throw new ArrasError("resources-insufficient", { message, action: "Place the session again.", place });
    }
    this.restore(reservation);
  }

  /** What was promised before; not asked whether there is room. */
  restore(reservation: Reservation): void {
    const { sessionId, computation, nodeId } = reservation;
    const entries = this.#byNode.get(nodeId) ?? new Map<string, Reservation>();
    this.#byNode.set(nodeId, entries);
    entries.set(key(sessionId, computation), reservation);
    this.#nodeOf.set(key(sessionId, computation), nodeId);
  }

  #missing(node: NodeCapacity, memoryMB: number, cores: number): string | undefined {
    if (memoryMB > this.freeMemoryMB(node)) return `${memoryMB} MB of memory`;
    if (node.coresPolicy === "exclusive" && cores > this.freeCores(node)) return `${cores} cores`;
    return undefined;
  }
}

function key(sessionId: string, computation: string): string {
  return `${sessionId} ${computation}`;
}

function sum(entries: readonly Reservation[], field: "memoryMB" | "cores"): number {
  return entries.reduce((total, entry) => total + entry[field], 0);
}
