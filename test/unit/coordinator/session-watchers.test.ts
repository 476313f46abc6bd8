// Those who watch a session: notices once to each, also to a late one.
import { describe, expect, it } from "vitest";
import { type SessionWatcher, SessionWatchers } from "../../../coordinator/session-watchers.ts";
import { SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../proto/limits.ts";

const present = { state: SessionState.RENDERING };

function watcher(): { told: string[][]; watch: SessionWatcher } {
  const told: string[][] = [];
  return { told, watch: ({ notices }) => void told.push(notices.map(({ text }) => text)) };
}

describe("session watchers", () => {
  it("notices -> once to each, with the next event", () => {
    const watchers = new SessionWatchers();
    const first = watcher();
    watchers.add(first.watch, present);
    watchers.notice(3, "a");
    watchers.notice(3, "b");
    watchers.emit(present);
    watchers.emit(present);
    expect(first.told).toEqual([[], ["a", "b"], []]);
  });

  it("a client, and the coordinator itself -> the client counts, while it watches", () => {
    const watchers = new SessionWatchers();
    const client = watcher();
    watchers.add(watcher().watch, present);
    expect(watchers.clientCount).toBe(0);
    watchers.add(client.watch, present, () => {});
    expect(watchers.clientCount).toBe(1);
    watchers.remove(client.watch);
    expect(watchers.clientCount).toBe(0);
  });

  it("a late one -> gets all that came before at once, and no other gets them again", () => {
    const watchers = new SessionWatchers();
    const [early, late] = [watcher(), watcher()];
    watchers.add(early.watch, present);
    watchers.notice(1, "a");
    watchers.emit(present);
    watchers.add(late.watch, present);
    watchers.notice(1, "b");
    watchers.emit(present);
    expect([early.told, late.told]).toEqual([
      [[], ["a"], ["b"]],
      [["a"], ["b"]],
    ]);
  });

  it("more notices than are kept -> the newest, once", () => {
    const watchers = new SessionWatchers();
    const [early, late] = [watcher(), watcher()];
    watchers.add(early.watch, present);
    for (let at = 0; at < limits.sessionNoticesMax + 5; at++) watchers.notice(3, String(at));
    watchers.add(late.watch, present);
    watchers.emit(present);
    expect(early.told[1]).toHaveLength(limits.sessionNoticesMax);
    expect(late.told[0]?.at(0)).toBe("5");
    expect(late.told[1]).toEqual([]);
  });

  it("one that is removed, also by its own event -> is told nothing more, the others are", () => {
    const watchers = new SessionWatchers();
    const other = watcher();
    let count = 0;
    const once = () => {
      count += 1;
      if (count === 2) watchers.remove(once);
    };
    watchers.add(once, present);
    watchers.add(other.watch, present);
    for (let times = 0; times < 3; times++) watchers.emit(present);
    expect([count, other.told.length]).toEqual([2, 4]);
  });

  it("a long text -> cut to its limit", () => {
    const watchers = new SessionWatchers();
    const first = watcher();
    watchers.notice(1, "x".repeat(limits.messageTextCharsMax + 1));
    watchers.add(first.watch, present);
    expect(first.told[0]?.[0]).toHaveLength(limits.messageTextCharsMax);
  });

  it("sessionWatchersMax, and one more -> that one is refused, until another leaves", () => {
    const watchers = new SessionWatchers();
    const all = Array.from({ length: limits.sessionWatchersMax }, () => watcher().watch);
    for (const watch of all) watchers.add(watch, present);
    const late = watcher();
    expect(() => watchers.add(late.watch, present)).toThrow(expect.objectContaining({ code: "rate-exceeded" }));
    watchers.remove(all[0]!);
    watchers.add(late.watch, present);
    expect(late.told).toHaveLength(1);
  });
});
