// A session's record as bytes in key-value, and what is checked of one that comes from there. Pure.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ArrasError } from "../../proto/errors.ts";
import { ComputationKind } from "../../proto/gen/arras/v1/node_pb.ts";
import { type SessionRecord, SessionRecordSchema } from "../../proto/gen/arras/v1/record_pb.ts";
import { SessionState, SessionTotalsSchema } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";
import { isFinalState } from "../../proto/session-states.ts";

export const recordFormat = 1;
/** Keys are `session.<id>`, in every bucket that has something of sessions. */
export const recordPrefix = "session";

/** A record and the revision under which the store has it. */
export interface KeptRecord {
  readonly record: SessionRecord;
  readonly revision: number;
}

export function recordKey(sessionId: string): string {
  return `${recordPrefix}.${sessionId}`;
}

/** Ids come from command lines, and would become paths and subjects. */
export function isSessionId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,128}$/.test(text);
}

export function sessionIdOfKey(key: string): string {
  return key.slice(recordPrefix.length + 1);
}

/**
 * The names of a large scene's objects are left out where the record would not fit: after a takeover its pictures are
 * written without that table, which is better than no end.
 */
export function encodeRecord(record: SessionRecord): Uint8Array {
  const bytes = toBinary(SessionRecordSchema, record);
  const { final } = record;
  const metadata = final?.totals?.metadata;
  if (bytes.byteLength <= limits.keyValueSizeBytesMax || final?.totals === undefined || metadata === undefined)
    return bytes;
  const totals = create(SessionTotalsSchema, { ...final.totals, metadata: { ...metadata, objectNames: [] } });
  return toBinary(SessionRecordSchema, { ...record, final: { ...final, totals } });
}

/** Throws `message-malformed`: another version's, or nobody's. */
export function decodeRecord(key: string, value: Uint8Array): SessionRecord {
  let record: SessionRecord;
  try {
    record = fromBinary(SessionRecordSchema, value);
  } catch (cause) {
    throw malformed(key, "cannot be read", cause);
  }
  const fault = faultOf(record, sessionIdOfKey(key));
  if (fault !== undefined) throw malformed(key, fault);
  return record;
}

function faultOf(record: SessionRecord, sessionId: string): string | undefined {
  const { computations, holes, state } = record;
  if (record.format !== recordFormat) return `has format ${record.format}, and ${recordFormat} is known here`;
  if (record.sessionId !== sessionId) return "names another session";
  if (record.token === "" || record.requestId === "") return "lacks its token or its request";
  if (record.spec === undefined) return "lacks its specification";
  if (record.epoch < 1) return "has no epoch";
  if (state === SessionState.UNSPECIFIED) return "has no state";
  if (isFinalState(state) !== (record.final !== undefined))
    return "has a final state without its event, or the reverse";
  if (holes.length > limits.recordHolesMax || holes.some(({ rect }) => rect === undefined))
    return "has impossible holes";
  if (computations.length > limits.mcrtCountMax + 1) return `has ${computations.length} computations`;
  const names = new Set(computations.map(({ name }) => name));
  if (names.size !== computations.length || names.has("")) return "names a computation twice, or not at all";
  // Of one that waits in the queue, or ended there.
  const isUnplaced = computations.length === 0 && (state === SessionState.QUEUED || isFinalState(state));
  const mergerCount = computations.filter(({ kind }) => kind === ComputationKind.MERGE).length;
  if (!isUnplaced && mergerCount !== 1) return "has not one merger";
  const isPlaced = computations.every(
    ({ kind, nodeId, coresReserved }) =>
      (kind === ComputationKind.MCRT || kind === ComputationKind.MERGE) && nodeId !== "" && coresReserved >= 0,
  );
  return isPlaced ? undefined : "has a computation without kind or place";
}

function malformed(key: string, what: string, cause?: unknown): ArrasError {
  return new ArrasError("message-malformed", {
    message: `The record ${key.slice(0, 80)} ${what}`,
    action: "Run coordinators of one version on a farm; this session is left to those who can read it.",
    cause,
  });
}
