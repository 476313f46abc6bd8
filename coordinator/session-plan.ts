// A session's specification, checked and placed: everything that is decided before its first process starts.
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { FilmSpec } from "../proto/film-spec.ts";
import type { LaunchOrder } from "../proto/gen/arras/v1/node_pb.ts";
import type { SessionRecord } from "../proto/gen/arras/v1/record_pb.ts";
import type { RenderSpec } from "../proto/gen/arras/v1/scene_pb.ts";
import type { Berth } from "./berth.ts";
import type { CheckpointShelf } from "./checkpoints/checkpoint-shelf.ts";
import type { ImageShelf } from "./images/image-shelf.ts";
import type { Journal } from "./journal/happening.ts";
import type { Launcher } from "./launcher.ts";
import type { Meter } from "./metrics/metric-table.ts";
import type { MoveReason } from "./placement/move.ts";

export interface SessionPlan {
  readonly sessionId: string;
  /** What the store has of it when it begins here. */
  readonly base: SessionRecord;
  readonly render: RenderSpec;
  /** The scene file's name without its folder, for headers. */
  readonly sceneName: string;
  readonly film: FilmSpec;
  readonly budgetSpp: number;
  /** Empty: every tile gets the whole budget. */
  readonly adaptive: { readonly targetError?: number; readonly minSpp?: number };
  readonly durationMs: number | undefined;
  readonly connectTimeoutMs: number;
  /** It waits so long for new places when all that it had are gone. */
  readonly placelessMsMax: number;
  /** undefined: it waits for its places (`SessionWaiting.place`). */
  readonly merge: Berth | undefined;
  readonly mcrts: readonly Berth[];
  /** Known only to the session's own processes. */
  readonly token: string;
  /** Things worth telling: ignored fields of the definition. */
  readonly notices: readonly string[];
  orderFor(berth: Berth, attempt: number): LaunchOrder;
}

/** Nodes whose samples were found wrong, anywhere on the farm. */
export interface WrongNodes {
  readonly nodeIds: readonly string[];
  has(nodeId: string): boolean;
  /** A session of this coordinator has found one out; Session.quarantined follows. */
  found(nodeId: string, evidence: string): void;
}

export interface SessionSurroundings {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly log: Log;
  /** Who is told what happens, and counts it; absent: nobody. */
  readonly journal?: Journal;
  readonly meter?: Meter;
  /** Whether this coordinator still owns the session: asked before each act. */
  mayAct(): boolean;
  /**
   * Writes the session's present record. Resolves when the store has it, with false when the session is not ours any
   * more. undefined: nothing is kept, as in tests.
   */
  save(): Promise<boolean> | undefined;
  /** Where films' checkpoints are kept; absent: nowhere. */
  readonly checkpoints?: CheckpointShelf | undefined;
  /** Where finished images are kept; absent: nowhere. */
  readonly images?: ImageShelf | undefined;
  /** Above the farm's certificates, in PEM form; absent: none of its own. */
  readonly authorityPem?: string | undefined;
  /** Added to the clock's time it gives milliseconds since 1970. */
  readonly epochOffsetMs: number;
  /** Where to start it: see Berths.berthFor. Throws or rejects when there is no place just now. */
  berthFor(berth: Berth, reason: MoveReason): Berth | Promise<Berth>;
  /** Absent: nobody keeps account of them, as in tests. */
  readonly wrongNodes?: WrongNodes;
  /** Its film has samples of these bits from now on, and is to get no others. */
  pin?(instructionSet: string): void;
  /**
   * It has ended, and begins again from this record, as another Session. Rejects with `unavailable` when it is not ours any
   * more, or has begun again already. Absent: no session does, as in tests.
   */
  goOn?(record: SessionRecord): Promise<void>;
  /** It is not started again: its place is for others. */
  release(computation: string): void;
  /** It does not render any more, or never did: of its places only the merger's is still wanted, for pictures. */
  renderingEnded(merger: string | undefined): void;
}
