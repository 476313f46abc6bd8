// The life of a merger: the changes that may happen, and no others; whose word still counts.
import { beforeEach, expect, it } from "vitest";
import { MergerLife, type MergerPhase, mergerTransitions } from "../../../coordinator/merger-life.ts";
import { berth } from "../../fakes/session-plans.ts";

const phases: Record<MergerPhase["t"], MergerPhase> = {
  away: { t: "away" },
  sought: { t: "sought" },
  found: { t: "found" },
  launching: { t: "launching" },
  opening: { t: "opening", access: { address: "unix:/m", sessionId: "s", token: "secret" } },
  open: { t: "open" },
  read: { t: "read" },
};
const names = Object.keys(phases) as MergerPhase["t"][];
/** From its beginning. */
const waysTo: Record<MergerPhase["t"], readonly MergerPhase["t"][]> = {
  away: [],
  sought: ["sought"],
  found: ["sought", "found"],
  launching: ["launching"],
  opening: ["launching", "opening"],
  open: ["launching", "opening", "open"],
  read: ["launching", "opening", "open", "read"],
};

let life: MergerLife;

beforeEach(() => {
  life = new MergerLife("s", berth("merge"));
});

function go(to: MergerPhase["t"]): void {
  for (const name of waysTo[to]) life.change(phases[name]);
}

it.each(names.flatMap((from) => names.map((to) => [from, to] as const)))("%s -> %s: as the table says", (from, to) => {
  go(from);
  const allowed: readonly string[] = mergerTransitions[from];
  if (allowed.includes(to)) {
    life.change(phases[to]);
    expect(life.phase).toBe(phases[to]);
  } else expect(() => life.change(phases[to])).toThrow(`from ${from} to ${to}`);
});

it("it can be given up at any time -> and only then started again", () => {
  for (const name of names.filter((each) => each !== "away")) expect(mergerTransitions[name]).toContain("away");
  const startable = names.filter((name) => (mergerTransitions[name] as readonly string[]).includes("launching"));
  expect(startable).toEqual(["away", "sought"]);
});

it.each(names)("an attempt is %s -> its word counts, unless it is given up, another one, or all has ended", (name) => {
  life.attempt = 2;
  go(name);
  expect([life.isAt(1), life.isAt(2)]).toEqual([false, name !== "away"]);
  life.stage = "kept";
  expect(life.isAt(2)).toBe(name !== "away");
  life.stage = "ended";
  expect(life.isAt(2)).toBe(false);
});

it("it has no place yet -> there is nothing to write down of it, and its name and node are not known", () => {
  const waiting = new MergerLife("s", undefined);
  expect(waiting.present).toBeUndefined();
  expect(waiting.about).toEqual({ sessionId: "s", computation: "", nodeId: "", attempt: 0 });
});

it("it was started again with more memory -> written down with its restarts, its peak and what it had before", () => {
  Object.assign(life, { attempt: 3, peakMemoryBytes: 5, formerLimitBytes: 4 });
  expect(life.present).toEqual({
    berth: berth("merge"),
    attempt: 3,
    restartCount: 2,
    peakMemoryBytes: 5,
    formerLimitBytes: 4,
  });
});
