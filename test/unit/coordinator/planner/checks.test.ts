// The beginning and the end of a check.
import { expect, it } from "vitest";
import { campsOf } from "../../../../coordinator/planner/checks.ts";
import { newVerification } from "../../../../coordinator/planner/verification.ts";
import { limits } from "../../../../proto/limits.ts";
import { verifyChoice } from "../../../../proto/verified-unit.ts";
import { Script } from "./script.ts";

const verify = verifyChoice(1, "s1");

it("nothing is chosen yet -> nothing is open, nobody is wrong", () => {
  const { checks, wrongNodeIds, takingOut } = newVerification();
  expect([checks.size, wrongNodeIds.size, takingOut.size]).toEqual([0, 0, 0]);
});

it("a chosen unit comes without its digest -> counted as unverified", () => {
  const script = new Script({ budgetSpp: 1, verify });
  script.join("a", 1, 1);
  script.join("b");
  expect(script.done("a")).toEqual([]);
  expect(script.planner.progress().uncheckedCount).toBe(1);
});

it("a chosen unit is in the film, and who rendered it dies before it says so -> counted as unverified", () => {
  const script = new Script({ budgetSpp: 1, verify });
  script.join("a", 1, 1);
  script.merged(script.unit("a"));
  script.say({ t: "left", computation: "a", cause: "lost" });
  expect(script.planner.progress().uncheckedCount).toBe(1);
});

it("one more than may wait for a word -> counted as unverified, and the others still wait", () => {
  const script = new Script({
    cropWindow: { x0: 0, y0: 0, x1: 16 * 40, y1: 16 * 40 },
    budgetSpp: 1,
    verify,
  });
  script.join("a");
  for (let count = 0; count <= limits.verificationsMax; count++) script.done("a", 0, 5, "1");
  expect(script.planner.progress().uncheckedCount).toBe(1);
  script.join("b", 1, 1);
  expect(script.verified("b", "1")[0]).toContain("verify b");
  expect(script.planner.progress().verifiedCount).toBe(1);
});

it("a unit that is not chosen -> nobody is asked", () => {
  const script = new Script({ budgetSpp: 1, verify: verifyChoice(0, "s1") });
  script.join("a", 1, 1);
  script.join("b");
  expect(script.done("a", 0, 5, "1")).toEqual([]);
});

it("nodes differ, and the frame ends before a third could tell -> told as undecided", () => {
  const script = new Script({ budgetSpp: 1, verify });
  script.join("a", 1, 1);
  script.join("b");
  script.done("a", 0, 5, "1");
  script.verified("b", "2", 1);
  expect(script.say({ t: "stop" })[0]).toBe("undecided: a=1 b=2");
});

it("nodes that voted, in any order and number -> one name", () => {
  const vote = (nodeId: string) => ({ nodeId, sums: "1" });
  expect(campsOf([vote("b"), vote("a"), vote("b")])).toBe(campsOf([vote("a"), vote("b")]));
});
