// A session's state and progress in words.
import { PreviewEncoding } from "../../proto/gen/arras/v1/preview_pb.ts";
import { type Progress, type SessionEvent, SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import type { ViewerLink } from "../../proto/gen/arras/v1/viewer_pb.ts";
import { isFinal, type SessionModel } from "./session-model.ts";

const stateNames: Readonly<Record<SessionState, string>> = {
  [SessionState.UNSPECIFIED]: "unknown",
  [SessionState.STARTING]: "starting",
  [SessionState.PREPARING]: "loading the scene",
  [SessionState.RENDERING]: "rendering",
  [SessionState.FINISHED]: "finished",
  [SessionState.STOPPED]: "stopped",
  [SessionState.HOLES]: "finished with holes",
  [SessionState.FAILED]: "failed",
  [SessionState.QUEUED]: "queued",
  [SessionState.PAUSED]: "paused",
};

export function stateText(state: SessionState | undefined): string {
  return state === undefined ? "…" : (stateNames[state] ?? "unknown");
}

/** With what it is that is rendered, or waited for. */
export function statusText(session: SessionEvent | undefined): string {
  const { state, region } = session ?? {};
  if (state !== SessionState.RENDERING || region?.alone !== true) return stateText(state);
  return region.done ? "region done" : "rendering the region";
}

/** "12.5 / 64 spp". */
export function samplesText(progress: Progress | undefined, budgetSpp: number): string {
  return `${trimmed(progress?.sppMean ?? 0)} / ${budgetSpp} spp`;
}

export function errorText(error: number): string {
  return error > 0 ? error.toPrecision(2) : "–";
}

/** "1:02:03", "2:03", "3 s". */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

export function bytesText(sizeBytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let [value, unit] = [sizeBytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : trimmed(value)} ${units[unit]}`;
}

export function countText(count: number): string {
  if (count < 1e4) return String(count);
  return count < 1e6 ? `${trimmed(count / 1e3)} k` : `${trimmed(count / 1e6)} M`;
}

export function linkText(link: ViewerLink | undefined): string {
  if (link === undefined) return "";
  const rate = Number(link.bytesPerSecond);
  const form = link.encoding === PreviewEncoding.HALF ? "half float" : (PreviewEncoding[link.encoding] ?? "");
  return [form.toLowerCase(), rate > 0 ? `${bytesText(rate)}/s` : ""].filter((part) => part !== "").join(", ");
}

/** For screen readers: said when it changes, so it changes at each tenth only. */
export function spokenProgress({ session, progress }: SessionModel): string {
  const state = statusText(session);
  if (session?.region?.done === true) return `${state}: lift it to go on`;
  if (session === undefined || isFinal(session.state) || progress === undefined) return state;
  return `${state}, ${10 * Math.floor(10 * progress.fraction + 1e-9)} percent`;
}

function trimmed(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toFixed(value < 10 ? 2 : 1)));
}
