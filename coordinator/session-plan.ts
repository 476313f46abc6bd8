// A session's specification, checked and placed: everything that is decided before its first process starts.
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { FilmSpec } from "../proto/film-spec.ts";
import type { LaunchOrder } from "../proto/gen/arras/v1/node_pb.ts";
import type { RenderSpec } from "../proto/gen/arras/v1/scene_pb.ts";
import type { Berth } from "./crew.ts";
import type { Launcher } from "./launcher.ts";

export interface SessionPlan {
  readonly sessionId: string;
  readonly render: RenderSpec;
  /** The scene file's name without its folder, for headers. */
  readonly sceneName: string;
  readonly film: FilmSpec;
  readonly budgetSpp: number;
  /** Empty: every tile gets the whole budget. */
  readonly adaptive: { readonly targetError?: number; readonly minSpp?: number };
  readonly durationMs: number | undefined;
  readonly connectTimeoutMs: number;
  readonly merge: Berth;
  readonly mcrts: readonly Berth[];
  /** Known only to the session's own processes. */
  readonly token: string;
  /** Things worth telling: ignored fields of the definition. */
  readonly notices: readonly string[];
  orderFor(berth: Berth, attempt: number): LaunchOrder;
}

export interface SessionSurroundings {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  /** Where to start it: the same place while its node stays, otherwise another. Throws when there is none just now. */
  berthFor(berth: Berth): Berth;
}
