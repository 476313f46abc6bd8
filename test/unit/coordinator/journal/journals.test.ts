// Who listens to what happens: the event log, the process's log, several of them.
import { Writable } from "node:stream";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { EventJournal } from "../../../../coordinator/journal/event-journal.ts";
import { type Happening, journalOf, silentJournal } from "../../../../coordinator/journal/happening.ts";
import { LogJournal } from "../../../../coordinator/journal/log-journal.ts";
import type { EventLog } from "../../../../host/nats/event-log.ts";
import { InMemoryEventLog } from "../../../../host/nats/in-memory-event-log.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { kept } from "../../../contract/event-log.contract.ts";
import { settled } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

const finished: Happening = { t: "session-finished", sessionId: "s" };
const crash = new ArrasError("computation-crashed", { message: "It died", action: "See its log." });

/** A log that keeps its lines. */
function listeningLog() {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write: (chunk, _, done) => {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  return { lines, log: pino({ level: "debug", base: null, timestamp: false }, sink) };
}

describe("the journal of events", () => {
  it("things happen -> events in the log, in their order", async () => {
    const events = new InMemoryEventLog();
    let ids = 0;
    const journal = new EventJournal({ events, log: silentLog, newId: () => `id${ids++}`, wallMs: () => 5 });
    journal.record({ t: "session-created", sessionId: "s", user: "", scene: "a.glb", createdAtMs: 0 });
    journal.record({ t: "image-fetched", sessionId: "s", format: "png", durationMs: 1 });
    journal.record(finished);
    await settled();
    const told = await kept(events, { t: "start" });
    expect(told.map(({ text, atMs }) => [text, Number(atMs)])).toEqual([
      ["Created for a.glb", 5],
      ["Finished", 5],
    ]);
  });

  it("the log is away -> lost events are counted, and told once each time", async () => {
    let isAway = true;
    const memory = new InMemoryEventLog();
    const events: EventLog = {
      publish: (event) => (isAway ? Promise.reject(new Error("away")) : memory.publish(event)),
      follow: (from, listener) => memory.follow(from, listener),
    };
    const { lines, log } = listeningLog();
    let ids = 0;
    const journal = new EventJournal({ events, log, newId: () => `id${ids++}`, wallMs: () => 5 });
    for (let count = 0; count < 3; count += 1) journal.record(finished);
    await settled();
    expect([journal.lostCount, lines.length]).toEqual([3, 1]);
    isAway = false;
    journal.record(finished);
    await settled();
    isAway = true;
    journal.record(finished);
    await settled();
    expect([journal.lostCount, lines.length]).toEqual([4, 2]);
  });
});

describe("the journal in the process's log", () => {
  it("a session's and a computation's happenings -> one line each, with their fields", () => {
    const { lines, log } = listeningLog();
    const journal = new LogJournal(log);
    journal.record(finished);
    const place = { sessionId: "s", computation: "mcrt_i0", nodeId: "n", attempt: 1 };
    journal.record({ t: "computation-restarted", ...place, isMerger: false, error: crash });
    journal.record({ t: "computation-prepared", ...place });
    journal.record({ t: "node-lost", nodeId: "n", host: "h", factId: "1" });
    expect(lines).toEqual([
      { level: 30, session: "s", msg: "Finished" },
      {
        level: 40,
        session: "s",
        computation: "mcrt_i0",
        node: "n",
        code: "computation-crashed",
        msg: expect.stringContaining("is started again"),
      },
      { level: 20, session: "s", computation: "mcrt_i0", node: "n", msg: "mcrt_i0 has loaded the scene on n" },
    ]);
  });
});

it("several journals -> each is told, in order", () => {
  const told: string[] = [];
  const journal = journalOf([
    { record: ({ t }) => void told.push(`a ${t}`) },
    silentJournal,
    { record: ({ t }) => void told.push(`b ${t}`) },
  ]);
  journal.record(finished);
  expect(told).toEqual(["a session-finished", "b session-finished"]);
});
