// A version number for every tile, which rises with each change, so that whoever shows or reports tiles can ask what
// is new since it last looked.

export class TileVersions {
  readonly #versions: Float64Array;
  #latest = 0;

  constructor(tileCount: number) {
    this.#versions = new Float64Array(tileCount);
  }

  get tileCount(): number {
    return this.#versions.length;
  }

  /** The highest version given so far; 0 before the first change. */
  get latest(): number {
    return this.#latest;
  }

  of(tileIndex: number): number {
    return this.#versions[tileIndex];
  }

  /** The tile changed; gives its new version, higher than every other. */
  raise(tileIndex: number): number {
    this.#latest += 1;
    this.#versions[tileIndex] = this.#latest;
    return this.#latest;
  }

  /** Tiles whose version is above `version`, by index. */
  changedSince(version: number): number[] {
    const changed: number[] = [];
    if (version >= this.#latest) return changed;
    for (let tile = 0; tile < this.#versions.length; tile++) if (this.#versions[tile] > version) changed.push(tile);
    return changed;
  }
}
