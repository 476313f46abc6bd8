// Structured logs on standard error. Standard output belongs to results (`--json`, announcements).
import { devNull } from "node:os";
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

export type Log = Logger;

/** `-l 0-5` in Arras's sense: 0 fatal, 1 error, 2 warning, 3 information, 4 debug, 5 trace. */
const levels = ["fatal", "error", "warn", "info", "debug", "trace"] as const;

export function createLog(name: string, level: number): Log {
  return logTo(pino.destination({ fd: 2, sync: true }), name, level);
}

/** Says nothing, but takes the whole way that a log of information takes: its first line costs a process 3 ms. */
export function rehearsedLog(): Log {
  return logTo(pino.destination({ dest: devNull, sync: true }), "rehearsal", 3);
}

function logTo(destination: DestinationStream, name: string, level: number): Log {
  return pino(
    {
      name,
      level: levels[level] ?? "warn",
      base: { name, pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      redact: ["token", "*.token"],
    },
    destination,
  );
}
