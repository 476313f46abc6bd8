// Whether and when a computation that died is started again.
import { describe, expect, it } from "vitest";
import { decideRestart } from "../../../coordinator/restart-policy.ts";
import { ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";

describe("restarts", () => {
  it("the first -> at once; each further one in a row waits longer, never above five seconds", () => {
    const waits = Array.from({ length: limits.restartsInARowMax }, (_, inARowCount) => {
      const decision = decideRestart({ count: inARowCount, inARowCount, hasMoreMemory: false }, ExitCause.CRASHED);
      return decision.t === "restart" ? decision.afterMs : undefined;
    });
    expect(waits).toEqual([0, 200, 400, 800, 1600]);
  });

  it.each([
    [
      "over its memory a second time",
      { count: 1, inARowCount: 1, hasMoreMemory: true },
      ExitCause.MEMORY,
      "more memory",
    ],
    [
      "too often in a row",
      { count: 9, inARowCount: limits.restartsInARowMax, hasMoreMemory: false },
      ExitCause.CRASHED,
      "in a row",
    ],
    [
      "too often at all",
      { count: limits.restartsMax, inARowCount: 0, hasMoreMemory: false },
      ExitCause.CRASHED,
      `${limits.restartsMax} times`,
    ],
  ])("%s -> given up, with the reason", (_, history, cause, reason) => {
    expect(decideRestart(history, cause)).toMatchObject({ t: "give-up", reason: expect.stringContaining(reason) });
  });

  it("over its memory -> once more, with more of it", () => {
    const history = { count: 3, inARowCount: 1, hasMoreMemory: false };
    expect(decideRestart(history, ExitCause.MEMORY)).toEqual({ t: "restart-with-more-memory" });
  });

  it("many deaths with work between -> started again at once each time", () => {
    expect(
      decideRestart({ count: limits.restartsMax - 1, inARowCount: 0, hasMoreMemory: true }, ExitCause.CRASHED),
    ).toEqual({
      t: "restart",
      afterMs: 0,
    });
  });
});
