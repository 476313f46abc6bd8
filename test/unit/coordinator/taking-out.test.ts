// A film is asked to give up wrong nodes' samples until it has.
import { expect, it } from "vitest";
import { TakingOut } from "../../../coordinator/taking-out.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

const rule = { targetError: 0.1, minSpp: 16 };

function stage() {
  const clock = new FakeClock();
  const wrong: string[] = [];
  const told: string[] = [];
  const world = { isOpen: true, isAway: false, nodeId: "n" };
  const takingOut = new TakingOut({
    clock,
    log: silentLog,
    stopRule: rule,
    wrongNodeIds: () => wrong,
    isOpen: () => world.isOpen,
    nodeId: () => world.nodeId,
    leave: async () => {
      told.push(`left ${world.nodeId}`);
      if (world.isAway) throw new ArrasError("unavailable", { message: "away", action: "Wait." });
      world.isOpen = false;
    },
    takeOut: async ({ nodeIds, stopRule }) => {
      told.push(`asked ${nodeIds}`);
      expect(stopRule).toBe(rule);
      if (world.isAway) throw new ArrasError("unavailable", { message: "away", action: "Wait." });
    },
    taken: (nodeIds) => void told.push(`taken ${nodeIds}`),
    delayed: ({ code }) => void told.push(`delayed ${code}`),
  });
  return { clock, wrong, told, world, takingOut };
}

it("nodes are found wrong, one after the other -> each is taken out, once", async () => {
  const { wrong, told, takingOut } = stage();
  takingOut.look();
  wrong.push("a");
  takingOut.look();
  wrong.push("b");
  takingOut.look();
  await settled();
  takingOut.look();
  await settled();
  expect(told).toEqual(["asked a", "taken a", "asked b", "taken b"]);
});

it("the film cannot -> said once, asked again, until it can; it cannot once more -> said again", async () => {
  const { clock, wrong, told, world, takingOut } = stage();
  world.isAway = true;
  wrong.push("a");
  takingOut.look();
  await settled();
  clock.advance(limits.takeOutAgainMs);
  await settled();
  world.isAway = false;
  clock.advance(limits.takeOutAgainMs);
  await settled();
  expect(told.splice(0)).toEqual(["asked a", "delayed unavailable", "asked a", "asked a", "taken a"]);
  world.isAway = true;
  wrong.push("b");
  takingOut.look();
  await settled();
  expect(told).toEqual(["asked b", "delayed unavailable"]);
});

it("no film is open -> nothing; one opens without them -> told; one was found out meanwhile -> asked", async () => {
  const { wrong, told, world, takingOut } = stage();
  world.isOpen = false;
  wrong.push("a");
  takingOut.look();
  await settled();
  expect(told).toEqual([]);
  world.isOpen = true;
  takingOut.opened(["a"]);
  expect(told).toEqual(["taken a"]);
  wrong.push("b");
  takingOut.opened(["a"]);
  await settled();
  expect(told.slice(1)).toEqual(["taken a", "asked b", "taken b"]);
});

it("the film itself is on a wrong node -> it leaves, until it can, before anything is taken out of it", async () => {
  const { clock, wrong, told, world, takingOut } = stage();
  world.isAway = true;
  wrong.push("n");
  takingOut.look();
  await settled();
  world.isAway = false;
  clock.advance(limits.takeOutAgainMs);
  await settled();
  expect(told.splice(0)).toEqual(["left n", "delayed unavailable", "left n"]);
  world.isOpen = true;
  world.nodeId = "m";
  takingOut.opened(["n"]);
  await settled();
  expect(told).toEqual(["taken n"]);
});
