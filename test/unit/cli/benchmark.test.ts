// How long a render took to get how far, from the events that tell it.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { BenchmarkWatch, benchmarkLines } from "../../../cli/benchmark.ts";
import { SessionEventSchema, SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";

const event = (fields: MessageInitShape<typeof SessionEventSchema>) => create(SessionEventSchema, fields);
const rendering = (fraction: number, coarseComplete = true) =>
  event({ state: SessionState.RENDERING, progress: { fraction, coarseComplete } });

describe("a benchmark", () => {
  it("a render, event by event -> when each milestone was first reached", () => {
    const watch = new BenchmarkWatch(1000);
    watch.created(1050);
    watch.event(event({ state: SessionState.QUEUED }), 1100);
    watch.event(event({ state: SessionState.PREPARING }), 1500);
    watch.event(rendering(0, false), 2000);
    watch.event(rendering(0.004), 2100);
    watch.event(rendering(0.05), 2500);
    watch.event(rendering(0.5), 4000);
    watch.event(rendering(0.9), 5000);
    watch.event(event({ state: SessionState.FINISHED }), 6001.4);
    expect(watch.times).toEqual({
      ...{ created: 0.05, started: 0.5, firstPicture: 1.1 },
      ...{ percent1: 1.5, percent10: 3, percent100: 5.001 },
    });
  });

  it("it ends before more was told -> the end is when all was reached at the latest", () => {
    const watch = new BenchmarkWatch(0);
    watch.created(10);
    watch.event(event({ state: SessionState.FINISHED }), 500);
    expect(watch.times).toEqual({
      ...{ created: 0.01, started: 0.5, firstPicture: 0.5 },
      ...{ percent1: 0.5, percent10: 0.5, percent100: 0.5 },
    });
  });

  it("it is stopped, or fails -> what it did not reach stays open", () => {
    const watch = new BenchmarkWatch(0);
    watch.created(10);
    watch.event(rendering(0.02), 100);
    watch.event(event({ state: SessionState.STOPPED }), 200);
    expect(watch.times).toMatchObject({ percent1: 0.1, percent10: null, percent100: null });
  });

  it("as a table -> a row for each, a column for each render", () => {
    const first = { created: 0.05, started: 0.5, firstPicture: 1.1, percent1: 1.5, percent10: 3, percent100: 65.001 };
    const lines = benchmarkLines({ first, second: null });
    expect(lines[0]).toBe("benchmark                  first      second");
    expect(lines.at(-1)).toBe("100 %                   65.001 s           -");
    expect(benchmarkLines({ first, second: first })[3]).toBe("first picture            1.100 s     1.100 s");
    expect(lines).toHaveLength(7);
  });
});
