// What a session is that goes on with another one's film: the other's specification, and a budget that may be higher.
// Pure.
import { create, equals } from "@bufbuild/protobuf";
import { ArrasError } from "../../proto/errors.ts";
import type { ResumableSession } from "../../proto/gen/arras/v1/archive_pb.ts";
import {
  type SampleBudget,
  SampleBudgetSchema,
  type SessionSpec,
  SessionSpecSchema,
} from "../../proto/gen/arras/v1/session_pb.ts";
import { softwareVersion } from "../../proto/version.ts";
import type { FilmBeginning } from "../records/present-record.ts";

/** A specification, and what its film begins with. */
export interface SessionBeginning {
  readonly spec: SessionSpec;
  readonly beginning: FilmBeginning;
}

/** Of a session that goes on with none. */
export function freshSession(spec: SessionSpec): SessionBeginning {
  return { spec, beginning: { checkpoint: "", formerCheckpoint: "", instructionSet: "", rendererBuild: "" } };
}

/** Throws `session-state`, `limit-exceeded` and `message-malformed`, as SessionSpec.resume_session_id says. */
export function resumedSession(asked: SessionSpec, kept: ResumableSession): SessionBeginning {
  requireNothingElse(asked);
  if (kept.softwareVersion !== softwareVersion) throw otherVersion(kept);
  const former = kept.session ?? create(SessionSpecSchema);
  const budget = raisedBudget(former.budget ?? create(SampleBudgetSchema), asked.budget, former.film?.maxSpp ?? 0);
  const { checkpoint, formerCheckpoint, instructionSet, rendererBuild } = kept;
  const spec = create(SessionSpecSchema, {
    ...former,
    budget,
    resumeSessionId: asked.resumeSessionId,
    needsDenoiser: asked.needsDenoiser,
    ...(asked.checkpoints === undefined ? {} : { checkpoints: asked.checkpoints }),
  });
  return { spec, beginning: { checkpoint, formerCheckpoint, instructionSet, rendererBuild } };
}

/** What is rendered is fixed; a client that says it again could say something else. */
function requireNothingElse(asked: SessionSpec): void {
  const { resumeSessionId, needsDenoiser, checkpoints, budget } = asked;
  const bare = create(SessionSpecSchema, {
    resumeSessionId,
    needsDenoiser,
    ...(checkpoints === undefined ? {} : { checkpoints }),
    ...(budget === undefined ? {} : { budget }),
  });
  if (equals(SessionSpecSchema, asked, bare)) return;
  throw new ArrasError("message-malformed", {
    message: "A session that goes on with another one says again what is rendered, and where",
    action: "Give its id, its budget and its checkpoints only.",
  });
}

function raisedBudget(former: SampleBudget, asked: SampleBudget | undefined, maxSpp: number): SampleBudget {
  const spp = asked?.spp || former.spp;
  if (spp < former.spp || spp > maxSpp) {
    throw new ArrasError("limit-exceeded", {
      message: `${spp} samples per pixel are not within ${former.spp} and ${maxSpp}, what the session has and what its film can hold`,
      action: "Give --spp within them, or render anew.",
      place: { setting: "--spp" },
    });
  }
  return create(SampleBudgetSchema, {
    spp,
    targetError: asked?.targetError || former.targetError,
    sppMin: asked?.sppMin || former.sppMin,
    durationMs: asked?.durationMs || former.durationMs,
  });
}

function otherVersion({ sessionId, softwareVersion: theirs }: ResumableSession): ArrasError {
  return new ArrasError("session-state", {
    message: `The session was rendered with version ${JSON.stringify(theirs.slice(0, 40))}, and this is ${softwareVersion}: their samples may differ`,
    action: "Go on with it with that version, or render anew.",
    place: { session: sessionId },
  });
}
