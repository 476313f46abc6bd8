// Progress on a terminal and elsewhere.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { countText, durationText, progressLine } from "../../../cli/progress-line.ts";

import { linesOf, type Terminal } from "../../../cli/progress-lines.ts";
import { ProgressReport } from "../../../cli/progress-report.ts";
import {
  ProgressSchema,
  type SessionEvent,
  SessionEventSchema,
  SessionState,
} from "../../../proto/gen/arras/v1/session_pb.ts";

const progress = (fields: MessageInitShape<typeof ProgressSchema> = {}) =>
  create(ProgressSchema, { sppMean: 2.25, fraction: 0.14, samplesPerSecond: 12_345, computationCount: 3, ...fields });

class RecordedTerminal implements Terminal {
  readonly isTTY: boolean;
  readonly columns = 30;
  text = "";

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

const event = (fields: MessageInitShape<typeof SessionEventSchema>): SessionEvent => create(SessionEventSchema, fields);
const fraction = (value: number) => event({ progress: progress({ fraction: value }) });
const notice = (level: number, text: string) => event({ notices: [{ level, text }] });

describe("the progress line", () => {
  it("all is known -> spp, share, error, speed, computations, time left", () => {
    expect(progressLine(progress({ error: 0.01234, remainingMs: 65_000n }), { budgetSpp: 16 })).toBe(
      "2.3/16 spp · 14% · error 0.0123 · 12.3k samples/s · 3 computations · ETA 1:05",
    );
  });

  it("little is known -> only that", () => {
    expect(progressLine(progress({ sppMean: 4, computationCount: 1 }), { budgetSpp: 16 })).toBe(
      "4/16 spp · 14% · 12.3k samples/s · 1 computation",
    );
  });

  it("counts and times -> short", () => {
    expect([0, 950, 12_345, 4_500_000].map(countText)).toEqual(["0", "950", "12.3k", "4.5M"]);
    expect([0, 7_000, 59_600, 723_000, 3_723_000].map(durationText)).toEqual([
      "0:00",
      "0:07",
      "1:00",
      "12:03",
      "1:02:03",
    ]);
  });
});

describe("the progress report", () => {
  const options = { budgetSpp: 16, quiet: false, logLevel: 2 };

  it("on a terminal -> one line, written over, never wider than it; left standing at the end", () => {
    const terminal = new RecordedTerminal(true);
    const report = new ProgressReport(linesOf(terminal), options);
    report.event(fraction(0.1));
    report.event(fraction(0.11));
    report.end();
    const lines = terminal.text.split("\r\u001b[2K");
    expect(lines).toHaveLength(3);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30);
    expect(terminal.text.endsWith("\n")).toBe(true);
    expect(terminal.text.split("\n")).toHaveLength(2);
  });

  it("a notice comes between -> on a line of its own, not behind the progress", () => {
    const terminal = new RecordedTerminal(true);
    const report = new ProgressReport(linesOf(terminal), options);
    report.event(fraction(0.1));
    report.event(notice(2, "careful"));
    expect(terminal.text.endsWith("\r\u001b[2Kwarning: careful\n")).toBe(true);
  });

  it("elsewhere -> a plain line each tenth", () => {
    const terminal = new RecordedTerminal(false);
    const report = new ProgressReport(linesOf(terminal), options);
    for (const value of [0, 0.01, 0.05, 0.12, 0.13, 0.31, 1]) report.event(fraction(value));
    report.end();
    const lines = terminal.text.trimEnd().split("\n");
    expect(lines.map((line) => /(\d+)%/.exec(line)?.[1])).toEqual(["1", "12", "31", "100"]);
    expect(terminal.text).not.toContain("\u001b");
  });

  it("paused, resumed, each told again and again -> said once each; paused to its end -> no word of resuming", () => {
    const terminal = new RecordedTerminal(false);
    const report = new ProgressReport(linesOf(terminal), options);
    const { RENDERING, PAUSED, FINISHED } = SessionState;
    for (const state of [RENDERING, PAUSED, PAUSED, RENDERING, RENDERING, PAUSED, FINISHED])
      report.event(event({ state }));
    expect(terminal.text.match(/paused|resumed/g)).toEqual(["paused", "resumed", "paused"]);
  });

  it("a region is rendered alone, is done, is lifted, each told again -> said once each, and progress from the start each time", () => {
    const terminal = new RecordedTerminal(false);
    const report = new ProgressReport(linesOf(terminal), options);
    const told = (value: number, region?: { alone: boolean; done: boolean }) =>
      report.event(event({ progress: progress({ fraction: value }), ...(region && { region }) }));
    told(0.5, { alone: false, done: false });
    for (const done of [false, false, true, true]) told(done ? 1 : 0.2, { alone: true, done });
    told(0.6);
    told(0.61);
    expect(terminal.text.match(/only a region|is done|whole frame|\d+%/g)).toEqual([
      "50%",
      ...["only a region", "20%"],
      ...["is done", "100%"],
      ...["whole frame", "60%"],
    ]);
  });

  it("a transfer before the frame -> its line by the same rules, and the frame's counts from 0 again", () => {
    const terminal = new RecordedTerminal(false);
    const report = new ProgressReport(linesOf(terminal), options);
    for (const done of [0, 0.05, 0.5, 0.51, 1]) report.transfer(`sent ${done}`, done);
    report.transferEnded();
    report.event(fraction(0.02));
    expect(terminal.text.split("\n").slice(0, 3)).toEqual(["sent 0", "sent 0.5", "sent 1"]);
    expect(terminal.text).toMatch(/ 2% /);
    const screen = new RecordedTerminal(true);
    const onScreen = new ProgressReport(linesOf(screen), options);
    onScreen.transfer("sent", 0.5);
    onScreen.transferEnded();
    expect(screen.text).toBe("\r\u001b[2Ksent\r\u001b[2K");
    const still = new RecordedTerminal(false);
    new ProgressReport(linesOf(still), { ...options, quiet: true }).transfer("sent", 0.5);
    expect(still.text).toBe("");
  });

  it("quiet -> no progress, but what must be said", () => {
    const terminal = new RecordedTerminal(false);
    const report = new ProgressReport(linesOf(terminal), { ...options, quiet: true });
    report.event(fraction(0.5));
    report.event(notice(1, "a hole"));
    expect(terminal.text).toBe("error: a hole\n");
  });

  it("it is queued -> position, reason and what helps on a line of its own, again when that changes", () => {
    const place = { position: 2, waitingCount: 5, reason: "No node has 8 cores free", unblocks: "a node" };
    for (const isTTY of [true, false]) {
      const terminal = new RecordedTerminal(isTTY);
      const report = new ProgressReport(linesOf(terminal), options);
      for (const position of [2, 2, 1]) report.event(event({ queue: { ...place, position } }));
      expect(terminal.text).toBe(
        [2, 1].map((at) => `queued ${at} of 5: no node has 8 cores free; waits for a node\n`).join(""),
      );
    }
  });

  it("it has lost its places, has some again, and loses them again -> said each time", () => {
    const terminal = new RecordedTerminal(false);
    const report = new ProgressReport(linesOf(terminal), options);
    const queue = { position: 0, waitingCount: 0, reason: "Node n is leaving", unblocks: "a node with room" };
    for (const told of [{ queue }, { queue }, {}, { queue }]) report.event(event(told));
    expect(terminal.text).toBe("without a place: node n is leaving; waits for a node with room\n".repeat(2));
  });

  it("notices above the log level -> not shown", () => {
    const terminal = new RecordedTerminal(false);
    const report = new ProgressReport(linesOf(terminal), options);
    report.event(notice(3, "ignored"));
    report.event(notice(2, "shown"));
    expect(terminal.text).toBe("warning: shown\n");
  });
});
