// What a computation is told of the scene that is fetched for it, in a line that is short enough. Pure.
import type { AgentNote } from "../../proto/launch-order.ts";
import type { BundleState } from "./bundle-cache.ts";

/** Three of them below agentNoteSizeBytesMax, even if every letter is written as an escape of two. */
const textCharsMax = 600;

export function noteOf(sha256: string, state: BundleState): AgentNote {
  if (state.t === "ready") return { t: "bundle", sha256, folder: state.folder };
  if (state.t === "fetching") {
    const { doneBytes, totalBytes } = state;
    return { t: "bundle-progress", sha256, doneBytes, totalBytes };
  }
  const { code, message, action, place } = state.error;
  // What is longer is dropped by who reads it, and this is what he waits for. Control characters take six letters each.
  const cut = (text: string) => text.slice(0, textCharsMax).replace(/[\p{Cc}\p{Surrogate}]/gu, " ");
  return { t: "bundle-failed", sha256, code, message: cut(message), action: cut(action), path: cut(place.path ?? "") };
}
