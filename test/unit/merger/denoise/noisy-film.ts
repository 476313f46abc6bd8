// A small film with samples everywhere.
import type { FilmPlanes } from "../../../../merger/film-planes.ts";
import { Merger } from "../../../../merger/merger.ts";
import { filmOutputs, type OutputName } from "../../../../proto/outputs.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { unitOf } from "../../../fakes/films.ts";
import { filmSpecOf, planesOf } from "../analytic-samples.ts";

export function filmOf(aovs: readonly OutputName[]): FilmPlanes {
  return noisyMerger(aovs).merger.requireOpen().film;
}

/** `merge`: one more sample of a tile. */
export function noisyMerger(aovs: readonly OutputName[] = []) {
  const clock = new FakeClock();
  const merger = new Merger(clock);
  const spec = filmSpecOf({ widthPx: 32, heightPx: 16, outputs: filmOutputs(aovs) });
  let [epoch, sampleCount] = [1, 0];
  const merge = (tileIndex: number) => {
    const unit = unitOf(tileIndex, sampleCount, 1, epoch, spec);
    sampleCount += 1;
    merger.contribute(unit, planesOf(spec, unit), {
      computation: "mcrt_i0",
      nodeId: "n",
      clampedCount: 0,
      nonFiniteCount: 0,
    });
    clock.advance(100);
  };
  const open = (next: number) => {
    epoch = next;
    merger.open(next, spec);
    clock.advance(100);
  };
  open(1);
  for (const tileIndex of [0, 1]) merge(tileIndex);
  return { clock, merger, merge, open };
}
