// Dropping what belongs to an epoch: its units, or all of it.
import { expect, it } from "vitest";
import { Backlog } from "../../../../node-agent/mcrt/backlog.ts";
import { dropEpoch, dropUnits, type Epoch, type RunningUnit } from "../../../../node-agent/mcrt/epoch.ts";
import type { HeldScene } from "../../../../node-agent/mcrt/held-scene.ts";
import { assignmentOf, unitOf } from "../../../fakes/films.ts";

function epochOf(closed: string[]): Epoch {
  const running = (tileIndex: number): RunningUnit => ({
    unit: unitOf(tileIndex),
    grantGeneration: 4,
    abort: new AbortController(),
  });
  const backlog = new Backlog();
  backlog.push([unitOf(2), unitOf(3)]);
  return {
    number: 1,
    assignment: assignmentOf(),
    scene: { close: async () => void closed.push("scene") } as unknown as HeldScene,
    sink: {
      contribute: () => {
        throw new Error("nothing is sent");
      },
      close: () => void closed.push("sink"),
    },
    verified: { share: 0, salt: 0 },
    onlyVerified: new WeakSet(),
    backlog,
    running: new Set([running(0), running(0), running(1)]),
    prepared: undefined,
    grantGeneration: 4,
    dropped: false,
  };
}

const aborted = (epoch: Epoch) => [...epoch.running].map(({ abort }) => abort.signal.aborted);

it("units are dropped -> none waits, all that run are aborted but kept until their threads are free", () => {
  const closed: string[] = [];
  const epoch = epochOf(closed);
  dropUnits(epoch);
  expect(epoch).toMatchObject({ grantGeneration: 5, dropped: false });
  expect(epoch.backlog.take()).toBeUndefined();
  expect(aborted(epoch)).toEqual([true, true, true]);
  expect(closed).toEqual([]);
});

it("an epoch is dropped -> its units too; its scene and its way to the merger stay, for the next one", () => {
  const closed: string[] = [];
  const epoch = epochOf(closed);
  dropEpoch(epoch);
  expect(epoch).toMatchObject({ dropped: true, grantGeneration: 5 });
  expect(aborted(epoch)).toEqual([true, true, true]);
  expect(closed).toEqual([]);
});
