import { describe, expect, it } from "vitest";
import { TileVersions } from "../../../merger/tile-versions.ts";

describe("tile versions", () => {
  it("nothing changed → nothing is new", () => {
    expect(new TileVersions(4).changedSince(0)).toEqual([]);
  });

  it("each change → only the tiles changed after a look are new", () => {
    const versions = new TileVersions(4);
    versions.raise(2);
    versions.raise(0);
    const seen = versions.latest;
    expect(versions.changedSince(0)).toEqual([0, 2]);
    expect(versions.changedSince(seen)).toEqual([]);
    versions.raise(2);
    versions.raise(2);
    expect(versions.changedSince(seen)).toEqual([2]);
    expect(versions.of(2)).toBe(versions.latest);
    expect(versions.of(1)).toBe(0);
  });
});
