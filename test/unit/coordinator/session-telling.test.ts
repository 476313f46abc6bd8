// What watchers are told, and when.
import { beforeEach, describe, expect, it } from "vitest";
import { Planner } from "../../../coordinator/planner/planner.ts";
import { SessionTally } from "../../../coordinator/session-tally.ts";
import { type SessionNow, SessionTelling } from "../../../coordinator/session-telling.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { type SessionEvent, SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { berth } from "../../fakes/session-plans.ts";

const progress = new Planner({ cropWindow: { x0: 0, y0: 0, x1: 8, y1: 8 }, tileSizePx: 8, budgetSpp: 1 }).progress();
const checkpoint = undefined;
const starting: SessionNow = { state: { t: "starting" }, progress, checkpoint, region: undefined };
const rect = { x0: 1, y0: 2, x1: 3, y1: 4 };
const member = { berth: berth("mcrt_i0"), attempt: 2, restartCount: 1, peakMemoryBytes: 5 };

describe("a session's telling", () => {
  let telling: SessionTelling;
  let events: SessionEvent[];
  let leftCount: number;

  beforeEach(() => {
    [telling, events, leftCount] = [new SessionTelling(), [], 0];
    telling.watch(
      (event) => void events.push(event),
      starting,
      () => {
        leftCount += 1;
      },
    );
  });

  it("time goes on -> the present state at most five times a second", () => {
    for (let nowMs = 200; nowMs < 1_200; nowMs += 25) telling.tellSometimes(nowMs, () => starting);
    expect(events).toHaveLength(1 + 5);
  });

  it("one of those who watch wants to be told once a second -> so it is, and of a notice and of what all are to know at once", () => {
    const seldom: SessionEvent[] = [];
    telling.watch(
      (event) => void seldom.push(event),
      starting,
      () => {},
      1_000,
    );
    expect(telling.intervalMs).toBe(200);
    for (let nowMs = 1_000; nowMs < 2_000; nowMs += 200) telling.tellSometimes(nowMs, () => starting);
    expect([events.length, seldom.length]).toEqual([1 + 5, 1 + 1]);
    telling.notice(3, "the lamp is off");
    telling.tellSometimes(1_810, () => starting);
    expect([events.length, seldom.at(-1)?.notices]).toMatchObject([1 + 6, [{ text: "the lamp is off" }]]);
    telling.tell(starting);
    expect(seldom).toHaveLength(4);
  });

  it("nobody who looks on watches -> once a second is often enough", () => {
    const alone = new SessionTelling();
    expect(alone.intervalMs).toBe(1_000);
    alone.watch(() => {}, starting, undefined, 500);
    expect(alone.intervalMs).toBe(500);
  });

  it("somebody chose what comes first -> told with the name, also to whoever comes later", () => {
    const region = { rect, isAlone: true, isDone: false, editor: "Ada" };
    const now = { ...starting, region };
    telling.tell(now);
    telling.watch(
      (event) => void events.push(event),
      now,
      () => {},
    );
    expect(events.slice(1)).toMatchObject(
      [0, 1].map(() => ({ region: { rect, alone: true, done: false, editor: "Ada" } })),
    );
  });

  it("it has lost its places -> outside the queue, why, and what would help; it has one again -> nothing of it", () => {
    const placeless = new ArrasError("resources-insufficient", { message: "Node n is leaving. No node", action: "a" });
    telling.tell({ ...starting, placeless });
    telling.tell(starting);
    expect(events.slice(1).map(({ queue }) => queue)).toEqual([
      expect.objectContaining({ position: 0, reason: "Node n is leaving. No node", unblocks: "a node with room" }),
      undefined,
    ]);
  });

  it("it ends -> kept at once, told when it is said so; whoever comes later is told the same", () => {
    const error = new ArrasError("timed-out", { message: "m", action: "a" });
    const tally = new SessionTally(0);
    telling.end({
      state: { t: "failed", error },
      progress,
      checkpoint,
      region: { rect, isAlone: true, isDone: true, editor: "Ada" },
      contributions: [{ computation: "mcrt_i0" }],
      tally,
      crew: [member],
      receipt: undefined,
      sceneName: "x",
    });
    expect([events.length, telling.final?.state, telling.final?.region]).toEqual([1, SessionState.FAILED, undefined]);
    telling.tellEnd();
    expect(events.at(-1)).toMatchObject({
      state: SessionState.FAILED,
      contributions: [],
      error: { code: "timed-out" },
      totals: { computations: [{ computation: "mcrt_i0", nodeId: "n", restartCount: 1 }] },
    });
    const late: SessionEvent[] = [];
    telling.watch(
      (event) => void late.push(event),
      starting,
      () => {},
    );
    expect(late[0]?.state).toBe(SessionState.FAILED);
  });

  it("it goes on elsewhere -> everybody who watches is told once, and nothing after that", () => {
    telling.leave();
    telling.leave();
    telling.tellSometimes(1_000, () => starting);
    expect([leftCount, events.length]).toEqual([1, 1]);
  });
});
