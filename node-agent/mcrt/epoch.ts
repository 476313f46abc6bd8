// One epoch in the process that renders: what belongs to it, and how all of it is dropped.
import type { FilmSpec } from "../../proto/film-spec.ts";
import type { Assignment, WorkReport } from "../../proto/gen/arras/v1/budget_pb.ts";
import type { Unit } from "../../proto/unit.ts";
import type { Renderer } from "../renderers/renderer.ts";
import type { Backlog } from "./backlog.ts";
import type { ContributionSink } from "./film-link.ts";

/** One epoch: its renderer, its way to the merger, and the units that are not done. */
export interface Epoch {
  readonly number: number;
  readonly assignment: Assignment;
  readonly film: FilmSpec;
  readonly renderer: Renderer;
  /** Replaced when the merger moved. */
  sink: ContributionSink;
  readonly backlog: Backlog;
  /** Of a void grant, too, until its thread is free: the same unit may be here twice then. */
  readonly running: Set<RunningUnit>;
  prepared: PreparedReport | undefined;
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

export type PreparedReport = Extract<WorkReport["report"], { case: "prepared" }>;

/** Forgets all units: what they come to is told to nobody. */
export function dropUnits(epoch: Epoch): void {
  epoch.grantGeneration += 1;
  epoch.backlog.clear();
  for (const { abort } of epoch.running) abort.abort();
}

/** Resolves when its renderer is closed. */
export async function dropEpoch(epoch: Epoch): Promise<void> {
  epoch.dropped = true;
  dropUnits(epoch);
  epoch.sink.close();
  await epoch.renderer.close();
}
