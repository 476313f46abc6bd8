// The computations of the simulated session as its coordinator sees them: placed by the real placement, reserved in the
// real ledger, launched, missed, placed again.

import { placeGrowth, placeSession } from "../../coordinator/placement/placement.ts";
import type { PlacementNode } from "../../coordinator/placement/placement-request.ts";
import { ReservationLedger } from "../../coordinator/placement/reservations.ts";
import type { ExpandedComputation } from "../../coordinator/session-definition/expand.ts";
import type { PixelRect } from "../../proto/rect.ts";
import type { Connection } from "./packet-network.ts";
import type { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

export const sessionId = "s1";
export const mergeName = "merge";

export interface Member {
  readonly computation: ExpandedComputation;
  attempt: number;
  /** Absent: it waits for a place. */
  nodeId: string | undefined;
  threadCount: number;
  /** As reserved: 0 of one that waits rather than computes. */
  cores: number;
  /** Of the present attempt, once its agent has shown it. */
  process: SimProcess | undefined;
  /** Heartbeats above it tell whether the present attempt still runs. */
  knownSinceSequence: number;
  work: Connection | undefined;
  /** The planner counts on it. */
  hasJoined: boolean;
}

/** What a successor finds in key-value storage. */
export interface StoredSession {
  readonly placements: Map<string, { attempt: number; nodeId: string | undefined; threadCount: number; cores: number }>;
  /** Nodes that were found wrong. */
  readonly wrongNodeIds: Set<string>;
  /** Why a wrong node may have stayed in the film; empty: it may not. */
  readonly excuses: Set<string>;
  /** Once the session has ended. */
  final: { readonly filmSha256: string; readonly outcome: string; readonly holes: readonly Hole[] } | undefined;
}

export interface Hole {
  readonly rect: PixelRect;
  readonly fromSample: number;
}

export function newStoredSession(): StoredSession {
  return { placements: new Map(), wrongNodeIds: new Set(), excuses: new Set(), final: undefined };
}

export class SimMembers {
  readonly members = new Map<string, Member>();
  readonly reservations = new ReservationLedger();
  readonly #world: World;
  readonly #stored: StoredSession;

  constructor(world: World, stored: StoredSession, nodes: readonly PlacementNode[]) {
    this.#world = world;
    this.#stored = stored;
    const { mcrtCount } = world.scenario;
    const computations = [mergeOf(), ...Array.from({ length: mcrtCount }, (_, index) => mcrtOf(index))];
    for (const computation of computations) {
      const before = stored.placements.get(computation.name);
      this.members.set(computation.name, {
        computation,
        attempt: before?.attempt ?? 0,
        nodeId: before?.nodeId,
        threadCount: before?.threadCount ?? 0,
        cores: before?.cores ?? 0,
        process: undefined,
        knownSinceSequence: 0,
        work: undefined,
        hasJoined: false,
      });
      if (before?.nodeId !== undefined) this.#reserveAgain(computation, before.nodeId, before.cores, nodes);
    }
  }

  get merge(): Member {
    return this.members.get(mergeName) as Member;
  }

  get mcrts(): Member[] {
    return [...this.members.values()].filter(({ computation }) => computation.kind === "mcrt");
  }

  #reserveAgain(
    computation: ExpandedComputation,
    nodeId: string,
    cores: number,
    nodes: readonly PlacementNode[],
  ): void {
    const { name, memoryMB } = computation;
    this.reservations.reserve([{ sessionId, computation: name, nodeId, memoryMB, cores }], nodes);
  }

  /** Gives places to those that have none, the merger first, as far as there is room. Returns who got one. */
  placeWaiting(nodes: readonly PlacementNode[]): Member[] {
    const waiting = [...this.members.values()].filter(({ nodeId }) => nodeId === undefined);
    if (waiting.length === 0) return [];
    const base = { sessionId, renderer: "fake" };
    const required = waiting.filter((member) => member === this.merge).map(({ computation }) => computation);
    const growth = waiting.filter((member) => member !== this.merge).map(({ computation }) => computation);
    const outcome =
      required.length > 0
        ? placeSession({ ...base, computations: required, growth }, nodes, this.reservations)
        : {
            t: "placed" as const,
            placements: placeGrowth({ ...base, computations: [], growth }, nodes, this.reservations),
          };
    if (outcome.t === "refused") return [];
    this.reservations.reserve(
      outcome.placements.map(({ reservation }) => reservation),
      nodes,
    );
    return outcome.placements.map(({ computation, nodeId, threadCount, reservation }) => {
      const member = this.members.get(computation.name) as Member;
      member.attempt++;
      member.nodeId = nodeId;
      member.threadCount = threadCount;
      member.cores = reservation.cores;
      member.knownSinceSequence = Number.POSITIVE_INFINITY;
      this.#store(member);
      return member;
    });
  }

  /** Its process is gone, or its node: it waits for another place. */
  release(member: Member): void {
    if (this.#world.canary !== "reservations are not released") {
      this.reservations.release(sessionId, member.computation.name);
    }
    member.nodeId = undefined;
    member.process = undefined;
    this.#store(member);
  }

  #store({ computation, attempt, nodeId, threadCount, cores }: Member): void {
    this.#stored.placements.set(computation.name, { attempt, nodeId, threadCount, cores });
  }
}

function mcrtOf(index: number): ExpandedComputation {
  return {
    name: `mcrt_i${index}`,
    group: "mcrt",
    index,
    kind: "mcrt",
    minCores: 1,
    maxCores: 2,
    memoryMB: 1024,
    reservedCores: 0,
    maxThreads: undefined,
    hostnamePin: undefined,
    locality: "any",
    environment: {},
    logLevel: undefined,
    options: {},
  };
}

function mergeOf(): ExpandedComputation {
  return { ...mcrtOf(0), name: mergeName, group: mergeName, kind: "merge", minCores: 0, maxCores: 0 };
}
