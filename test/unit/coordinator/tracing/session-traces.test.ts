// A session's life as spans.
import { beforeEach, describe, expect, it } from "vitest";
import type { Happening } from "../../../../coordinator/journal/happening.ts";
import { SessionTraces } from "../../../../coordinator/tracing/session-traces.ts";
import type { Span, SpanStart, Tracer } from "../../../../coordinator/tracing/tracer.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { limits } from "../../../../proto/limits.ts";

/** Keeps each span as "name start-end code", in the order of their ends. */
class KeepingTracer implements Tracer {
  readonly ended: string[] = [];
  readonly starts: SpanStart[] = [];
  openCount = 0;

  start(start: SpanStart): Span {
    this.starts.push(start);
    this.openCount += 1;
    return {
      end: (atMs, error) => {
        this.openCount -= 1;
        this.ended.push(`${start.name} ${start.atMs}-${atMs}${error === undefined ? "" : ` ${error.code}`}`);
      },
    };
  }
}

const session = { sessionId: "s" };
const mcrt = { ...session, computation: "mcrt_i0", nodeId: "n", attempt: 1 };
const merge = { ...session, computation: "merge", nodeId: "n", attempt: 1, isMerger: true };
const crash = new ArrasError("computation-crashed", { message: "It died", action: "See its log." });
const created: Happening = { t: "session-created", ...session, user: "ann", scene: "a.glb", createdAtMs: 990 };

describe("traces of sessions", () => {
  let tracer: KeepingTracer;
  let traces: SessionTraces;
  let nowMs: number;
  beforeEach(() => {
    tracer = new KeepingTracer();
    nowMs = 1000;
    traces = new SessionTraces(tracer, () => nowMs);
  });
  const record = (happening: Happening, afterMs = 10) => {
    nowMs += afterMs;
    traces.record(happening);
  };

  it("a session from its creation to its close -> a span for each part, below the session's", () => {
    record(created, 0);
    record({ t: "session-placed", ...session, nodeIds: ["n"] });
    record({ t: "computation-launched", ...merge });
    record({ t: "computation-launched", ...mcrt, isMerger: false });
    record({ t: "computation-started", ...merge });
    record({ t: "computation-started", ...mcrt, isMerger: false });
    record({ t: "computation-prepared", ...mcrt });
    record({ t: "session-rendering", ...session });
    record({ t: "checkpointed", ...session, sizeBytes: 7, durationMs: 4 });
    record({ t: "session-finished", ...session });
    record({ t: "image-fetched", ...session, format: "exr", durationMs: 6 });
    record({ t: "session-closed", ...session });
    expect(tracer.ended).toEqual([
      "placement 990-1010",
      "launch merge 1020-1040",
      "launch mcrt_i0 1030-1050",
      "prepare mcrt_i0 1050-1060",
      "checkpoint 1076-1080",
      "rendering 1070-1090",
      "image fetch 1094-1100",
      "session 990-1110",
    ]);
    expect(new Set(tracer.starts.map(({ parent }) => parent)).size).toBe(2);
    expect(tracer.starts.every(({ sessionId }) => sessionId === "s")).toBe(true);
    expect(tracer.openCount).toBe(0);
  });

  it("a computation dies while it loads, and is started again -> the first span failed, a second one", () => {
    record(created, 0);
    record({ t: "computation-launched", ...mcrt, isMerger: false });
    record({ t: "computation-started", ...mcrt, isMerger: false });
    record({ t: "computation-restarted", ...mcrt, isMerger: false, error: crash });
    record({ t: "computation-launched", ...mcrt, attempt: 2, isMerger: false });
    expect(tracer.ended).toEqual(["launch mcrt_i0 1010-1020", "prepare mcrt_i0 1020-1030 computation-crashed"]);
    expect(tracer.starts.at(-1)?.attributes).toEqual({
      "arras.computation": "mcrt_i0",
      "arras.node": "n",
      "arras.attempt": 2,
    });
  });

  it("a session fails -> all that is open failed with it", () => {
    record(created, 0);
    record({ t: "session-failed", ...session, error: crash });
    record({ t: "session-closed", ...session });
    expect(tracer.ended).toEqual(["placement 990-1010 computation-crashed", "session 990-1020"]);
  });

  it("a session is taken over -> a trace's first span of its own, and what the takeover took", () => {
    record({ t: "session-taken-over", ...session }, 0);
    record({ t: "session-recovered", ...session, durationMs: 10 });
    record({ t: "session-finished", ...session });
    record({ t: "session-closed", ...session });
    expect(tracer.ended).toEqual(["takeover 1000-1010", "rendering 1010-1020", "session 1000-1030"]);
    expect(tracer.starts[0]?.attributes).toMatchObject({ "arras.taken_over": true });
  });

  it("a session goes to another coordinator -> what is open here ends here", () => {
    record(created, 0);
    record({ t: "session-yielded", ...session });
    record({ t: "session-finished", ...session });
    expect(tracer.ended).toEqual(["placement 990-1010", "session 990-1010"]);
    expect(tracer.openCount).toBe(0);
  });

  it("sessions that are not known, nodes -> nothing", () => {
    record({ t: "session-finished", ...session });
    record({ t: "node-lost", nodeId: "n", host: "h", factId: "1" });
    expect(tracer.starts).toEqual([]);
  });

  it("more sessions than a coordinator holds -> no more traces are kept", () => {
    for (let index = 0; index <= limits.sessionsMax; index += 1) record({ ...created, sessionId: `s${index}` });
    expect(tracer.starts.filter(({ name }) => name === "session")).toHaveLength(limits.sessionsMax);
  });
});
