// Says in the process's own log what happens to sessions and their computations, with the fields by which logs are
// searched: session, computation, node. Nodes are told of by who judges them.
import type { Log } from "../../host/log.ts";
import { sentence } from "./event-of.ts";
import type { Happening, Journal } from "./happening.ts";

type Level = "debug" | "info" | "warn";

const quiet: ReadonlySet<Happening["t"]> = new Set([
  "computation-launched",
  "computation-prepared",
  "computation-ended",
  "image-fetched",
]);

export class LogJournal implements Journal {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  record(happening: Happening): void {
    if (!("sessionId" in happening)) return;
    const fields = {
      session: happening.sessionId,
      ...("computation" in happening ? { computation: happening.computation, node: happening.nodeId } : {}),
      ...("error" in happening ? { code: happening.error.code } : {}),
    };
    this.#log[levelOf(happening)](fields, sentence(happening));
  }
}

function levelOf(happening: Happening): Level {
  if ("error" in happening || happening.t === "session-hole") return "warn";
  return quiet.has(happening.t) ? "debug" : "info";
}
