// Why a session that is over cannot be changed, and what its user can do instead. Pure.
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import type { SessionModel } from "./session-model.ts";

export interface Unavailable {
  readonly reason: string;
  /** To be typed; undefined: there is none that helps. */
  readonly command?: string;
  /** With more samples it goes on. */
  readonly takesSamples?: boolean;
}

/** `farm`: host and port of the door that this page is from. undefined: it is not over. */
export function whyOver({ session, film }: SessionModel, farm: Farm): Unavailable | undefined {
  switch (session?.state) {
    case SessionState.FINISHED:
    case SessionState.HOLES:
      return {
        reason:
          "The frame is done and its computations have left. With more samples (b) it goes on; of the scene nothing can be changed or asked before.",
        takesSamples: true,
      };
    case SessionState.STOPPED:
      if (session.checkpoint === undefined || film === undefined)
        return { reason: "It was stopped and its computations have left. Render it again." };
      return {
        reason: "It was stopped and its computations have left. It goes on with",
        command: resumeCommand(film.sessionId, film.onFarm ? farm : undefined),
      };
    case SessionState.FAILED:
      return { reason: "It failed, and its computations have left." };
    default:
      return undefined;
  }
}

export interface Farm {
  readonly host: string;
  readonly port: string;
}

function resumeCommand(sessionId: string, farm: Farm | undefined): string {
  const where = farm === undefined ? [] : ["--host", farm.host, "--port", farm.port];
  return ["arras-render", "--resume", sessionId, ...where, "-o", "FILE"].join(" ");
}

/** Of what needs computations that render; undefined: it can be done. */
export function whyNotNow({ session }: SessionModel): string | undefined {
  const { state } = session ?? {};
  if (state === SessionState.RENDERING || state === SessionState.PAUSED) return undefined;
  return "It does not render yet";
}
