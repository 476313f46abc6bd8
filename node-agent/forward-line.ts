// A computation's line becomes one of the agent's log: structured lines keep their level and fields, but not those that
// the agent's own log has for it; others are warnings (a renderer's or the loader's own words).
import type { Log } from "../host/log.ts";

const levels: { readonly [level: number]: "fatal" | "error" | "warn" | "info" | "debug" | "trace" } = {
  60: "fatal",
  50: "error",
  40: "warn",
  30: "info",
  20: "debug",
  10: "trace",
};

/** `log`: with session, computation and node of who said it. */
export function forwardLine(log: Log, line: string): void {
  if (line.startsWith("{")) {
    try {
      const { level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const name = levels[Number(level)];
      if (name !== undefined) {
        log[name](withoutKnown(fields), typeof msg === "string" ? msg : "");
        return;
      }
    } catch {
      // Not JSON after all: forwarded as it stands.
    }
  }
  log.warn(line);
}

/** The same key twice in one line is read as one or the other, or not at all. */
function withoutKnown({ pid, ...fields }: Record<string, unknown>): Record<string, unknown> {
  for (const known of ["time", "name", "session", "computation", "node"]) delete fields[known];
  return pid === undefined ? fields : { ...fields, childPid: pid };
}
