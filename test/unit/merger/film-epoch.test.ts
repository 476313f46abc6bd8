// What belongs to a film besides its pixels, and that it goes with the samples when they are taken out.
import { describe, expect, it } from "vitest";
import { FilmEpoch, isDecisionCount } from "../../../merger/film-epoch.ts";
import { filmSha256 } from "../../../merger/film-hash.ts";
import { quarters, tileRect } from "../../../proto/tiling.ts";
import { filmSpecOf } from "./analytic-samples.ts";
import { complete, knowledgeOf, takeUnit } from "./checkpoint/random-films.ts";

const spec = filmSpecOf({ outputs: ["beauty", "alpha", "luminance2", "depth", "id"] });

function render(state: FilmEpoch, tileIndex: number, sampleBegin: number, sampleEnd: number, contributor = 0): void {
  const rect = tileRect(state.tiling, tileIndex);
  takeUnit(state, { epoch: 1, tileIndex, rect, sampleBegin, sampleEnd, stridePx: 1 }, contributor);
}

describe("a film's epoch", () => {
  it("samples come -> errors at powers of two, each once", () => {
    const state = new FilmEpoch(1, spec);
    render(state, 0, 0, 1);
    render(state, 0, 1, 3);
    expect(state.errors(0)).toEqual([]);
    render(state, 0, 3, 4);
    render(state, 0, 4, 8);
    expect(state.errors(0).map(({ spp }) => spp)).toEqual([4, 8]);
    expect([0, 1, 2, 3, 4, 6, 64].filter(isDecisionCount)).toEqual([2, 4, 64]);
  });

  it("samples of a node are taken out -> its tiles are as before their first sample, the others as they were", () => {
    const state = new FilmEpoch(1, spec);
    const alone = new FilmEpoch(1, spec);
    for (const each of [state, alone]) render(each, 1, 0, 4, 0);
    render(state, 0, 0, 2, 0);
    render(state, 0, 2, 4, 1);
    render(state, 2, 0, 1, 1);
    const version = state.versions.latest;
    expect(state.takeOut({ computations: [], nodeIds: ["node 1"] })).toEqual({
      tileCount: 2,
      sampleCount: 5 * 256 - 128,
    });
    expect(state.versions.changedSince(version)).toEqual([0, 2]);
    expect(filmSha256(state.film)).toBe(filmSha256(alone.film));
    const { regions, errors, shares } = knowledgeOf(alone);
    expect(knowledgeOf(state)).toMatchObject({ regions, errors, shares, barred: ["node 1"] });
    expect(state.takeOutCount).toBe(1);
  });

  it("what was taken out is rendered again -> the film of those who were never wrong", () => {
    const state = new FilmEpoch(1, spec);
    const reference = new FilmEpoch(1, spec);
    for (let tile = 0; tile < state.tiling.tileCount; tile++) render(state, tile, 0, 2, tile % 2);
    // Wrong samples: what node 1 sent was not what a renderer makes.
    (state.film.planes[0] as Float64Array)[20] += 7;
    state.takeOut({ computations: [], nodeIds: ["node 1"] });
    complete(state, 4);
    complete(reference, 4);
    expect(filmSha256(state.film)).toBe(filmSha256(reference.film));
  });

  it("samples were taken out, with the rule by which tiles stop -> what their errors do not ask for is not asked for", () => {
    const state = new FilmEpoch(1, spec);
    render(state, 0, 0, 2, 1);
    expect(state.isUnasked(0, 64)).toBe(false);
    state.takeOut({ computations: [], nodeIds: ["node 1"], stopRule: { targetError: 0, minSpp: 4 } });
    const asked = (tileIndex: number) => [0, 3, 4, 8].filter((begin) => !state.isUnasked(tileIndex, begin));
    expect(asked(0)).toEqual([0, 3]);
    render(state, 0, 0, 4);
    expect(asked(0)).toEqual([0, 3, 4]);
    // Of another node, later; a quarter's hole leaves the tile without errors at some counts.
    state.takeOut({ computations: [], nodeIds: ["node 2"], stopRule: { targetError: 1e9, minSpp: 4 } });
    expect(asked(0)).toEqual([0, 3]);
    const [rect] = quarters(tileRect(state.tiling, 1));
    takeUnit(state, { epoch: 1, tileIndex: 1, rect, sampleBegin: 0, sampleEnd: 4, stridePx: 1 }, 0);
    expect(asked(1)).toEqual([0, 3, 4, 8]);
  });

  it("samples were taken out, and a tile of others has later ones without an error before them -> is emptied, too", () => {
    const state = new FilmEpoch(1, spec);
    render(state, 0, 0, 2, 1);
    render(state, 1, 2, 4);
    render(state, 1, 0, 2);
    render(state, 2, 0, 2);
    render(state, 2, 2, 4);
    const taken = state.takeOut({ computations: [], nodeIds: ["node 1"], stopRule: { targetError: 0, minSpp: 2 } });
    expect(taken).toEqual({ tileCount: 2, sampleCount: 6 * 256 });
    expect([0, 1, 2].map((tile) => state.ledger.contiguousSpp(tile))).toEqual([0, 0, 4]);
  });
});
