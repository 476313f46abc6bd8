// Pausing, resuming, budget and region: in which states, what the planner is told, what is kept.
import { beforeEach, describe, expect, it } from "vitest";
import type { PlannerEvent } from "../../../coordinator/planner/events.ts";
import { SessionDeadlines } from "../../../coordinator/session-deadlines.ts";
import { SessionLife } from "../../../coordinator/session-life.ts";
import type { SessionState } from "../../../coordinator/session-state.ts";
import { SessionTally } from "../../../coordinator/session-tally.ts";
import { SessionSteering } from "../../../coordinator/steering.ts";
import type { ArrasError } from "../../../proto/errors.ts";
import { SessionWish } from "../../../proto/gen/arras/v1/record_pb.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { smallFilm } from "../../fakes/films.ts";
import { sessionPlan, sessionRecord } from "../../fakes/session-plans.ts";

const rendering: SessionState = { t: "rendering", connectedAtMs: 0, preparedAtMs: 0 };

describe("steering a session", () => {
  let clock: FakeClock;
  let life: SessionLife;
  let steps: PlannerEvent[];
  let told: string[];
  let saveCount: number;
  let isOwner: boolean;
  let isSaved: boolean;

  beforeEach(() => {
    clock = new FakeClock();
    [steps, told, saveCount, isOwner, isSaved] = [[], [], 0, true, true];
  });

  function steering(
    state: SessionState,
    {
      durationMs = undefined as number | undefined,
      base = sessionRecord(),
      film = smallFilm({ widthPx: 32, heightPx: 16 }),
    } = {},
  ) {
    const save = async () => {
      saveCount += 1;
      return isSaved;
    };
    const world = { clock, save, mayAct: () => isOwner };
    const plan = sessionPlan({ budgetSpp: 4, film, durationMs, base });
    life = new SessionLife("s", world, state);
    const listener = { connected: () => {}, rendered: () => void told.push("time is up") };
    const made = new SessionSteering(plan, world, {
      life,
      tally: SessionTally.fromRecord(base, clock.nowMs(), 0),
      work: { step: (event) => void steps.push(event) },
      deadlines: new SessionDeadlines(plan, clock, listener),
      goOn: async (spp) => void told.push(`goes on to ${spp}`),
      tell: () => void told.push(`told ${life.state.t}`),
      notice: (_, text) => void told.push(text),
    });
    made.begin();
    return made;
  }
  const codeOf = (act: Promise<void>) =>
    act.then(
      () => "done",
      (error: ArrasError) => error.code,
    );

  it("paused and resumed, each twice -> the planner is told once each, everybody sees the state, both are kept", async () => {
    const made = steering(rendering);
    await made.pause();
    expect(life.state.t).toBe("paused");
    await made.pause();
    await made.resume();
    await made.resume();
    expect(life.state).toEqual(rendering);
    expect(steps).toEqual([{ t: "pause" }, { t: "resume" }]);
    expect(told).toEqual(["Paused", "told paused", "It goes on", "told rendering"]);
    expect(saveCount).toBe(3);
  });

  it("a limit of time -> stands still while paused, and goes on where it was", async () => {
    const made = steering(rendering, { durationMs: 1_000 });
    clock.advance(600);
    await made.pause();
    clock.advance(10_000);
    expect(told).not.toContain("time is up");
    await made.resume();
    clock.advance(399);
    expect(told).not.toContain("time is up");
    clock.advance(1);
    expect(told).toContain("time is up");
  });

  it("taken over while paused -> stays paused with its region; its time so far counts without the pauses", async () => {
    clock.advance(5_000);
    const region = { $typeName: "arras.v1.PixelRect" as const, x0: 0, y0: 0, x1: 8, y1: 8 };
    const base = sessionRecord({ pausedAtMs: 3_000n, pausedMs: 2_000n, region });
    const made = steering({ t: "paused", connectedAtMs: 0, preparedAtMs: 0 }, { durationMs: 2_000, base });
    expect(steps).toMatchObject([{ t: "region", rect: { x1: 8 } }, { t: "pause" }]);
    await made.resume();
    // Paused for 4 s of 5.
    clock.advance(999);
    expect(told).not.toContain("time is up");
    clock.advance(1);
    expect(told).toContain("time is up");
  });

  it.each<[SessionState["t"], string, string]>([
    ["queued", "session-state", "done"],
    ["starting", "session-state", "done"],
    ["preparing", "session-state", "done"],
    ["paused", "done", "done"],
  ])("%s -> pausing: %s; resuming, more samples, a region: %s", async (t, pausing, others) => {
    const made = steering({ t, connectedAtMs: 0, preparedAtMs: 0 } as SessionState);
    expect(await codeOf(made.pause())).toBe(pausing);
    const acts = [made.raiseBudget(16), made.setRegion(undefined, false, "Ada"), made.resume()];
    expect(await Promise.all(acts.map(codeOf))).toEqual(Array(3).fill(others));
  });

  it.each<[SessionState["t"], readonly string[]]>([
    ["finished", ["goes on to 16"]],
    ["holes", ["goes on to 16"]],
    ["stopped", ["goes on to 16", "goes on to 4"]],
  ])(
    "%s -> with more samples it goes on, one that was stopped with as many, too; nothing else",
    async (t, expected) => {
      const made = steering({ t } as SessionState);
      expect(await codeOf(made.raiseBudget(16))).toBe("done");
      expect(await codeOf(made.raiseBudget(4))).toBe("done");
      expect(await codeOf(made.raiseBudget(3))).toBe("usage");
      expect(await codeOf(made.raiseBudget(4097))).toBe("limit-exceeded");
      expect([steps, told]).toEqual([[], expected]);
      const acts = [made.pause(), made.resume(), made.setRegion(undefined, false, "Ada")];
      expect(await Promise.all(acts.map(codeOf))).toEqual(Array(3).fill("session-state"));
      life.wish = SessionWish.CLOSE;
      expect(await codeOf(made.raiseBudget(16))).toBe("session-state");
      isOwner = false;
      expect(await codeOf(made.raiseBudget(16))).toBe("unavailable");
    },
  );

  it("it is just ending -> more samples: to be asked for again", async () => {
    const made = steering(rendering);
    life.isEnding = true;
    expect(await codeOf(made.raiseBudget(16))).toBe("unavailable");
    expect(steps).toEqual([]);
  });

  it("more samples -> the planner's and the record's budget; fewer, or more than the film holds -> refused", async () => {
    const made = steering(rendering);
    expect(await codeOf(made.raiseBudget(3))).toBe("usage");
    expect(await codeOf(made.raiseBudget(4097))).toBe("limit-exceeded");
    await made.raiseBudget(4);
    expect(steps).toEqual([]);
    await made.raiseBudget(16);
    await made.raiseBudget(16);
    expect(steps).toEqual([{ t: "budget", spp: 16 }]);
    expect(made.present.budgetSpp).toBe(16);
    expect(await codeOf(made.raiseBudget(8))).toBe("usage");
  });

  it("a region -> the planner's and the record's, until it is taken away; one outside the picture -> refused", async () => {
    const made = steering(rendering);
    const rect = { x0: 0, y0: 0, x1: 32, y1: 16 };
    await made.setRegion(rect, false, "Ada");
    expect(made.present.region).toEqual({ rect, isAlone: false, editor: "Ada" });
    await made.setRegion(rect, true, "Ada");
    expect(made.present.region).toEqual({ rect, isAlone: true, editor: "Ada" });
    await made.setRegion(undefined, false, "Bert");
    expect(told).toEqual(Array(3).fill("told rendering"));
    expect(steps).toEqual([
      { t: "region", rect, isAlone: false },
      { t: "region", rect, isAlone: true },
      { t: "region", rect: null, isAlone: false },
    ]);
    for (const odd of [
      { ...rect, x1: 33 },
      { ...rect, x1: 0 },
      { ...rect, y0: 16 },
      { ...rect, x0: -1 },
    ])
      expect(await codeOf(made.setRegion(odd, false, "Ada"))).toBe("usage");
    expect(await codeOf(made.setRegion(rect, false, "A".repeat(65)))).toBe("limit-exceeded");
    expect(made.present.region).toBeUndefined();
  });

  it("a region alone that has nothing of the crop window -> refused; first -> taken", async () => {
    const film = smallFilm({ widthPx: 32, heightPx: 16, cropWindow: { x0: 0, y0: 0, x1: 16, y1: 16 } });
    const made = steering(rendering, { film });
    const beside = { x0: 16, y0: 0, x1: 32, y1: 16 };
    expect(await codeOf(made.setRegion(beside, true, "Ada"))).toBe("usage");
    expect(await codeOf(made.setRegion(beside, false, "Ada"))).toBe("done");
    expect(await codeOf(made.setRegion({ ...beside, x0: 15 }, true, "Ada"))).toBe("done");
  });

  it("the region alone is done -> all are told and the limit of time stands still, also over a pause; lifted -> it goes on", async () => {
    const made = steering(rendering, { durationMs: 1_000 });
    clock.advance(600);
    made.regionDone(true);
    expect(told).toEqual(["The region is done; lift it to go on with the rest of the frame", "told rendering"]);
    expect(made.isRegionDone).toBe(true);
    clock.advance(5_000);
    await made.pause();
    await made.resume();
    clock.advance(5_000);
    expect(told).not.toContain("time is up");
    made.regionDone(false);
    clock.advance(399);
    expect(told).not.toContain("time is up");
    clock.advance(1);
    expect(told).toContain("time is up");
  });

  it("taken over while its region alone was done -> alone still; its time goes on until that is found out again", async () => {
    clock.advance(5_000);
    const region = { $typeName: "arras.v1.PixelRect" as const, x0: 0, y0: 0, x1: 8, y1: 8 };
    const base = sessionRecord({ pausedAtMs: 1_500n, region, regionAlone: true });
    const made = steering(rendering, { durationMs: 2_000, base });
    expect(steps).toMatchObject([{ t: "region", rect: { x1: 8 }, isAlone: true }]);
    clock.advance(499);
    made.regionDone(true);
    clock.advance(5_000);
    expect(told).not.toContain("time is up");
    made.regionDone(false);
    clock.advance(1);
    expect(told).toContain("time is up");
  });

  it("the session is another coordinator's, or is found to be when it is written down -> unavailable", async () => {
    const made = steering(rendering);
    isSaved = false;
    expect(await codeOf(made.pause())).toBe("unavailable");
    isOwner = false;
    expect(await codeOf(made.resume())).toBe("unavailable");
  });
});
