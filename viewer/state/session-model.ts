// What the page knows of its session: one value, changed by what the coordinator tells.
import type { ErrorDetail, FilmSpec, Notice } from "../../proto/gen/arras/v1/common_pb.ts";
import type { PreviewDenoiser } from "../../proto/gen/arras/v1/preview_pb.ts";
import type { Progress, SessionEvent, SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import type { ViewerEvent, ViewerFilm, ViewerLink } from "../../proto/gen/arras/v1/viewer_pb.ts";
import { isFinalState } from "../../proto/session-states.ts";

export type Connection =
  | { readonly t: "connecting" }
  | { readonly t: "open" }
  /** Tried again after `retryMs`. */
  | { readonly t: "lost"; readonly retryMs: number }
  /** Not tried again: what was asked for is not there, or not for this user. */
  | { readonly t: "refused"; readonly reason: string };

export interface SessionModel {
  readonly connection: Connection;
  readonly film: ViewerFilm | undefined;
  /** The latest; its notices are in `notices`. */
  readonly session: SessionEvent | undefined;
  /** The latest that was told: the last event of a session need not have any. */
  readonly progress: Progress | undefined;
  readonly link: ViewerLink | undefined;
  /** What would denoise; undefined: not known yet. */
  readonly denoiser: PreviewDenoiser | undefined;
  readonly notices: readonly Notice[];
  /** What this page asked for last could not be done. */
  readonly error: ErrorDetail | undefined;
}

export const noticesMax = 50;

export const initialModel: SessionModel = {
  connection: { t: "connecting" },
  film: undefined,
  session: undefined,
  progress: undefined,
  link: undefined,
  denoiser: undefined,
  notices: [],
  error: undefined,
};

/** Of frames only what they say beside pixels; scenes and picks are no part of it. */
export function told(model: SessionModel, { event }: ViewerEvent): SessionModel {
  switch (event.case) {
    case "film":
      return { ...model, film: event.value };
    case "session": {
      const notices = [...model.notices, ...event.value.notices].slice(-noticesMax);
      return { ...model, session: event.value, progress: event.value.progress ?? model.progress, notices };
    }
    case "frame":
      return event.value.denoiser === undefined ? model : { ...model, denoiser: event.value.denoiser };
    case "link":
      return { ...model, link: event.value };
    case "error":
      return { ...model, error: event.value };
    default:
      return model;
  }
}

export function isFinal(state: SessionState | undefined): boolean {
  return state !== undefined && isFinalState(state);
}

/** What textures must have: the part that is rendered. */
export function filmWindow(spec: FilmSpec): { x: number; y: number; width: number; height: number } {
  const { x0, y0, x1, y1 } = spec.cropWindow ?? { x0: 0, y0: 0, x1: spec.widthPx, y1: spec.heightPx };
  return { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
}
