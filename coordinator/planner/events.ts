// What the planner is told and what it answers: the whole of its interface with the coordinator.
import type { RetryClass } from "../../proto/errors.ts";
import type { PixelRect } from "../../proto/rect.ts";
import type { SampleRange } from "../../proto/sample-intervals.ts";
import type { Unit } from "../../proto/unit.ts";
import type { Vote } from "./verdict.ts";

/** Part of a tile whose pixels all have the same samples in the film. */
export interface CellReport {
  readonly rect: PixelRect;
  readonly ranges: readonly SampleRange[];
}

/** One tile in the merger's ledger. Ranges and error are of the same moment. */
export interface TileReport {
  readonly tileIndex: number;
  /** The samples that every pixel of the tile has. */
  readonly ranges: readonly SampleRange[];
  /** Set where the tile's pixels differ: a partition of its rectangle, each part made by `quarters`. */
  readonly cells?: readonly CellReport[];
  /** Error of the mean with exactly `spp` samples; absent where it was not estimated. */
  readonly error?: ErrorReport;
  /** All that were estimated, that one too. */
  readonly errors?: readonly ErrorReport[];
}

export interface ErrorReport {
  readonly value: number;
  readonly spp: number;
}

/**
 * Any event may come twice or late: what is known already, or speaks of a computation that left, or of an older epoch,
 * changes nothing. Only the order of one computation's own events matters.
 */
export type PlannerEvent =
  /**
   * The computation is ready. A second one with the same name ends the first as lost. `nodeId`: only what different
   * nodes made is compared; absent: a node of its own.
   */
  | { readonly t: "joined"; readonly computation: string; readonly threadCount: number; readonly nodeId?: string }
  /** It may hold `units` more. One is taken by each unit granted; it gives one back when a unit ended in any way. */
  | { readonly t: "credit"; readonly computation: string; readonly units: number }
  /** A thread began with it, and one may begin `next` unheard: from now on a crash is blamed on them. */
  | { readonly t: "started"; readonly computation: string; readonly unit: Unit; readonly next?: Unit }
  /**
   * The merger acknowledged it (coarse: the preview has it). `renderMs`: one thread's time in the renderer; `waitedMs`:
   * for how long that thread then waited for the merger, 0 where it is absent;
   * `sums`: a digest of what it made, for units that are chosen to be verified.
   */
  | {
      readonly t: "done";
      readonly computation: string;
      readonly unit: Unit;
      readonly renderMs: number;
      readonly waitedMs?: number;
      readonly sums?: string;
    }
  /** It has rendered a unit of a `verify`, for nothing but its digest. */
  | {
      readonly t: "verified";
      readonly computation: string;
      readonly unit: Unit;
      readonly renderMs: number;
      readonly sums: string;
    }
  /** Its samples are wrong, says this planner or another: it gets nothing more, and the frame waits for `taken-out`. */
  | { readonly t: "quarantined"; readonly nodeId: string }
  /** The film has no samples of these nodes any more and takes none; asks for the ledger that says what is missing. */
  | { readonly t: "taken-out"; readonly nodeIds: readonly string[] }
  /** The renderer failed and lives on. */
  | {
      readonly t: "failed";
      readonly computation: string;
      readonly unit: Unit;
      readonly retry: RetryClass;
      readonly reason: string;
    }
  /** The merger refused it as partly covered: somebody knows another cut. Answered by `reconcile`. */
  | { readonly t: "refused"; readonly computation: string; readonly unit: Unit }
  /**
   * It is to leave: it gets nothing more, what it has not started is cancelled. Answered by `drained`, as soon as it
   * holds nothing, and at once where it is not there.
   */
  | { readonly t: "drain"; readonly computation: string }
  /** closed: it said good-bye. lost: not heard of. crashed: its process died, and what it had started is blamed. */
  | { readonly t: "left"; readonly computation: string; readonly cause: "closed" | "lost" | "crashed" }
  /** From the merger: only this completes a unit. */
  | { readonly t: "merged"; readonly tiles: readonly TileReport[] }
  /**
   * The merger's whole ledger: what is not in it is not in the film. The caller drops `merged` reports that left the
   * merger before it (those of the stream that the ledger replaces).
   */
  | { readonly t: "ledger"; readonly tiles: readonly TileReport[] }
  /** Of a session that another coordinator began, before anything else: its planner gave this up. No `hole` answers it. */
  | { readonly t: "known-hole"; readonly rect: PixelRect; readonly fromSample: number }
  | { readonly t: "tick" }
  /** Nothing more is granted; what is held finishes. */
  | { readonly t: "pause" }
  | { readonly t: "resume" }
  /** What is held is cancelled, nothing more is granted. */
  | { readonly t: "stop" }
  /**
   * After the first picture, tiles that touch this rectangle go first. `isAlone`: nothing else is granted, not even for
   * the first picture, and what was not begun of other tiles is taken back, until another region or none is named.
   */
  | { readonly t: "region"; readonly rect: PixelRect | null; readonly isAlone?: boolean }
  /** Raises the budget. Throws RangeError when it is below the present one. */
  | { readonly t: "budget"; readonly spp: number }
  /**
   * The scene changed: everything again under a higher epoch; measured costs and speeds stay as first guesses. Who is
   * there gets nothing before a credit, and may join again.
   */
  | { readonly t: "edited"; readonly epoch: number };

export type PlannerEffect =
  | { readonly t: "grant"; readonly computation: string; readonly units: readonly Unit[] }
  /** Granted too, to be rendered and not contributed: answered by `verified`, or as other units are. */
  | { readonly t: "verify"; readonly computation: string; readonly units: readonly Unit[] }
  | { readonly t: "cancel"; readonly computation: string; readonly units: readonly Unit[] }
  /** The film has it, and whoever rendered it will not be heard to say so: it left, or nothing is wanted any more. */
  | { readonly t: "unheard"; readonly unit: Unit }
  /** These pixels get no samples from `fromSample` on, up to `toSample`, the budget. May come again with a lower one. */
  | {
      readonly t: "hole";
      readonly rect: PixelRect;
      readonly fromSample: number;
      readonly toSample: number;
      readonly reason: string;
    }
  /** Ask the merger for its ledger and hand it in: an acknowledged unit has not been seen merged, or a cut differs. */
  | { readonly t: "reconcile" }
  /** A thread has been at this unit far longer than any prediction allows: end that computation (`left` by crash). */
  | { readonly t: "stuck"; readonly computation: string; readonly unit: Unit; readonly runningMs: number }
  /** What this node made of the unit is not what most made of it, or what it made of it before. Once for each node. */
  | { readonly t: "wrong"; readonly nodeId: string; readonly unit: Unit; readonly votes: readonly Vote[] }
  /** Nodes differ, and there is no other to decide between them. Once for each two of them. */
  | { readonly t: "undecided"; readonly unit: Unit; readonly votes: readonly Vote[] }
  /** It was to leave and holds nothing any more: end it. */
  | { readonly t: "drained"; readonly computation: string }
  /** The region that is rendered alone has all that it is to have, or not any more. Once for each change. */
  | { readonly t: "region-done"; readonly isDone: boolean }
  /** Once for each time that all is merged (or in holes, or stopped). */
  | { readonly t: "complete"; readonly outcome: "finished" | "holes" | "stopped" };
