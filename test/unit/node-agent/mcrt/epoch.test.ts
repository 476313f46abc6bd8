// Dropping what belongs to an epoch: its units, or all of it.
import { expect, it } from "vitest";
import { Backlog } from "../../../../node-agent/mcrt/backlog.ts";
import { dropEpoch, dropUnits, type Epoch, type RunningUnit } from "../../../../node-agent/mcrt/epoch.ts";
import type { Renderer } from "../../../../node-agent/renderers/renderer.ts";
import { assignmentOf, smallFilm, unitOf } from "../../../fakes/films.ts";

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
    film: smallFilm(),
    renderer: { close: async () => void closed.push("renderer") } as unknown as Renderer,
    sink: {
      contribute: () => {
        throw new Error("nothing is sent");
      },
      close: () => void closed.push("sink"),
    },
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

it("an epoch is dropped -> its units too, its way to the merger closed, and resolved when its renderer is", async () => {
  const closed: string[] = [];
  const epoch = epochOf(closed);
  const dropped = dropEpoch(epoch);
  expect(epoch.dropped).toBe(true);
  expect(aborted(epoch)).toEqual([true, true, true]);
  await dropped;
  expect(closed).toEqual(["sink", "renderer"]);
  expect(epoch.grantGeneration).toBe(5);
});
