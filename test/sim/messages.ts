// What simulated processes say to each other: the content of the protocol's messages, without their encoding.
import type { TileReport } from "../../coordinator/planner/events.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import type { StopRule } from "../../proto/stop-rule.ts";
import type { Unit } from "../../proto/unit.ts";
import type { SimProcess } from "./sim-process.ts";

/** mcrt → coordinator. */
export type WorkUp =
  | { readonly t: "hello"; readonly computation: string; readonly attempt: number }
  | { readonly t: "prepared" }
  | { readonly t: "credit"; readonly units: number }
  | { readonly t: "started"; readonly unit: Unit; readonly next?: Unit }
  | {
      readonly t: "done";
      readonly unit: Unit;
      readonly renderMs: number;
      readonly waitedMs: number;
      readonly sums?: string;
    }
  | { readonly t: "verified"; readonly unit: Unit; readonly renderMs: number; readonly sums: string }
  | { readonly t: "failed"; readonly unit: Unit; readonly retry: "same-node" | "other-node" | "never" }
  | { readonly t: "refused"; readonly unit: Unit };

/** Coordinator → mcrt. */
export type WorkDown =
  | { readonly t: "assignment"; readonly merger: SimProcess }
  | { readonly t: "grant"; readonly units: readonly Unit[] }
  | { readonly t: "verify"; readonly units: readonly Unit[] }
  | { readonly t: "cancel"; readonly units: readonly Unit[] }
  | { readonly t: "end" };

/** mcrt → merger, and back. */
export type FilmUp = {
  readonly t: "contribution";
  readonly unit: Unit;
  readonly computation: string;
  readonly nodeId: string;
  /** Quantums by which its first value is off. */
  readonly error: number;
};
export type FilmDown = {
  readonly t: "acknowledgement";
  readonly unit: Unit;
  readonly admission: "added" | "coarse" | "duplicate" | "stale" | "refused";
  readonly code?: string;
};

/** Coordinator → merger, and back. */
export type MergerUp =
  /** Before the ledger, samples of these nodes are taken out. */
  | {
      readonly t: "watch";
      readonly spec: FilmSpec;
      readonly wrongNodeIds: readonly string[];
      readonly rule: StopRule | null;
    }
  | { readonly t: "receipt" };
export type MergerDown =
  | { readonly t: "statuses"; readonly tiles: readonly TileReport[]; readonly ledgerComplete: boolean }
  | { readonly t: "receipt"; readonly sha256: string };

/** What a node's agent says of itself, every second. */
export interface Heartbeat {
  readonly nodeId: string;
  /** Rises; older ones that come later mean nothing. */
  readonly sequence: number;
  readonly agent: SimProcess;
  /** It is to leave: what it runs is to go elsewhere. */
  readonly isDraining: boolean;
  readonly computations: readonly RunningComputation[];
}

export interface RunningComputation {
  readonly name: string;
  readonly attempt: number;
  readonly process: SimProcess;
}
