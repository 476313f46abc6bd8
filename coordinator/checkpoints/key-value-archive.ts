// The archive of sessions that can be gone on with in key-value, for a farm.
import { toBinary } from "@bufbuild/protobuf";
import type { Clock } from "../../host/clock.ts";
import type { KeyValue } from "../../host/nats/key-value.ts";
import { type ResumableSession, ResumableSessionSchema } from "../../proto/gen/arras/v1/archive_pb.ts";
import { SessionArchive } from "../records/session-archive.ts";
import { type ResumeArchive, resumableFromBytes } from "./resume-archive.ts";

export class KeyValueArchive extends SessionArchive<ResumableSession> implements ResumeArchive {
  constructor(store: KeyValue, clock: Clock) {
    const toBytes = (session: ResumableSession) => toBinary(ResumableSessionSchema, session);
    super({ store, clock, toBytes, fromBytes: resumableFromBytes, nameOf: (key) => key });
  }
}
