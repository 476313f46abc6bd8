// What a session says of what went wrong with it and its computations.
import { ArrasError } from "../proto/errors.ts";
import type { QueuePlace } from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import type { Berth } from "./berth.ts";
import type { PlannerEffect } from "./planner/events.ts";

type HoleEffect = Extract<PlannerEffect, { readonly t: "hole" }>;

export function sessionMissing(sessionId: string): ArrasError {
  return new ArrasError("session-missing", {
    message: `There is no session ${JSON.stringify(sessionId.slice(0, 80))}`,
    action: "It was closed, or it never was.",
  });
}

/** To computations and clients alike: whoever asks again finds its owner. */
export function sessionElsewhere(sessionId: string): ArrasError {
  return new ArrasError("unavailable", {
    message: "The session is another coordinator's, or nobody's at the moment",
    action: "Another has it within seconds: try again.",
    place: { session: sessionId },
  });
}

/** `why`: as the merger says. */
export function denoiserMissing(why: string): ArrasError {
  return new ArrasError("denoiser-missing", {
    message: `A denoised picture is wanted, and cannot be made: ${why}`,
    action:
      "Install it there (https://github.com/RenderKit/oidn/releases has it for most systems), or render without --denoise.",
  });
}

/** Of whoever edits, or chooses what comes first. */
export function longName(editor: string): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `The editor's name has ${editor.length} characters, the limit editorCharsMax is ${limits.editorCharsMax}`,
    action: "Give a shorter one.",
  });
}

export function notConnected(timeoutMs: number): ArrasError {
  return new ArrasError("timed-out", {
    message: `No computation was ready within ${timeoutMs / 1000} s`,
    action: "Allow more time (--con-timeout), or see the log (-l 4).",
  });
}

export function otherBits(computation: string, theirs: string, ours: string): ArrasError {
  return new ArrasError("renderer-missing", {
    message: `${computation} renders with ${theirs}, the session with ${ours}: their samples differ`,
    action: "Restrict the session to machines of one kind.",
    place: { computation },
  });
}

export function waitedTooLong(waitedMs: number, place: QueuePlace | undefined): ArrasError {
  const reason = place === undefined ? "" : `: ${place.reason}`;
  return new ArrasError("resources-insufficient", {
    message: `It waited ${Math.round(waitedMs / 1000)} s in the queue${reason}`,
    action: "Wait longer (--queue-timeout), ask for less, or add nodes.",
  });
}

export function clientGone(unwatchedMs: number): ArrasError {
  return new ArrasError("cancelled", {
    message: `Nobody has watched it for ${Math.round(unwatchedMs / 1000)} s while it waited for places: its client is gone`,
    action: "Submit it again, and keep the command running.",
  });
}

/** Of one that had more already than it is defined to have. */
export function passedTwice(error: ArrasError, formerLimitBytes: number): ArrasError {
  const { code, message, action, place } = error;
  const before = `as it had passed the ${Math.floor(formerLimitBytes / 2 ** 20)} MB that it is defined to have`;
  return new ArrasError(code, { message: `${message}, ${before}`, action, place, cause: error });
}

/** `why`: what became of the place that it had; `refusal`: there is no other. */
export function withoutPlace(why: ArrasError, { code, message, action, place }: ArrasError): ArrasError {
  return new ArrasError(code, { message: `${why.message}. ${message}`, action, place });
}

export function withMoreText({ name, nodeId, memoryLimitBytes }: Berth, reason: ArrasError): string {
  const memory = `${Math.floor(memoryLimitBytes / 2 ** 20)} MB on node ${nodeId}`;
  return `${name} is started again, once, with ${memory}: ${reason.message}`;
}

/** Its node is to leave, and nothing that it did is lost. */
export function leavingNode(computation: string, nodeId: string): ArrasError {
  return new ArrasError("computation-lost", {
    message: `Node ${nodeId}, where ${computation} runs, is leaving the farm`,
    action: "Nothing: it goes on elsewhere.",
    place: { computation, node: nodeId },
  });
}

/** Its node's samples were found wrong, and it is to go on elsewhere. */
export function quarantinedNode(computation: string, nodeId: string): ArrasError {
  return new ArrasError("node-quarantined", {
    message: `${computation}'s node renders wrong samples and gets nothing any more`,
    action: "Look into that machine: its memory, its renderer's build. It goes on elsewhere.",
    place: { computation, node: nodeId },
  });
}

export function holeText({ rect, fromSample, reason }: HoleEffect): string {
  const { x0, y0, x1, y1 } = rect;
  return `Pixels ${x0},${y0}-${x1},${y1} get no samples from ${fromSample} on: ${reason}`;
}

export function sceneNotLoaded(sessionId: string): ArrasError {
  return new ArrasError("session-state", {
    message: "No computation of the session has loaded its scene yet",
    action: "Try again when it renders.",
    place: { session: sessionId },
  });
}

export function sceneNotHere(sessionId: string): ArrasError {
  return new ArrasError("unavailable", {
    message: "No computation of the session shows its scene just now",
    action: "Try again in a moment.",
    place: { session: sessionId },
  });
}

export function sessionEnded(sessionId: string): ArrasError {
  return new ArrasError("session-state", {
    message: "The session has ended: its scene is not there any more",
    action: "Render it again, with the edits you want (--edits).",
    place: { session: sessionId },
  });
}

/** Of a pick. */
export function nobodyToAsk(sessionId: string): ArrasError {
  return new ArrasError("session-state", {
    message: "The session has ended: its computations have left, and none can say what is there",
    action:
      "Pick while it renders, or is paused; or read depth, position, normal and id where the film has them (--aov).",
    place: { session: sessionId },
  });
}
