// What a coordinator needs of the world around it, and what it tells operators.
import type { Bus } from "../host/bus.ts";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { KeyValue } from "../host/nats/key-value.ts";
import type { LeaseTimes } from "../host/nats/lease.ts";
import type { Heartbeat } from "../proto/gen/arras/v1/node_pb.ts";
import type { CheckpointShelf } from "./checkpoints/checkpoint-shelf.ts";
import type { ImageShelf } from "./images/image-shelf.ts";
import type { Journal } from "./journal/happening.ts";
import type { FarmLauncher } from "./launcher.ts";
import type { Meter } from "./metrics/metric-table.ts";
import type { Session } from "./session.ts";

export interface CoordinatorSurroundings {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  wallClockMs(): number;
  readonly log: Log;
  readonly launcher: FarmLauncher;
  /** Of sessions' records, of their leases, and of all places: shared by all coordinators of a farm. */
  readonly stores: { readonly sessions: KeyValue; readonly leases: KeyValue; readonly places: KeyValue };
  readonly leaseTimes: LeaseTimes;
  /** Of films; absent: nowhere, and a film that is lost is rendered again. */
  readonly checkpoints?: CheckpointShelf;
  /** Of sessions that have ended; absent: nowhere, and whoever wants them fetches them while the session is there. */
  readonly images?: ImageShelf;
  /** Unguessable, each time another one. */
  newId(): string;
  /** The same for the same, and only for it: see host/stable-id.ts. */
  sessionIdFor(user: string, requestId: string): string;
  /** Where this one is, for its computations and for other coordinators. Asked from `start` on. */
  coordinatorAddress(): string;
  /** The authority with which computations check it there, in PEM form; absent: no TLS. */
  readonly coordinatorCaPem?: string;
  /** Where a new session's merger shall listen. */
  mergerAddress(sessionId: string): string;
  /** Where clients are, when they are all on one machine. */
  readonly clientHost: string | undefined;
  /** False: nothing can be heard just now, so nobody is judged by silence. Absent: always there, as in memory. */
  isBusConnected?(): boolean;
  readonly logLevel: number;
  /** Who is told what happens, counts it, and shows it to operators; absent: nobody. */
  readonly journal?: Journal;
  readonly meter?: Meter;
  readonly overview?: Overview;
}

/** What operators see, from what the coordinator hears and has. Must not throw. */
export interface Overview {
  /** Before anything follows from it; also of another version. */
  heard(nowMs: number, heartbeat: Heartbeat): void;
  /** Before the lost ones are given up. `wasAway`: nobody could be heard, for a reason on this side. */
  judged(nowMs: number, wasAway: boolean): void;
  /** It is this coordinator's from now on. */
  entered(sessionId: string, session: Pick<Session, "watch" | "record">): void;
  left(sessionId: string): void;
  /** The node's samples were found wrong. */
  quarantined(nodeId: string): void;
}
