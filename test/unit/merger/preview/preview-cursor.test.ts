// What a viewer is sent: changed tiles alone, newest wins, never more than two frames ahead of its acknowledgements.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit } from "../../../../merger/admit.ts";
import { FilmEpoch } from "../../../../merger/film-epoch.ts";
import {
  type Look,
  PreviewCursor,
  tilesPerFrameMax,
  type VersionedTiles,
} from "../../../../merger/preview/preview-cursor.ts";
import { TileVersions } from "../../../../merger/tile-versions.ts";
import { limits } from "../../../../proto/limits.ts";
import { unitOf } from "../../../fakes/films.ts";
import { filmSpecOf, planesOf } from "../analytic-samples.ts";

/** Of 24 tiles. */
function epochOf(number = 1): FilmEpoch {
  return new FilmEpoch(number, filmSpecOf({ widthPx: 96, heightPx: 64 }));
}

describe("a preview's cursor", () => {
  it("a viewer joins late -> first a whole frame of all that there is, then only changes", () => {
    const state = epochOf();
    state.versions.raise(2);
    state.versions.raise(0);
    const cursor = new PreviewCursor();
    expect(cursor.next(state)).toMatchObject({ frameIndex: 1, tileIndices: [0, 2], isWhole: true });
    expect(cursor.next(state)).toBeUndefined();
    state.versions.raise(1);
    expect(cursor.next(state)).toMatchObject({ frameIndex: 2, tileIndices: [1], isWhole: false });
  });

  it("two frames are not acknowledged -> nothing more, however much changes; then all of it at once", () => {
    const state = epochOf();
    const cursor = new PreviewCursor();
    for (let frame = 1; frame <= limits.previewFramesInFlightMax; frame++) {
      state.versions.raise(0);
      expect(cursor.next(state)).toMatchObject({ frameIndex: frame });
    }
    for (const tile of [0, 1, 0, 2, 0]) state.versions.raise(tile);
    expect(cursor.next(state)).toBeUndefined();
    cursor.acknowledge(1);
    expect(cursor.next(state)).toMatchObject({ frameIndex: 3, tileIndices: [1, 2, 0] });
  });

  it("a few of the tiles that it has seen rough have changed, soon after a frame -> they wait for more, or for their time", () => {
    const versions = new TileVersions(24);
    const state: VersionedTiles = { epoch: 1, versions, isRough: () => true, hasCoarse: () => false };
    const cursor = new PreviewCursor();
    for (let tile = 0; tile < 12; tile++) versions.raise(tile);
    const again = (frame: number, look: Look) => {
      cursor.acknowledge(frame);
      return [cursor.next(state, look)?.tileIndices, cursor.isGathering];
    };
    expect(again(0, { gathers: true })).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], false]);
    versions.raise(3);
    expect(again(1, { gathers: true })).toEqual([undefined, true]);
    expect([cursor.next(undefined, { gathers: true }), cursor.isGathering]).toEqual([undefined, false]);
    expect(again(1, { gathers: false })).toEqual([[3], false]);
    for (let tile = 0; tile < 8; tile++) versions.raise(tile);
    expect(again(2, { gathers: true })).toEqual([[0, 1, 2, 3, 4, 5, 6, 7], false]);
    versions.raise(5);
    versions.raise(20);
    expect(again(3, { gathers: true })).toEqual([[20, 5], false]);
  });

  it("it wishes something else, or the epoch changes -> from the beginning", () => {
    const cursor = new PreviewCursor();
    const state = epochOf();
    state.versions.raise(1);
    cursor.next(state);
    cursor.acknowledge(1);
    cursor.reset();
    expect(cursor.next(state)).toMatchObject({ tileIndices: [1], isWhole: true });
    cursor.acknowledge(2);
    const empty = epochOf(2);
    expect(cursor.next(empty)).toBeUndefined();
    expect(cursor.next(empty, { isAtRest: true })).toMatchObject({ epoch: 2, tileIndices: [], isWhole: true });
    expect([cursor.isOwed, cursor.next(empty, { isAtRest: true })]).toEqual([false, undefined]);
  });

  it("some tiles are there coarse -> they come first and by themselves, more of them in a frame; then what else there is of them", () => {
    const versions = new TileVersions(limits.previewTilesPerFrameMax + 4);
    const sampled = new Set([1, 2]);
    const state: VersionedTiles = {
      epoch: 1,
      versions,
      isRough: (tile) => !sampled.has(tile),
      hasCoarse: (tile) => tile !== 2,
    };
    for (let tile = 0; tile < versions.tileCount; tile++) versions.raise(tile);
    const cursor = new PreviewCursor();
    const first = cursor.next(state);
    expect(first).toMatchObject({ isCoarse: true, refinedCount: 0, isWhole: false });
    expect(first?.tileIndices).toEqual([...Array(versions.tileCount).keys()].filter((tile) => tile !== 2));
    expect(cursor.next(state)).toMatchObject({ isCoarse: false, tileIndices: [2, 1], isWhole: true });
    cursor.acknowledge(2);
    expect(cursor.next(state)).toBeUndefined();
    versions.raise(0);
    expect(cursor.next(state)).toMatchObject({ isCoarse: false, tileIndices: [0] });
  });

  it("few tiles may be shown again -> those that changed longest ago; what has only been seen coarse, at once", () => {
    const state = epochOf();
    const merge = (tile: number, begin: number) => {
      const unit = unitOf(tile, begin, 1, 1, state.spec);
      admit(state, unit, planesOf(state.spec, unit));
    };
    for (const tile of [0, 1, 2]) merge(tile, 0);
    state.versions.raise(3);
    const cursor = new PreviewCursor();
    expect(cursor.next(state, { refinementsMax: 0 })).toMatchObject({
      tileIndices: [0, 1, 2, 3],
      refinedCount: 0,
      isWhole: true,
    });
    for (const tile of [2, 0, 1]) merge(tile, 1);
    merge(3, 0);
    expect(cursor.next(state, { refinementsMax: 2 })).toMatchObject({ tileIndices: [3, 2, 0], refinedCount: 2 });
    expect(cursor.refinementCount).toBe(1);
    cursor.acknowledge(2);
    expect(cursor.next(state, { refinementsMax: 0 })).toBeUndefined();
    expect(cursor.next(state)).toMatchObject({ tileIndices: [1], refinedCount: 1 });
    expect(cursor.refinementCount).toBe(0);
  });

  it.each([
    [1, 1],
    [2, 1],
    [25, 12],
    [510, 128],
  ])("a film of %i tiles -> at most %i in a frame", (tileCount, most) => {
    expect(tilesPerFrameMax(tileCount)).toBe(most);
  });

  it("everything changes while nothing is acknowledged -> one whole picture on its way, in two halves; its rest when one has come", () => {
    const state = epochOf();
    const { tileCount } = state.versions;
    const raiseAll = () => {
      for (let tile = 0; tile < tileCount; tile++) state.versions.raise(tile);
    };
    const cursor = new PreviewCursor();
    raiseAll();
    const [first, second] = [cursor.next(state), cursor.next(state)];
    expect([first?.isWhole, second?.isWhole]).toEqual([false, true]);
    const seen = [...(first?.tileIndices ?? []), ...(second?.tileIndices ?? [])];
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: tileCount }, (_, tile) => tile));
    for (let round = 0; round < 10; round++) {
      raiseAll();
      expect(cursor.next(state)).toBeUndefined();
    }
    cursor.acknowledge(1);
    expect(cursor.next(state)?.tileIndices).toHaveLength(tileCount / 2);
    expect(cursor.next(state)).toBeUndefined();
  });

  it("a film of one tile -> each frame is all of it, so one is on its way", () => {
    const state = new FilmEpoch(1, filmSpecOf({ widthPx: 16, heightPx: 16 }));
    expect(state.versions.tileCount).toBe(1);
    const cursor = new PreviewCursor();
    state.versions.raise(0);
    expect(cursor.next(state)).toMatchObject({ frameIndex: 1, tileIndices: [0] });
    state.versions.raise(0);
    expect(cursor.next(state)).toBeUndefined();
    cursor.acknowledge(1);
    expect(cursor.next(state)).toMatchObject({ frameIndex: 2, tileIndices: [0] });
  });

  it("a frame that was never sent is acknowledged -> refused", () => {
    expect(() => new PreviewCursor().acknowledge(1)).toThrow(RangeError);
  });

  it("any changes, any acknowledgements -> in the end every tile was sent in its last version", () => {
    const step = fc.oneof(fc.record({ raise: fc.nat(23) }), fc.record({ acknowledge: fc.boolean() }));
    const allowed = fc.array(fc.nat(3), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), allowed, (steps, refinementsMax) => {
        const state = epochOf();
        const cursor = new PreviewCursor();
        const shown = new Map<number, number>();
        let last = 0;
        let acknowledged = 0;
        const underWay = new Map<number, number>();
        const tiles = {
          epoch: 1,
          versions: state.versions,
          isRough: (tile: number) => tile === 3,
          hasCoarse: (tile: number) => tile >= 2,
        };
        const look = (refinementsMax = Number.POSITIVE_INFINITY) => {
          const frame = cursor.next(tiles, { refinementsMax });
          if (frame === undefined) return false;
          last = frame.frameIndex;
          expect(last - acknowledged).toBeLessThanOrEqual(limits.previewFramesInFlightMax);
          underWay.set(last, frame.tileIndices.length / (frame.isCoarse ? limits.coarseStridePx ** 2 : 1));
          for (const index of underWay.keys()) if (index <= acknowledged) underWay.delete(index);
          const wholeTileCount = [...underWay.values()].reduce((sum, each) => sum + each, 0);
          expect(wholeTileCount).toBeLessThanOrEqual(state.versions.tileCount);
          for (const tile of frame.tileIndices)
            if (!frame.isCoarse || tiles.isRough(tile)) shown.set(tile, state.versions.of(tile));
          return true;
        };
        for (const [index, each] of steps.entries()) {
          if ("raise" in each) state.versions.raise(each.raise);
          else if (each.acknowledge) {
            acknowledged = last;
            cursor.acknowledge(last);
          }
          look(refinementsMax[index % refinementsMax.length]);
        }
        do {
          acknowledged = last;
          cursor.acknowledge(last);
        } while (look());
        for (let tile = 0; tile < state.versions.tileCount; tile++)
          expect(shown.get(tile) ?? 0).toBe(state.versions.of(tile));
      }),
    );
  });
});
