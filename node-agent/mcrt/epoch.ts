// One epoch in the process that renders: what belongs to it, and how all of it is dropped.
import type { Assignment, Prepared } from "../../proto/gen/arras/v1/budget_pb.ts";
import type { Unit } from "../../proto/unit.ts";
import type { VerifyChoice } from "../../proto/verified-unit.ts";
import type { Backlog } from "./backlog.ts";
import type { ContributionSink } from "./film-link.ts";
import type { HeldScene } from "./held-scene.ts";

/** One epoch: its scene and its way to the merger, which the next one may take over, and the units that are not done. */
export interface Epoch {
  readonly number: number;
  /** The newest of this number. */
  assignment: Assignment;
  readonly scene: HeldScene;
  /** Replaced when the merger moved. */
  sink: ContributionSink;
  /** The units whose sums are reported as digests. */
  readonly verified: VerifyChoice;
  /** Granted units that are to be compared and not contributed. */
  readonly onlyVerified: WeakSet<Unit>;
  readonly backlog: Backlog;
  /** Of a void grant, too, until its thread is free: the same unit may be here twice then. */
  readonly running: Set<RunningUnit>;
  /** Until then units wait. */
  prepared: Prepared | undefined;
  /** Rises when all granted units became void: what they come to is then told to nobody. */
  grantGeneration: number;
  dropped: boolean;
}

export interface RunningUnit {
  readonly unit: Unit;
  /** The epoch's when it began. */
  readonly grantGeneration: number;
  readonly abort: AbortController;
}

/** Forgets all units: what they come to is told to nobody. */
export function dropUnits(epoch: Epoch): void {
  epoch.grantGeneration += 1;
  epoch.backlog.clear();
  for (const { abort } of epoch.running) abort.abort();
}

/** Its scene and its way to the merger stay open, for another one. */
export function dropEpoch(epoch: Epoch): void {
  epoch.dropped = true;
  dropUnits(epoch);
}
