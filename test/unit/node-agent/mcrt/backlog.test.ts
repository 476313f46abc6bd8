// The order of units that wait, and which of them are announced.
import { describe, expect, it } from "vitest";
import { Backlog } from "../../../../node-agent/mcrt/backlog.ts";
import { unitKey } from "../../../../proto/unit.ts";
import { unitOf } from "../../../fakes/films.ts";

const [a, b, c] = [unitOf(0), unitOf(1), unitOf(2)] as const;

function backlogOf(): Backlog {
  const backlog = new Backlog();
  backlog.push([a, b, c]);
  return backlog;
}

describe("backlog", () => {
  it("units are taken in the order of their grants, whether announced or not", () => {
    const backlog = backlogOf();
    const told = Promise.resolve();
    backlog.announced(a, told);
    expect(backlog.announcedCount).toBe(1);
    expect(backlog.toAnnounce).toBe(b);
    expect(backlog.take()).toEqual({ unit: a, isAnnounced: true, told });
    expect(backlog.take()).toEqual({ unit: b, isAnnounced: false });
    expect(backlog.announcedCount).toBe(0);
  });

  it("another than the first is said to be announced -> a mistake", () => {
    expect(() => backlogOf().announced(b, undefined)).toThrow("toAnnounce");
  });

  it("units are dropped, announced or not -> counted once each; unknown ones are not", () => {
    const backlog = backlogOf();
    backlog.announced(a, undefined);
    expect(backlog.drop(new Set([unitKey(a), unitKey(c), unitKey(unitOf(9))]))).toBe(2);
    expect(backlog.announcedCount).toBe(0);
    expect(backlog.take()?.unit).toBe(b);
    expect(backlog.take()).toBeUndefined();
  });

  it("it is cleared -> nothing is left", () => {
    const backlog = backlogOf();
    backlog.announced(a, undefined);
    backlog.clear();
    expect([backlog.take(), backlog.toAnnounce, backlog.announcedCount]).toEqual([undefined, undefined, 0]);
  });
});
