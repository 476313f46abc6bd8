// What a session's record says at this moment: the part that never changes, and what its parts know. Pure.
import { create } from "@bufbuild/protobuf";
import { errorToMessage } from "../../proto/error-message.ts";
import type { ArrasError } from "../../proto/errors.ts";
import { PixelRectSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import { ComputationKind } from "../../proto/gen/arras/v1/node_pb.ts";
import {
  type ComputationRecord,
  ComputationRecordSchema,
  HoleRecordSchema,
  type SessionRecord,
  SessionRecordSchema,
  type SessionWish,
} from "../../proto/gen/arras/v1/record_pb.ts";
import { type SessionEvent, type SessionSpec, SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { Berth } from "../berth.ts";
import type { Placement } from "../placement/placement.ts";
import type { SessionTally } from "../session-tally.ts";
import type { ChosenRegion, Steering } from "../steering.ts";
import { recordFormat } from "./session-record.ts";

export interface NewSession {
  readonly sessionId: string;
  readonly requestId: string;
  readonly user: string;
  readonly createdAtMs: number;
  readonly spec: SessionSpec;
  readonly token: string;
  readonly clientHost: string;
  readonly owner: string;
  /** What its film begins with. */
  readonly beginning: FilmBeginning;
}

/** Empty texts: nothing, of a session that begins from the start. */
export interface FilmBeginning {
  readonly checkpoint: string;
  readonly formerCheckpoint: string;
  readonly instructionSet: string;
  readonly rendererBuild: string;
}

/** It waits for its places. */
export function newRecord({ createdAtMs, beginning, ...fields }: NewSession): SessionRecord {
  return create(SessionRecordSchema, {
    ...fields,
    ...beginning,
    ...(fields.spec.edits === undefined ? {} : { edits: fields.spec.edits }),
    format: recordFormat,
    createdAtMs: BigInt(Math.round(createdAtMs)),
    state: SessionState.QUEUED,
    epoch: 1,
  });
}

/** Every computation is about to be asked for the first time. */
export function placedRecord(base: SessionRecord, placements: readonly Placement[]): SessionRecord {
  const computations = placements.map(({ computation, nodeId, threadCount, memoryMB, reservation }) =>
    create(ComputationRecordSchema, {
      name: computation.name,
      kind: computation.kind === "merge" ? ComputationKind.MERGE : ComputationKind.MCRT,
      nodeId,
      attempt: 1,
      threadCount,
      memoryLimitBytes: BigInt(memoryMB) * 2n ** 20n,
      coresReserved: reservation.cores,
    }),
  );
  return create(SessionRecordSchema, { ...base, state: SessionState.STARTING, computations });
}

/** Of one computation; what does not change is taken from the former record. */
export interface PresentComputation {
  readonly berth: Berth;
  readonly attempt: number;
  readonly restartCount: number;
  readonly peakMemoryBytes: number;
  readonly gone?: ArrasError | undefined;
  /** Set once it was started again with more memory: what it had before. */
  readonly formerLimitBytes?: number | undefined;
}

export interface PresentSession {
  readonly state: SessionState;
  /** Its times are monotonic; `epochOffsetMs` makes them times since 1970. */
  readonly tally: Pick<
    SessionTally,
    | "connectedAtMs"
    | "preparedAtMs"
    | "firstPictureAtMs"
    | "holes"
    | "instructionSet"
    | "rendererBuild"
    | "pausedAtMs"
    | "pausedMs"
  >;
  readonly epochOffsetMs: number;
  readonly wish: SessionWish;
  /** undefined: it has no place yet. */
  readonly merger: PresentComputation | undefined;
  readonly crew: readonly PresentComputation[];
  readonly checkpoint: string;
  readonly formerCheckpoint: string;
  readonly steering: Steering;
  readonly scene: Pick<SessionRecord, "epoch" | "edits" | "editor">;
  readonly final: SessionEvent | undefined;
}

export function presentRecord(base: SessionRecord, present: PresentSession): SessionRecord {
  const since1970 = (atMs: number | undefined) =>
    atMs === undefined ? 0n : BigInt(Math.max(1, Math.round(atMs + present.epochOffsetMs)));
  const { merger, crew, final, tally, steering } = present;
  const { region: _, ...unsteered } = base;
  return create(SessionRecordSchema, {
    ...unsteered,
    state: present.state,
    connectedAtMs: since1970(tally.connectedAtMs),
    preparedAtMs: since1970(tally.preparedAtMs),
    firstPictureAtMs: since1970(tally.firstPictureAtMs),
    pausedAtMs: since1970(tally.pausedAtMs),
    pausedMs: BigInt(Math.round(tally.pausedMs)),
    budgetSpp: steering.budgetSpp,
    ...regionFields(steering.region),
    wish: present.wish,
    computations: [
      ...(merger === undefined ? [] : [computationRecord(merger, ComputationKind.MERGE)]),
      ...crew.map((each) => computationRecord(each, ComputationKind.MCRT)),
    ],
    holes: tally.holes.slice(0, limits.recordHolesMax).map((hole) => create(HoleRecordSchema, hole)),
    instructionSet: tally.instructionSet ?? "",
    rendererBuild: tally.rendererBuild ?? "",
    checkpoint: present.checkpoint,
    formerCheckpoint: present.formerCheckpoint,
    ...present.scene,
    ...(final === undefined ? {} : { final }),
  });
}

function regionFields(region: ChosenRegion | undefined) {
  if (region === undefined) return { regionAlone: false, regionEditor: "" };
  const { rect, isAlone: regionAlone, editor: regionEditor } = region;
  return { region: create(PixelRectSchema, rect), regionAlone, regionEditor };
}

function computationRecord(
  { berth, attempt, restartCount, peakMemoryBytes, gone, formerLimitBytes = 0 }: PresentComputation,
  kind: ComputationKind,
): ComputationRecord {
  return create(ComputationRecordSchema, {
    name: berth.name,
    kind,
    nodeId: berth.nodeId,
    attempt,
    threadCount: berth.threadCount,
    memoryLimitBytes: BigInt(berth.memoryLimitBytes),
    coresReserved: berth.coresReserved,
    restartCount,
    peakMemoryBytes: BigInt(Math.round(peakMemoryBytes)),
    formerLimitBytes: BigInt(formerLimitBytes),
    ...(gone === undefined ? {} : { gone: errorToMessage(gone) }),
  });
}
