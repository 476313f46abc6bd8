// A computation's line becomes one of the agent's log: structured lines keep their level and fields, others are
// warnings (a renderer's or the loader's own words).
import type { Log } from "../host/log.ts";

const levels: { readonly [level: number]: "fatal" | "error" | "warn" | "info" | "debug" | "trace" } = {
  60: "fatal",
  50: "error",
  40: "warn",
  30: "info",
  20: "debug",
  10: "trace",
};

export function forwardLine(log: Log, line: string): void {
  if (line.startsWith("{")) {
    try {
      const { level, msg, time: _time, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const name = levels[Number(level)];
      if (name !== undefined) {
        log[name](fields, typeof msg === "string" ? msg : "");
        return;
      }
    } catch {
      // Not JSON after all: forwarded as it stands.
    }
  }
  log.warn(line);
}
