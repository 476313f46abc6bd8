// The farm's sessions as operators see them: from their records, which all coordinators have, and what their owners say
// of their progress. Pure.
import { create } from "@bufbuild/protobuf";
import {
  type SessionComputation,
  SessionComputationSchema,
  type SessionRow,
  SessionRowSchema,
} from "../../proto/gen/arras/v1/farm_pb.ts";
import { ComputationKind } from "../../proto/gen/arras/v1/node_pb.ts";
import type { SessionRecord } from "../../proto/gen/arras/v1/record_pb.ts";
import { type QueuePlace, SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { isFinalState } from "../../proto/session-states.ts";
import type { NodePromise } from "./farm-nodes.ts";
import type { SessionMoment } from "./session-pulses.ts";

/** What a record does not say. */
export interface SessionAside extends SessionMoment {
  /** Its owner, as people know coordinators; empty: nobody at the moment. */
  readonly owner: string;
}

/** The oldest first. */
export function sessionRows(
  records: readonly SessionRecord[],
  asideOf: (record: SessionRecord) => SessionAside,
): SessionRow[] {
  const rows = records.map((record) => sessionRow(record, asideOf(record)));
  return rows.sort((a, b) => Number(a.createdAtMs - b.createdAtMs) || (a.sessionId < b.sessionId ? -1 : 1));
}

function sessionRow(record: SessionRecord, { owner, progress, queue, computations }: SessionAside): SessionRow {
  const { spec, final } = record;
  const last = final?.progress ?? progress;
  return create(SessionRowSchema, {
    sessionId: record.sessionId,
    user: record.user,
    state: record.state,
    owner,
    priority: spec?.priority ?? 0,
    scene: fileName(spec?.render?.scenePath ?? ""),
    widthPx: spec?.film?.widthPx ?? 0,
    heightPx: spec?.film?.heightPx ?? 0,
    budgetSpp: record.budgetSpp || (spec?.budget?.spp ?? 0),
    ...(last === undefined ? {} : { progress: last }),
    ...(queue === undefined || !isWaiting(record.state, queue) ? {} : { queue }),
    computations: [...(computations ?? computationsOf(record))],
    createdAtMs: record.createdAtMs,
    startedAtMs: record.connectedAtMs,
    ...(final?.error === undefined ? {} : { error: final.error }),
  });
}

/** What its owner said last may be older than its record. */
function isWaiting(state: SessionState, { position }: QueuePlace): boolean {
  return state === SessionState.QUEUED || (position === 0 && !isFinalState(state));
}

export function computationsOf({ computations }: SessionRecord): SessionComputation[] {
  return computations.map(({ name, kind, nodeId, restartCount, peakMemoryBytes, threadCount, memoryLimitBytes }) =>
    create(SessionComputationSchema, {
      computation: name,
      nodeId,
      restartCount,
      peakMemoryBytes,
      threadCount: kind === ComputationKind.MERGE ? 0 : threadCount,
      memoryLimitBytes,
    }),
  );
}

function fileName(path: string): string {
  return path.split("/").at(-1) ?? "";
}

/** What sessions' records promise on each node: their computations that are not given up; of one that has ended its film. */
export function promisesOf(records: readonly SessionRecord[]): Map<string, NodePromise> {
  const promises = new Map<
    string,
    { cores: number; memoryBytes: number; computations: NodePromise["computations"][number][] }
  >();
  for (const { sessionId, state, computations } of records) {
    for (const { name, kind, nodeId, coresReserved, memoryLimitBytes, gone } of computations) {
      if (gone !== undefined || (isFinalState(state) && kind !== ComputationKind.MERGE)) continue;
      const promise = promises.get(nodeId) ?? { cores: 0, memoryBytes: 0, computations: [] };
      promise.cores += coresReserved;
      promise.memoryBytes += Number(memoryLimitBytes);
      promise.computations.push({ sessionId, computation: name });
      promises.set(nodeId, promise);
    }
  }
  return promises;
}
