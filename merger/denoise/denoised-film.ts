// The film denoised for those who look at it so: newest wins, one run at a time, and as much rest after each as it took,
// so that denoising never takes more than half of what rendering leaves. Nobody looks: nothing runs.
import type { Clock, Timer } from "../../host/clock.ts";
import { widthPx as rectWidthPx } from "../../proto/rect.ts";
import { tileRect } from "../../proto/tiling.ts";
import type { FilmEpoch } from "../film-epoch.ts";
import type { Merger } from "../merger.ts";
import type { TileImage } from "../preview/tile-image.ts";
import { resolveCounts } from "../resolve.ts";
import { TileVersions } from "../tile-versions.ts";
import { type DenoisedPlanes, type Denoiser, denoisedPlanes } from "./denoiser.ts";

interface Denoised extends DenoisedPlanes {
  readonly state: FilmEpoch;
  /** Of the film when it was read. */
  readonly filmVersion: number;
  /** Of the tiles below. */
  readonly version: number;
}

export class DenoisedFilm {
  readonly #merger: Merger;
  readonly #denoiser: Denoiser;
  readonly #clock: Clock;
  readonly #lookers = new Set<(failure: unknown) => void>();
  #unwatch: (() => void) | undefined;
  #latest: Denoised | undefined;
  #running: { readonly state: FilmEpoch; readonly stop: AbortController } | undefined;
  #rest: Timer | undefined;
  #versions:
    | { readonly state: FilmEpoch; readonly alone: TileVersions; readonly both: TileVersions; seen: number }
    | undefined;

  constructor(merger: Merger, denoiser: Denoiser, clock: Clock) {
    this.#merger = merger;
    this.#denoiser = denoiser;
    this.#clock = clock;
  }

  /** `told`: there is a newer one, or (with what was thrown) it could not be made. The return value ends it. */
  look(told: (failure: unknown) => void): () => void {
    this.#lookers.add(told);
    this.#unwatch ??= this.#merger.look(() => this.#pump());
    this.#pump();
    return () => {
      this.#lookers.delete(told);
      if (this.#lookers.size > 0) return;
      this.#unwatch?.();
      this.#unwatch = undefined;
      this.#running?.stop.abort();
      this.#rest?.cancel();
      this.#rest = undefined;
    };
  }

  /** Of the tiles for who looks at it alone, or (`beside`) at an output of the film too. */
  versions(state: FilmEpoch, beside: boolean): TileVersions {
    const versions = this.#versionsOf(state);
    if (!beside) return versions.alone;
    for (const tile of state.versions.changedSince(versions.seen)) versions.both.raise(tile);
    versions.seen = state.versions.latest;
    return versions.both;
  }

  /** Of the one that `tile` reads; 0: there is none. */
  version(state: FilmEpoch): number {
    return this.#latest?.state === state ? this.#latest.version : 0;
  }

  /** undefined: there is nothing of it yet. */
  tile(state: FilmEpoch, tileIndex: number): TileImage | undefined {
    const latest = this.#latest;
    if (latest?.state !== state) return undefined;
    const rect = tileRect(state.tiling, tileIndex);
    const { cropWindow } = state.spec;
    const [widthValues, heightValues] = [rect.x1 - rect.x0, rect.y1 - rect.y0];
    const planes = latest.planes.map((from) => {
      const part = new Float32Array(widthValues * heightValues);
      for (let y = 0; y < heightValues; y++) {
        const start = (rect.y0 + y - cropWindow.y0) * rectWidthPx(cropWindow) + rect.x0 - cropWindow.x0;
        part.set(from.subarray(start, start + widthValues), y * widthValues);
      }
      return part;
    });
    const counts = resolveCounts(state.film, rect);
    const sppMean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    return { rect, stridePx: 1, widthValues, heightValues, planes, sppMean };
  }

  #versionsOf(state: FilmEpoch) {
    if (this.#versions?.state !== state) {
      const { tileCount } = state.tiling;
      this.#versions = { state, alone: new TileVersions(tileCount), both: new TileVersions(tileCount), seen: 0 };
    }
    return this.#versions;
  }

  #pump(): void {
    const { state } = this.#merger;
    if (this.#running !== undefined && this.#running.state !== state) this.#running.stop.abort();
    if (state === undefined || this.#lookers.size === 0 || this.#running !== undefined || this.#rest !== undefined)
      return;
    const filmVersion = state.versions.latest;
    const isOld = this.#latest?.state !== state || this.#latest.filmVersion !== filmVersion;
    if (filmVersion > 0 && isOld) void this.#run(state, filmVersion);
  }

  async #run(state: FilmEpoch, filmVersion: number): Promise<void> {
    const begunMs = this.#clock.nowMs();
    const stop = new AbortController();
    this.#running = { state, stop };
    let failure: unknown;
    try {
      const made = await denoisedPlanes(state.film, this.#denoiser, true, stop.signal);
      const { alone, both } = this.#versionsOf(state);
      for (let tile = 0; tile < state.tiling.tileCount; tile++) {
        alone.raise(tile);
        both.raise(tile);
      }
      this.#latest = { ...made, state, filmVersion, version: alone.latest };
    } catch (thrown) {
      if (!stop.signal.aborted) failure = thrown;
    }
    this.#running = undefined;
    if (!stop.signal.aborted) for (const told of this.#lookers) told(failure);
    if (this.#lookers.size === 0) return;
    this.#rest = this.#clock.after(stop.signal.aborted ? 0 : this.#clock.nowMs() - begunMs, () => {
      this.#rest = undefined;
      this.#pump();
    });
  }
}
