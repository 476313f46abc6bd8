// What happens, counted.
import { expect, it } from "vitest";
import type { Happening } from "../../../../coordinator/journal/happening.ts";
import { MetricJournal } from "../../../../coordinator/metrics/metric-journal.ts";
import type { Meter } from "../../../../coordinator/metrics/metric-table.ts";
import { ArrasError } from "../../../../proto/errors.ts";

/** Counts as "name" or "name label", and observations as "name =". */
function recorder() {
  const counts: Record<string, number> = {};
  const add = (key: string, by: number) => {
    counts[key] = (counts[key] ?? 0) + by;
  };
  const meter: Meter = {
    count: (name, by = 1, labels = {}) => add([name, ...Object.values(labels)].join(" "), by),
    observe: (name, value) => add(`${name} =`, value),
  };
  let nowMs = 0;
  const journal = new MetricJournal(meter, () => nowMs);
  const record = (...happenings: Happening[]) => {
    for (const happening of happenings) journal.record(happening);
  };
  return { counts, record, advance: (byMs: number) => (nowMs += byMs) };
}

const session = { sessionId: "s" };
const place = { ...session, computation: "c", nodeId: "n", attempt: 1 };
const crash = new ArrasError("computation-crashed", { message: "It died", action: "See its log." });
const memory = new ArrasError("memory-exceeded", { message: "2 GB", action: "Raise it." });

it("a session waits and is placed -> its wait, once; placed again later is no wait", () => {
  const { counts, record, advance } = recorder();
  record({ t: "session-created", ...session, user: "", scene: "", createdAtMs: 0 });
  advance(1500);
  record({ t: "session-placed", ...session, nodeIds: ["n"] });
  advance(9000);
  record({ t: "session-placed", ...session, nodeIds: ["n"] });
  expect(counts).toEqual({ "arras_queue_wait_seconds =": 1.5 });
});

it("a session is closed before it was placed -> no wait", () => {
  const { counts, record } = recorder();
  record(
    { t: "session-created", ...session, user: "", scene: "", createdAtMs: 0 },
    { t: "session-closed", ...session },
  );
  record({ t: "session-placed", ...session, nodeIds: ["n"] });
  expect(counts).toEqual({});
});

it("endings, restarts by kind, memory, takeovers, checkpoints, holes, lost nodes -> each its own count", () => {
  const { counts, record } = recorder();
  record(
    { t: "session-finished", ...session },
    { t: "session-failed", ...session, error: memory },
    { t: "computation-restarted", ...place, isMerger: true, error: crash },
    { t: "computation-restarted", ...place, isMerger: false, error: crash },
    { t: "computation-gone", ...place, error: memory },
    { t: "session-taken-over", ...session },
    { t: "session-recovered", ...session, durationMs: 1500 },
    { t: "session-restored", ...session, sppMean: 3 },
    { t: "checkpointed", ...session, sizeBytes: 100, durationMs: 500 },
    { t: "session-hole", ...session, rect: { x0: 0, y0: 0, x1: 8, y1: 8 }, fromSample: 0, reason: "" },
    { t: "node-lost", nodeId: "n", host: "h", factId: "1" },
    { t: "node-joined", nodeId: "n", host: "h", factId: "1" },
  );
  expect(counts).toEqual({
    "arras_sessions_ended_total finished": 1,
    "arras_sessions_ended_total failed": 1,
    "arras_restarts_total merge": 1,
    "arras_restarts_total mcrt": 1,
    arras_memory_exceeded_total: 1,
    arras_takeovers_total: 1,
    "arras_takeover_seconds =": 1.5,
    arras_checkpoints_total: 1,
    arras_checkpoint_bytes_total: 100,
    "arras_checkpoint_seconds =": 0.5,
    arras_holes_total: 1,
    arras_films_restored_total: 1,
    arras_nodes_lost_total: 1,
  });
});
