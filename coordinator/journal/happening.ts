// What happens on a farm, as the coordinator's parts tell it: once, in the moment in which it happens. What is made of
// it (events for people, log lines, counts, traces) is the listeners' business.
import type { ArrasError } from "../../proto/errors.ts";
import type { PixelRect } from "../../proto/rect.ts";

interface OfSession {
  readonly sessionId: string;
}

interface OfComputation extends OfSession {
  readonly computation: string;
  readonly nodeId: string;
  /** Which start of it, from 1. */
  readonly attempt: number;
}

interface OfNode {
  readonly nodeId: string;
  readonly host: string;
  /** Equal on all coordinators that see the same fact, different for the next one of its kind. */
  readonly factId: string;
}

export type SessionHappening =
  /** `createdAtMs`: when its client asked for it, milliseconds since 1970. */
  | (OfSession & {
      readonly t: "session-created";
      readonly user: string;
      readonly scene: string;
      readonly createdAtMs: number;
    })
  | (OfSession & { readonly t: "session-queued"; readonly place: number; readonly reason: string })
  | (OfSession & { readonly t: "session-placed"; readonly nodeIds: readonly string[] })
  | (OfSession & { readonly t: "session-preparing" })
  | (OfSession & { readonly t: "session-rendering" })
  | (OfSession & { readonly t: "session-paused" })
  | (OfSession & { readonly t: "session-resumed" })
  | (OfSession & { readonly t: "session-finished" })
  | (OfSession & { readonly t: "session-stopped" })
  | (OfSession & { readonly t: "session-holes" })
  | (OfSession & { readonly t: "session-failed"; readonly error: ArrasError })
  | (OfSession & { readonly t: "session-closed" })
  /** Another coordinator had it. */
  | (OfSession & { readonly t: "session-taken-over" })
  /** It is another coordinator's from now on, or nobody's for a moment. */
  | (OfSession & { readonly t: "session-yielded" })
  /** Taken over, and its film's ledger is read: work goes on. */
  | (OfSession & { readonly t: "session-recovered"; readonly durationMs: number })
  /** A merger has begun with a checkpoint. `sppMean`: what that holds, where it is known. */
  | (OfSession & { readonly t: "session-restored"; readonly sppMean: number | undefined })
  /** These pixels get no samples from `fromSample` on. */
  | (OfSession & {
      readonly t: "session-hole";
      readonly rect: PixelRect;
      readonly fromSample: number;
      readonly reason: string;
    })
  /** Nodes made different things of the same samples. `evidence`: the unit, and what each made of it. */
  | (OfSession & { readonly t: "session-undecided"; readonly evidence: string })
  /** Samples of wrong nodes could not be taken out yet. */
  | (OfSession & { readonly t: "session-unclean"; readonly error: ArrasError })
  | (OfSession & { readonly t: "image-fetched"; readonly format: string; readonly durationMs: number })
  | (OfSession & { readonly t: "checkpointed"; readonly sizeBytes: number; readonly durationMs: number })
  /** Its finished images are in the farm's store. */
  | (OfSession & { readonly t: "images-kept"; readonly sizeBytes: number; readonly durationMs: number })
  /** They are not, or not all of them. */
  | (OfSession & { readonly t: "images-missing"; readonly error: ArrasError });

export type ComputationHappening =
  /** Its node is asked to start it. */
  | (OfComputation & { readonly t: "computation-launched"; readonly isMerger: boolean })
  /** Its process runs. */
  | (OfComputation & { readonly t: "computation-started"; readonly isMerger: boolean })
  /** It has loaded the scene. */
  | (OfComputation & { readonly t: "computation-prepared" })
  /** Its process is gone, as it should be. */
  | (OfComputation & { readonly t: "computation-ended" })
  /** Its process is gone, or was never there, and another is started. */
  | (OfComputation & { readonly t: "computation-restarted"; readonly isMerger: boolean; readonly error: ArrasError })
  /** Its process is gone, and no other is started. */
  | (OfComputation & { readonly t: "computation-gone"; readonly error: ArrasError })
  /** There is no place for it now. */
  | (OfComputation & { readonly t: "computation-unplaced"; readonly error: ArrasError });

export type NodeHappening =
  | (OfNode & { readonly t: "node-joined" })
  | (OfNode & { readonly t: "node-draining" })
  | (OfNode & { readonly t: "node-left" })
  | (OfNode & { readonly t: "node-lost" })
  | (OfNode & { readonly t: "node-refused"; readonly version: string })
  /** Its samples were found wrong. `evidence`: the unit, and what each node made of it. */
  | (OfNode & { readonly t: "node-quarantined"; readonly evidence: string });

export type Happening = SessionHappening | ComputationHappening | NodeHappening;

export interface Journal {
  /** Returns at once and never throws. */
  record(happening: Happening): void;
}

/** For who need not know. */
export const silentJournal: Journal = { record: () => {} };

/** Tells all of them, in this order. */
export function journalOf(journals: readonly Journal[]): Journal {
  return {
    record: (happening) => {
      for (const journal of journals) journal.record(happening);
    },
  };
}
