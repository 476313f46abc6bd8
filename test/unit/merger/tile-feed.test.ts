import { describe, expect, it } from "vitest";
import { admit } from "../../../merger/admit.ts";
import { coarseGrid } from "../../../merger/coarse-preview.ts";
import { FilmEpoch } from "../../../merger/film-epoch.ts";
import { TileFeed } from "../../../merger/tile-feed.ts";
import { limits } from "../../../proto/limits.ts";
import { quarters, tileRect } from "../../../proto/tiling.ts";
import { filmSpecOf, planesOf } from "./analytic-samples.ts";

const spec = filmSpecOf();

function merge(state: FilmEpoch, tileIndex: number, sampleBegin: number, sampleEnd: number): void {
  const rect = tileRect(state.tiling, tileIndex);
  const unit = { epoch: state.epoch, tileIndex, rect, sampleBegin, sampleEnd, stridePx: 1 };
  expect(admit(state, unit, planesOf(spec, unit)).t).toBe("added");
}

function tilesOf(feed: TileFeed, state: FilmEpoch): number[] {
  return feed.next(state)?.tiles.map((tile) => tile.tileIndex) ?? [];
}

describe("tile feed", () => {
  it("no film → one empty ledger, then nothing", () => {
    const feed = new TileFeed();
    expect(feed.next(undefined)).toMatchObject({ epoch: 0, tiles: [], ledgerComplete: true });
    expect(feed.next(undefined)).toBeUndefined();
  });

  it("a film with tiles → its ledger, then only changes", () => {
    const state = new FilmEpoch(3, spec);
    merge(state, 2, 0, 4);
    merge(state, 0, 0, 2);
    const feed = new TileFeed();
    const first = feed.next(state);
    expect(first).toMatchObject({ epoch: 3, ledgerComplete: true });
    expect(first?.tiles.map((tile) => tile.tileIndex)).toEqual([2, 0]);
    expect(feed.next(state)).toBeUndefined();
    merge(state, 2, 4, 8);
    merge(state, 2, 8, 16);
    const change = feed.next(state);
    expect(change).toMatchObject({ ledgerComplete: false });
    expect(change?.tiles).toHaveLength(1);
    expect(change?.tiles[0]).toMatchObject({ tileIndex: 2, version: 4n, cells: [{ merged: [{ begin: 0, end: 16 }] }] });
    expect(change?.tiles[0].errors.map((one) => one.spp)).toEqual([4, 8, 16]);
  });

  it("a tile's coarse picture → nothing: the ledger does not have it", () => {
    const state = new FilmEpoch(1, spec);
    const feed = new TileFeed();
    feed.next(state);
    const rect = tileRect(state.tiling, 0);
    const stridePx = limits.coarseStridePx;
    const unit = { epoch: 1, tileIndex: 0, rect, sampleBegin: 0, sampleEnd: 1, stridePx };
    const points = { ...unit, rect: coarseGrid(rect, stridePx), stridePx: 1 };
    expect(admit(state, unit, planesOf(spec, points)).t).toBe("coarse");
    expect([state.versions.latest, feed.next(state)]).toEqual([1, undefined]);
    merge(state, 0, 0, 1);
    expect(tilesOf(feed, state)).toEqual([0]);
  });

  it("a tile that is cut → its cells", () => {
    const state = new FilmEpoch(1, spec);
    const rect = quarters(tileRect(state.tiling, 0))[1];
    const unit = { epoch: 1, tileIndex: 0, rect, sampleBegin: 2, sampleEnd: 4, stridePx: 1 };
    admit(state, unit, planesOf(spec, unit));
    const cells = new TileFeed().next(state)?.tiles[0].cells;
    expect(cells?.map((cell) => cell.merged.length)).toEqual([0, 1, 0, 0]);
    expect(cells?.[1]).toMatchObject({ rect, merged: [{ begin: 2, end: 4 }] });
  });

  it("a higher epoch → a new ledger, complete although it is empty", () => {
    const old = new FilmEpoch(1, spec);
    merge(old, 1, 0, 1);
    const feed = new TileFeed();
    feed.next(old);
    const next = new FilmEpoch(2, spec);
    expect(feed.next(next)).toMatchObject({ epoch: 2, tiles: [], ledgerComplete: true });
    merge(next, 1, 0, 1);
    expect(tilesOf(feed, next)).toEqual([1]);
  });

  it("more tiles than a message holds → several messages, the last of the ledger says so, no tile lost", () => {
    const state = new FilmEpoch(1, filmSpecOf({ widthPx: 800, heightPx: 800, tileSizePx: 8 }));
    for (let tile = 0; tile < state.tiling.tileCount; tile++) state.ledgerVersions.raise(tile);
    const feed = new TileFeed();
    const first = feed.next(state);
    expect(first?.tiles).toHaveLength(limits.tileStatusesPerMessageMax);
    expect(first?.ledgerComplete).toBe(false);
    state.ledgerVersions.raise(5);
    const rest = [feed.next(state), feed.next(state), feed.next(state)];
    expect(rest[1]?.ledgerComplete).toBe(true);
    const seen = new Set([first, ...rest].flatMap((message) => message?.tiles.map((tile) => tile.tileIndex) ?? []));
    expect(seen.size).toBe(state.tiling.tileCount);
    expect(feed.next(state)).toBeUndefined();
  });
});
