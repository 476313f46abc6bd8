// The merge process in simulated time: the real Merger (film, ledger, admission) and the real feed of tile statuses,
// behind simulated connections. An independent record of every (pixel, sample) that went in watches it.

import { tileReport } from "../../coordinator/tile-reports.ts";
import { filmSha256 } from "../../merger/film-hash.ts";
import { Merger } from "../../merger/merger.ts";
import { TileFeed } from "../../merger/tile-feed.ts";
import type { StopRule } from "../../proto/stop-rule.ts";
import { tileRect } from "../../proto/tiling.ts";
import { isCoarse } from "../../proto/unit.ts";
import type { WirePlane } from "../../proto/wire-plane.ts";
import type { FilmDown, FilmUp, MergerUp } from "./messages.ts";
import type { Connection } from "./packet-network.ts";
import { SampleRecord } from "./sample-record.ts";
import { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

const epoch = 1;

export class SimMerger extends SimProcess {
  readonly #world: World;
  readonly #merger: Merger;
  readonly record: SampleRecord;
  /** The last that it gave. */
  receiptSha256: string | undefined;
  /** Contributions that were taken in, for the canaries. */
  #admittedCount = 0;

  constructor(world: World, name: string, hostId: string) {
    super(name, hostId, world.clock);
    this.#world = world;
    this.#merger = new Merger({
      nowMs: () => world.clock.nowMs(),
      after: (delayMs, action) => this.after(delayMs, action),
    });
    this.record = new SampleRecord(world.film, world.scenario.film.budgetSpp);
  }

  get filmEpoch() {
    return this.#merger.requireOpen();
  }

  get isOpen(): boolean {
    return this.#merger.state !== undefined;
  }

  acceptContributions(connection: Connection): void {
    connection.accept({
      message: (message) => connection.send(this, this.#admit(message as FilmUp, true)),
      closed: () => {},
    });
  }

  acceptCoordinator(connection: Connection): void {
    let stop = () => {};
    const feed = new TileFeed();
    const pump = () => {
      for (let statuses = feed.next(this.#merger.state); statuses; statuses = feed.next(this.#merger.state)) {
        const { tiles, ledgerComplete } = statuses;
        const message = { t: "statuses", tiles: tiles.map(tileReport), ledgerComplete };
        connection.send(this, message);
        // Once more: a report of what is in the film stays true.
        if (!ledgerComplete && this.#world.network.isRepeated()) {
          this.#world.counts.note("report repeated");
          connection.send(this, message);
        }
      }
    };
    connection.accept({
      message: (message) => {
        const request = message as MergerUp;
        if (request.t === "receipt") {
          this.receiptSha256 = filmSha256(this.filmEpoch.film);
          connection.send(this, { t: "receipt", sha256: this.receiptSha256 });
          return;
        }
        this.#merger.open(epoch, request.spec);
        this.#takeOut(request.wrongNodeIds, request.rule);
        stop = this.#merger.watch(pump);
        pump();
      },
      closed: () => stop(),
    });
  }

  #takeOut(nodeIds: readonly string[], rule: StopRule | null): void {
    if (nodeIds.length === 0) return;
    const { contributors, tiling } = this.filmEpoch;
    const { tileCount } = this.#merger.takeOut({ computations: [], nodeIds, stopRule: rule ?? undefined });
    this.#world.counts.note("tiles emptied", tileCount);
    for (let tileIndex = 0; tileIndex < tiling.tileCount; tileIndex++) {
      if (contributors.shares(tileIndex).length > 0) continue;
      this.record.set(tileRect(tiling, tileIndex), 0, this.#world.scenario.film.budgetSpp, 0);
    }
  }

  #admit({ unit, computation, nodeId, error }: FilmUp, mayRepeat: boolean): FilmDown {
    const planes = this.#world.film.planesOf(unit);
    if (error !== 0) spoilPlanes(planes, error);
    if (this.#spoil(unit)) return { t: "acknowledgement", unit, admission: "added" };
    const admission = this.#merger.contribute(unit, planes, {
      computation,
      nodeId,
      clampedCount: 0,
      nonFiniteCount: 0,
    });
    if (admission.t === "added") {
      this.#admittedCount++;
      const twice = this.record.add(unit);
      if (twice !== undefined) this.#world.violate(twice);
    }
    if (admission.t === "duplicate") this.#world.counts.note("duplicate ignored");
    if (admission.t === "refused") this.#world.counts.note(`refused: ${admission.error.code}`);
    if (mayRepeat && this.#world.network.isRepeated()) {
      // A copy that took another way: it comes late, behind others, and nobody waits for its answer.
      this.#world.counts.note("contribution repeated");
      this.after(this.#world.random() * 3_000, () =>
        this.#admit({ t: "contribution", unit, computation, nodeId, error }, false),
      );
    }
    const code = admission.t === "refused" ? { code: admission.error.code } : {};
    return { t: "acknowledgement", unit, admission: admission.t, ...code };
  }

  /** Canaries: faults of a merger that the checks after a run must find. */
  #spoil(unit: FilmUp["unit"]): boolean {
    const { canary } = this.#world;
    if (isCoarse(unit) || (canary !== "merger records and does not add" && canary !== "merger adds twice"))
      return false;
    const { ledger, film } = this.filmEpoch;
    const { tileIndex, rect, sampleBegin, sampleEnd } = unit;
    const coverage = ledger.coverage(tileIndex, rect, sampleBegin, sampleEnd);
    if (canary === "merger adds twice" && coverage === "all") {
      film.add({ rect, sampleCount: sampleEnd - sampleBegin, planes: this.#world.film.planesOf(unit) });
      return true;
    }
    if (canary !== "merger records and does not add" || coverage !== "none" || this.#admittedCount !== 5) return false;
    this.#admittedCount++;
    ledger.record(tileIndex, rect, sampleBegin, sampleEnd);
    this.filmEpoch.noteChanged(tileIndex);
    return true;
  }
}

/** What a wrong node makes of them: one pixel is a little brighter, and seems to be full of noise, or of none. */
function spoilPlanes([red, , , , squared]: readonly WirePlane[], error: number): void {
  new Int32Array(red.bytes.buffer)[0] += error;
  const squares = new Int32Array(squared.bytes.buffer);
  squares[0] = error % 2 === 0 ? 0 : squares[0] * 16;
}
