// One mcrt computation of a session as its crew knows it: where it is in its life, and what has happened to it. Pure.
import type { Timer } from "../host/clock.ts";
import type { ArrasError } from "../proto/errors.ts";
import type { WorkOrder } from "../proto/gen/arras/v1/budget_pb.ts";
import type { ComputationExited } from "../proto/gen/arras/v1/node_pb.ts";
import type { Berth } from "./berth.ts";
import { PlaceSearch } from "./place-search.ts";
import type { MoveReason } from "./placement/move.ts";

/** The way back to a computation. */
export interface WorkStream {
  send(order: WorkOrder["order"]): void;
  close(): void;
}

export type Phase =
  | { readonly t: "launching" }
  /** Of a session that was taken over: its node is asked whether it runs. */
  | { readonly t: "sought" }
  /** Its process runs and has no stream, yet or any more. */
  | { readonly t: "connecting"; readonly timer: Timer }
  | { readonly t: "connected"; readonly stream: WorkStream }
  /** Its stream ended: is its process gone too? Known within `exitGraceMs`, and only then can a unit be blamed. */
  | { readonly t: "leaving"; readonly timer: Timer }
  /** Its process is gone; what it said last may still be unread, and its stream ends after that. */
  | { readonly t: "exited"; readonly stream: WorkStream; readonly exit: ComputationExited; readonly timer: Timer }
  /** Its node was asked to end it; then another is started. */
  | { readonly t: "ending"; readonly error: ArrasError; readonly next: NextStart }
  | { readonly t: "restarting"; readonly timer: Timer }
  /** It has no process, and a place is looked for. */
  | { readonly t: "searching" }
  /** There is no place for it; it is looked for again. */
  | { readonly t: "unplaced"; readonly timer: Timer }
  | { readonly t: "gone"; readonly error: ArrasError };

/** again: it is to blame. move: its node leaves, and nobody is. elsewhere: it cannot work where it is. */
export type NextStart = "again" | "move" | "elsewhere";

export interface CrewMember {
  berth: Berth;
  attempt: number;
  restartCount: number;
  restartsInARowCount: number;
  /** Set once it was started again with more memory: what it had before. */
  formerLimitBytes: number | undefined;
  peakMemoryBytes: number;
  phase: Phase;
  /** Reserved for it while its node is to leave and it ends what it has begun there. */
  nextBerth: Berth | undefined;
  readonly search: PlaceSearch;
}

/** How a computation is launched, its session's merger too. */
export interface LaunchWish {
  /** Its attempt is in the session's record already. */
  readonly isWritten?: boolean;
  readonly reason?: MoveReason;
  /** Why it cannot be started as it was: it is given up with that where there is no other place. */
  readonly error?: ArrasError;
}

export function newMember(berth: Berth): CrewMember {
  return {
    berth,
    attempt: 0,
    restartCount: 0,
    restartsInARowCount: 0,
    formerLimitBytes: undefined,
    peakMemoryBytes: 0,
    phase: { t: "launching" },
    nextBerth: undefined,
    search: new PlaceSearch(),
  };
}

/** In these a stream of that name is not its process's. */
export const deaf: ReadonlySet<Phase["t"]> = new Set(["gone", "ending", "exited", "searching", "unplaced"]);
/** In these it has no process, nor a node that must be asked. */
export const homeless: ReadonlySet<Phase["t"]> = new Set(["searching", "unplaced"]);

export function cancelTimer({ phase }: CrewMember): void {
  if ("timer" in phase) phase.timer.cancel();
}
