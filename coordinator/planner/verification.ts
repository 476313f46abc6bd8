// What the planner keeps of units that are rendered twice: those whose results are not compared yet, and the nodes whose
// results were found wrong.
import type { Unit, UnitKey } from "../../proto/unit.ts";
import type { Tile } from "./frame.ts";
import type { PlannedUnit } from "./lease.ts";
import type { Vote } from "./verdict.ts";

/** A unit that has been rendered and is compared. */
export interface Check {
  readonly unit: Unit;
  readonly tile: Tile;
  votes: Vote[];
  /** It is being rendered once more, for nothing but a vote. */
  asked: PlannedUnit | null;
  /** Renderers that failed or died over that. */
  failureCount: number;
}

export interface Verification {
  /** Open ones, in the order in which they began. */
  readonly checks: Map<UnitKey, Check>;
  /** Nodes of computations that take work; null: to be gathered anew. */
  nodeIds: Set<string> | null;
  readonly wrongNodeIds: Set<string>;
  /** Wrong nodes that the film has samples of, as far as is known: asked to be taken out, or the ledger is awaited. */
  readonly takingOut: Map<string, "asked" | "read">;
  /** Pairs of nodes that differ and of which nobody knows who is right. */
  readonly disputes: Set<string>;
  /** Units on which nodes agreed. */
  verifiedCount: number;
  /** Units that were chosen, and are in the film without another node's word. */
  uncheckedCount: number;
}

export function newVerification(): Verification {
  return {
    checks: new Map(),
    nodeIds: null,
    wrongNodeIds: new Set(),
    takingOut: new Map(),
    disputes: new Set(),
    verifiedCount: 0,
    uncheckedCount: 0,
  };
}
