// What is kept of sessions that can be gone on with, and how much of it. Where it is kept is not known here. Pure.
import { fromBinary, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type ResumableSession, ResumableSessionSchema } from "../../proto/gen/arras/v1/archive_pb.ts";
import { isSha256 } from "../../proto/sha256.ts";
import { isSessionId } from "../records/session-record.ts";

export const resumableFormat = 1;

/** Every method rejects with what its store says: `unavailable`, `timed-out`, `output-failed`, `limit-exceeded` … */
export interface ResumeArchive {
  /** In the place of what is there under its id. */
  put(session: ResumableSession): Promise<void>;
  get(sessionId: string): Promise<ResumableSession | undefined>;
  /** Removing what is not there does nothing. */
  remove(sessionId: string): Promise<void>;
  /** In no order. What cannot be read is left out. */
  list(): Promise<ResumableSession[]>;
}

export interface ArchiveBounds {
  readonly sessionsMax: number;
  readonly bytesMax: number;
}

/** undefined: of another version, or nobody's. */
export function resumableFromBytes(bytes: Uint8Array): ResumableSession | undefined {
  return soundOrUndefined(() => fromBinary(ResumableSessionSchema, bytes));
}

/** undefined: of another version, or nobody's. */
export function resumableFromJson(text: string): ResumableSession | undefined {
  return soundOrUndefined(() => fromJson(ResumableSessionSchema, JSON.parse(text) as JsonValue));
}

function soundOrUndefined(read: () => ResumableSession): ResumableSession | undefined {
  try {
    const session = read();
    const { format, sessionId, session: spec, checkpoint, formerCheckpoint } = session;
    const isSound =
      format === resumableFormat &&
      isSessionId(sessionId) &&
      spec !== undefined &&
      isSha256(checkpoint) &&
      (formerCheckpoint === "" || isSha256(formerCheckpoint));
    return isSound ? session : undefined;
  } catch {
    return undefined;
  }
}

/** Newest first. */
export function byAge(sessions: readonly ResumableSession[]): ResumableSession[] {
  return [...sessions].sort((a, b) => Number(b.savedAtMs - a.savedAtMs));
}

/** Those that are too many or too large, the oldest; the newest is none of them. */
export function surplus(sessions: readonly ResumableSession[], bounds: ArchiveBounds): ResumableSession[] {
  let sizeBytes = 0;
  return byAge(sessions).filter((session, age) => {
    sizeBytes += Number(session.sizeBytes);
    return age > 0 && (age >= bounds.sessionsMax || sizeBytes > bounds.bytesMax);
  });
}
