import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit } from "../../../merger/admit.ts";
import { FilmEpoch } from "../../../merger/film-epoch.ts";
import { filmSha256 } from "../../../merger/film-hash.ts";
import type { PixelRect } from "../../../proto/rect.ts";
import { quarters, tileRect, tilingOf } from "../../../proto/tiling.ts";
import type { Unit } from "../../../proto/unit.ts";
import { filmSpecOf, planesOf } from "./analytic-samples.ts";

const spec = filmSpecOf({ cropWindow: { x0: 3, y0: 2, x1: 37, y1: 23 } });
const tiling = tilingOf(spec.cropWindow, spec.tileSizePx);
const epoch = 2;
const spp = 12;

function unitOf(tileIndex: number, sampleBegin: number, sampleEnd: number, rect?: PixelRect): Unit {
  return { epoch, tileIndex, rect: rect ?? tileRect(tiling, tileIndex), sampleBegin, sampleEnd, stridePx: 1 };
}

function ledgerOf(state: FilmEpoch) {
  return Array.from({ length: tiling.tileCount }, (_, tile) => state.ledger.regions(tile));
}

function wholeFilm(): FilmEpoch {
  const state = new FilmEpoch(epoch, spec);
  for (let tile = 0; tile < tiling.tileCount; tile++) {
    const unit = unitOf(tile, 0, spp);
    expect(admit(state, unit, planesOf(spec, unit)).t).toBe("added");
  }
  return state;
}

/** Every tile's range cut by `choices`, some ranges' areas cut into quarters. */
function partition(choices: Iterator<number>): Unit[] {
  const units: Unit[] = [];
  const next = () => choices.next().value ?? 0;
  for (let tile = 0; tile < tiling.tileCount; tile++) {
    for (let begin = 0; begin < spp; ) {
      const end = Math.min(spp, begin + 1 + (next() % 8));
      const parts = next() % 4 === 0 ? quarters(tileRect(tiling, tile)) : [tileRect(tiling, tile)];
      for (const rect of parts) {
        const smaller = next() % 4 === 0 ? quarters(rect) : [rect];
        units.push(...smaller.map((one) => unitOf(tile, begin, end, one)));
      }
      begin = end;
    }
  }
  return units;
}

describe("admit", () => {
  const reference = wholeFilm();
  const referenceHash = filmSha256(reference.film);

  it("any cut, order, repeats, losses with retries, old epochs and rubbish → same film, same ledger", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (stream) => {
        const next = () => stream.next().value ?? 0;
        const state = new FilmEpoch(epoch, spec);
        const waiting = partition(stream).map((unit) => ({ unit, key: next() }));
        waiting.sort((a, b) => a.key - b.key);
        for (let turn = 0; waiting.length > 0; turn++) {
          const { unit } = waiting.shift() as { unit: Unit };
          const planes = planesOf(spec, unit);
          const fate = turn > 500 ? 9 : next() % 10;
          if (fate === 0) waiting.push({ unit, key: 0 }); // lost, sent again later
          if (fate === 1) waiting.push({ unit, key: 0 }); // delivered, acknowledgement lost, sent again
          if (fate === 2) expect(admit(state, { ...unit, epoch: 1 }, planes).t).toBe("stale");
          if (fate === 3) expect(["refused", "duplicate"]).toContain(admit(state, unit, planes.slice(1)).t);
          if (fate === 4) expect(admit(state, { ...unit, epoch: 3 }, planes).t).toBe("refused");
          if (fate !== 0) expect(["added", "duplicate"]).toContain(admit(state, unit, planes).t);
        }
        expect(filmSha256(state.film)).toBe(referenceHash);
        expect(ledgerOf(state)).toEqual(ledgerOf(reference));
      }),
      { numRuns: 25 },
    );
  });

  it("a hash does not depend on the tile size", () => {
    const hashes = [8, 13, 32, 64, 256].map((tileSizePx) => {
      const sized = { ...spec, tileSizePx };
      const state = new FilmEpoch(epoch, sized);
      for (let tileIndex = 0; tileIndex < state.tiling.tileCount; tileIndex++) {
        const unit = { ...unitOf(0, 0, spp), tileIndex, rect: tileRect(state.tiling, tileIndex) };
        expect(admit(state, unit, planesOf(sized, unit)).t).toBe("added");
      }
      return filmSha256(state.film);
    });
    expect(new Set([...hashes, referenceHash]).size).toBe(1);
  });

  it("a unit that is there in part is refused by name and changes nothing", () => {
    const state = new FilmEpoch(epoch, spec);
    const first = unitOf(1, 0, 4);
    admit(state, first, planesOf(spec, first));
    const before = filmSha256(state.film);
    const wider = unitOf(1, 2, 8);
    const admission = admit(state, wider, planesOf(spec, wider));
    expect(admission).toMatchObject({ t: "refused", error: { code: "contribution-overlaps" } });
    expect(filmSha256(state.film)).toBe(before);
    expect(state.versions.latest).toBe(1);
  });

  it("a duplicate is ignored even where its bytes are wrong", () => {
    const state = new FilmEpoch(epoch, spec);
    const unit = unitOf(0, 0, 4);
    admit(state, unit, planesOf(spec, unit));
    expect(admit(state, unit, []).t).toBe("duplicate");
    expect(admit(state, unitOf(0, 1, 3), []).t).toBe("duplicate");
  });

  it.each<[string, Partial<Unit>]>([
    ["a tile that is not there", { tileIndex: 1000 }],
    ["a negative tile", { tileIndex: -1 }],
    ["a tile that does not hold the rectangle", { tileIndex: 1 }],
    ["an empty range", { sampleEnd: 0 }],
    ["a range turned over", { sampleBegin: 5 }],
    ["a range beyond the film's", { sampleEnd: 4097 }],
    ["a NaN", { sampleBegin: Number.NaN }],
    ["a stride that is not known", { stridePx: 2 }],
    ["an epoch that is no number", { epoch: Number.NaN }],
    ["a coarse unit of another sample", { stridePx: 8 }],
  ])("%s → refused, nothing changed", (_name, fields) => {
    const state = new FilmEpoch(epoch, spec);
    const unit = unitOf(0, 0, 4);
    expect(admit(state, { ...unit, ...fields }, planesOf(spec, unit)).t).toBe("refused");
    expect(state.versions.latest).toBe(0);
    expect(filmSha256(state.film)).toBe(filmSha256(new FilmEpoch(epoch, spec).film));
  });

  it("errors at decision counts are those of exactly that many samples, whatever comes later", () => {
    const state = new FilmEpoch(epoch, spec);
    for (const [begin, end] of [
      [0, 2],
      [2, 4],
      [4, 7],
      [7, 8],
      [8, 12],
    ]) {
      const unit = unitOf(0, begin, end);
      admit(state, unit, planesOf(spec, unit));
    }
    expect(state.errors(0).map((one) => one.spp)).toEqual([2, 4, 8]);
    const atOnce = new FilmEpoch(epoch, spec);
    const unit = unitOf(0, 0, 8);
    admit(atOnce, unit, planesOf(spec, unit));
    expect(atOnce.errors(0)).toEqual(state.errors(0).slice(2));
  });

  it("a cleared tile is empty again and can be filled to the same hash", () => {
    const state = wholeFilm();
    state.clearTile(2);
    expect(state.ledger.contiguousSpp(2)).toBe(0);
    expect(state.errors(2)).toEqual([]);
    const unit = unitOf(2, 0, spp);
    expect(admit(state, unit, planesOf(spec, unit)).t).toBe("added");
    expect(filmSha256(state.film)).toBe(referenceHash);
  });
});
