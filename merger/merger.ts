// The merger: owner of the film and the only one who changes it. Calls come one at a time (film-service.ts makes them
// from what arrives); watchers are woken in batches.
import type { Clock } from "../host/clock.ts";
import { ArrasError } from "../proto/errors.ts";
import type { FilmSpec } from "../proto/film-spec.ts";
import { limits } from "../proto/limits.ts";
import { areaPx, sameRect } from "../proto/rect.ts";
import type { Unit } from "../proto/unit.ts";
import type { WirePlane } from "../proto/wire-plane.ts";
import { type Admission, admit } from "./admit.ts";
import type { ContributorTotal, Origin, Suspects } from "./contributors.ts";
import { FilmEpoch } from "./film-epoch.ts";
import { filmSha256, filmSha256InSlices } from "./film-hash.ts";
import { type SampleStatistics, sampleStatistics } from "./film-metadata.ts";

export interface Receipt extends SampleStatistics {
  readonly epoch: number;
  readonly filmSha256: string;
  readonly contributors: readonly ContributorTotal[];
}

/** Hashing in slices is begun again when the film changes; at the last attempt it is not sliced. */
const hashAttemptsMax = 3;

export class Merger {
  readonly #clock: Clock;
  #state: FilmEpoch | undefined;
  /** Of the film that is open: it began with a checkpoint. */
  #isRestored = false;
  /** Films that were opened or begun to be restored. */
  #openingCount = 0;
  #hash: { readonly state: FilmEpoch; readonly version: number; readonly sha256: string } | undefined;
  /** Of the ledger. */
  readonly #watchers = new Set<() => void>();
  /** Of its pictures: they never take a place from the others. */
  readonly #viewers = new Set<() => void>();
  #wakeup: { readonly t: "idle"; readonly lastMs: number } | { readonly t: "due" };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wakeup = { t: "idle", lastMs: clock.nowMs() - limits.tileStatusIntervalMs };
  }

  /** The film of the current epoch; undefined before the first is opened. */
  get state(): FilmEpoch | undefined {
    return this.#state;
  }

  /** Throws `session-state` for a lower epoch, or another film for the same; `memory-exceeded` where it does not fit. */
  open(epoch: number, spec: FilmSpec): void {
    if (this.#isOpenAs(epoch, spec)) return;
    this.#state = this.#newFilm(epoch, spec);
    this.#isRestored = false;
    this.#wakeAtOnce();
  }

  /**
   * Opens a film that begins with what `fill` puts into it; `fill` and the result say whether it did. One that is open
   * already stays as it is. Rejects as `open` throws, and with what `fill` does: then no film is open.
   */
  async restore(epoch: number, spec: FilmSpec, fill: (state: FilmEpoch) => Promise<boolean>): Promise<boolean> {
    if (this.#isOpenAs(epoch, spec)) return this.#isRestored;
    const state = this.#newFilm(epoch, spec);
    const opening = this.#openingCount;
    const isRestored = await fill(state);
    if (this.#openingCount !== opening) throw overtaken(epoch);
    this.#state = state;
    this.#isRestored = isRestored;
    this.#wakeAtOnce();
    return isRestored;
  }

  /** Throws `session-state` where it cannot follow what is open. */
  #isOpenAs(epoch: number, spec: FilmSpec): boolean {
    const current = this.#state;
    if (current !== undefined && epoch === current.epoch && sameSpec(spec, current.spec)) return true;
    if (!Number.isSafeInteger(epoch) || epoch < 1 || (current !== undefined && epoch <= current.epoch)) {
      throw cannotOpen(epoch, current?.epoch ?? 0);
    }
    return false;
  }

  #newFilm(epoch: number, spec: FilmSpec): FilmEpoch {
    this.#state = undefined; // before the new one is made: two films may not fit
    this.#hash = undefined;
    this.#openingCount += 1;
    try {
      return new FilmEpoch(epoch, spec);
    } catch (thrown) {
      if (thrown instanceof RangeError) throw doesNotFit(spec, thrown);
      throw thrown;
    }
  }

  /** Tiles that hold samples of `suspects` become empty. Throws `session-state` before a film is open. */
  takeOut(suspects: Suspects): { readonly tileCount: number; readonly sampleCount: number } {
    const taken = this.requireOpen().takeOut(suspects);
    if (taken.tileCount > 0) this.#wakeSoon();
    return taken;
  }

  /** Adds and records, or says why not. Never throws for what a sender got wrong. */
  contribute(unit: Unit, planes: readonly WirePlane[], origin: Origin): Admission {
    try {
      const state = this.requireOpen();
      state.contributors.requireWelcome(origin);
      const admission = admit(state, unit, planes);
      state.contributors.note(origin, unit.tileIndex, admission, areaPx(unit.rect));
      if (admission.t === "added") state.renderedMs += renderMsOf(origin);
      // Who waits for a picture waits for this one.
      if (admission.t === "coarse" && admission.completes) this.#wakeAtOnce();
      else if (admission.t === "added" || admission.t === "coarse") this.#wakeSoon();
      return admission;
    } catch (thrown) {
      if (thrown instanceof ArrasError) return { t: "refused", error: thrown };
      throw thrown;
    }
  }

  get hasWatchers(): boolean {
    return this.#watchers.size > 0;
  }

  /** Calls `wake` after changes, at most every `limits.tileStatusIntervalMs`. Returns what ends it. */
  watch(wake: () => void): () => void {
    if (this.#watchers.size >= limits.tileWatchersMax) throw tooManyWatchers();
    this.#watchers.add(wake);
    return () => this.#watchers.delete(wake);
  }

  /** As `watch`, for pictures: the merger does not live for them. */
  look(wake: () => void): () => void {
    if (this.#viewers.size >= limits.previewStreamsMax) throw tooManyViewers();
    this.#viewers.add(wake);
    return () => this.#viewers.delete(wake);
  }

  /** Rejects with `session-state` before a film is open. */
  receipt(): Promise<Receipt> {
    return this.atOneMoment(({ epoch, film, contributors }, sha256) => {
      return { epoch, filmSha256: sha256, contributors: contributors.totals(), ...sampleStatistics(film.counts) };
    });
  }

  /**
   * What `make` makes of the film and its hash, both of one moment. `make` must not wait for anything. Rejects with
   * `session-state` before a film is open.
   */
  async atOneMoment<Value>(make: (state: FilmEpoch, sha256: string) => Value): Promise<Value> {
    for (let attempt = 1; ; attempt++) {
      const state = this.requireOpen();
      const version = state.versions.latest;
      const isChanged = () => this.#state !== state || state.versions.latest !== version;
      if (this.#hash?.state === state && this.#hash.version === version) return make(state, this.#hash.sha256);
      // A film that changes all the time would never be hashed in slices: then everybody waits, once.
      const sha256 =
        attempt < hashAttemptsMax ? await filmSha256InSlices(state.film, isChanged) : filmSha256(state.film);
      if (sha256 === undefined || isChanged()) continue;
      this.#hash = { state, version, sha256 };
      return make(state, sha256);
    }
  }

  /** Throws `session-state` before a film is open. */
  requireOpen(): FilmEpoch {
    if (this.#state !== undefined) return this.#state;
    throw new ArrasError("session-state", {
      message: "No film is open",
      action: "Open a film (FilmService.OpenFilm) before anything else.",
    });
  }

  /** What comes first into a film that is open now, or after its coarse picture, need not wait for an interval either. */
  #wakeAtOnce(): void {
    if (this.#wakeup.t === "idle") this.#wakeup = { t: "idle", lastMs: Number.NEGATIVE_INFINITY };
    this.#clock.after(0, () => this.#wakeAll());
  }

  #wakeSoon(): void {
    if (this.#wakeup.t === "due") return;
    const sinceMs = this.#clock.nowMs() - this.#wakeup.lastMs;
    this.#wakeup = { t: "due" };
    this.#clock.after(Math.max(0, limits.tileStatusIntervalMs - sinceMs), () => {
      this.#wakeup = { t: "idle", lastMs: this.#clock.nowMs() };
      this.#wakeAll();
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#watchers, ...this.#viewers]) wake();
  }
}

/** What is not told counts as a unit of usual length: about a second of a thread. */
function renderMsOf({ renderMs = 0 }: Origin): number {
  return renderMs > 0 && Number.isFinite(renderMs) ? renderMs : 1_000;
}

function sameSpec(a: FilmSpec, b: FilmSpec): boolean {
  return (
    a.widthPx === b.widthPx &&
    a.heightPx === b.heightPx &&
    sameRect(a.cropWindow, b.cropWindow) &&
    a.tileSizePx === b.tileSizePx &&
    a.maxSpp === b.maxSpp &&
    a.outputs.join() === b.outputs.join()
  );
}

function cannotOpen(epoch: number, current: number): ArrasError {
  const why = epoch === current ? "is open with another specification" : `cannot follow epoch ${current}`;
  return new ArrasError("session-state", {
    message: `Epoch ${epoch} ${why}`,
    action: "Each change of the film needs a higher epoch; this is a mistake of the coordinator, please report it.",
  });
}

function overtaken(epoch: number): ArrasError {
  return new ArrasError("session-state", {
    message: `Another film was opened while epoch ${epoch} was restored`,
    action: "Open films one after the other; this is a mistake of the coordinator, please report it.",
  });
}

function doesNotFit(spec: FilmSpec, cause: RangeError): ArrasError {
  return new ArrasError("memory-exceeded", {
    message: `The film of ${spec.widthPx}×${spec.heightPx} pixels with ${spec.outputs.join(", ")} does not fit: ${cause.message}`,
    action: "Ask for fewer outputs or a smaller crop, or give the merge computation more memory.",
    cause,
  });
}

function tooManyWatchers(): ArrasError {
  return new ArrasError("unavailable", {
    message: `The film is watched by tileWatchersMax = ${limits.tileWatchersMax} clients already`,
    action: "Close some of them.",
  });
}

function tooManyViewers(): ArrasError {
  return new ArrasError("unavailable", {
    message: `previewStreamsMax = ${limits.previewStreamsMax} look at the film already`,
    action: "Close some of them.",
  });
}
