// Why a session cannot be changed any more, and what can be typed instead.
import type { Unavailable } from "../state/availability.ts";

export function OverText({ over: { reason, command } }: { readonly over: Unavailable }) {
  return (
    <>
      {reason} {command !== undefined && <code>{command}</code>}
    </>
  );
}
