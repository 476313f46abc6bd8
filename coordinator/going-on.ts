// A session that has ended gets more samples: whether it can, and the record from which it begins again, with the film that
// its merger has kept, as one that was taken over does. Pure.
import { create } from "@bufbuild/protobuf";
import { ArrasError } from "../proto/errors.ts";
import { type SessionRecord, SessionRecordSchema, SessionWish } from "../proto/gen/arras/v1/record_pb.ts";
import { SessionState } from "../proto/gen/arras/v1/session_pb.ts";

/** `durationMs`: the session's limit of time. Throws `session-state`: it failed, never rendered, or its time is used up. */
export function recordGoingOn(
  ended: SessionRecord,
  { budgetSpp, durationMs, nowMs }: { budgetSpp: number; durationMs: number | undefined; nowMs: number },
): SessionRecord {
  const { final, region: _, ...kept } = ended;
  const renderMs = final?.totals?.renderMs ?? 0;
  if (final === undefined || ended.state === SessionState.FAILED || ended.preparedAtMs === 0n)
    throw refusal(ended, "it has nothing to go on from");
  if (durationMs !== undefined && renderMs >= durationMs) throw refusal(ended, "its time (--seconds) is used up");
  return create(SessionRecordSchema, {
    ...kept,
    state: SessionState.RENDERING,
    wish: SessionWish.UNSPECIFIED,
    budgetSpp,
    // Since it has ended its limit of time stands still, as in all pauses before.
    pausedMs: BigInt(Math.max(0, Math.round(nowMs - Number(ended.preparedAtMs) - renderMs))),
    pausedAtMs: 0n,
    regionAlone: false,
    regionEditor: "",
  });
}

function refusal({ sessionId }: SessionRecord, why: string): ArrasError {
  return new ArrasError("session-state", {
    message: `The session has ended and does not go on: ${why}`,
    action: "Render it again, with more samples (--spp).",
    place: { session: sessionId },
  });
}
