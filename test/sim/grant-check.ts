// Watches one planner's promises: nothing is granted twice without need (a copy of an overdue unit, a lease that ended
// without a result, a film that was lost), nothing without credit, nothing while it is paused or stopped.
import type { PlannerEffect, PlannerEvent, TileReport } from "../../coordinator/planner/events.ts";
import { limits } from "../../proto/limits.ts";
import { tileRect, tilingOf } from "../../proto/tiling.ts";
import { isCoarse, type Unit, unitKey } from "../../proto/unit.ts";
import { SampleRecord } from "./sample-record.ts";
import type { World } from "./world.ts";

// States of a sample.
const inFlight = 1;
const done = 2;
const merged = 3;
/** Its lease ended without a result, or the film that had it was lost. */
const returned = 4;
const mergedByOthers = 5;

/** By state. What this planner never granted came from another's grants: it may cut it again before it knows. */
const afterReport = new Uint8Array([mergedByOthers, merged, merged, merged, merged, mergedByOthers]);

export class GrantCheck {
  readonly #world: World;
  readonly #samples: SampleRecord;
  readonly #credit = new Map<string, number>();
  readonly #holders = new Map<string, { readonly unit: Unit; readonly names: Set<string> }>();
  readonly #heldCount = new Map<string, number>();
  /** Units that are to be compared alone: keys, by who renders them. */
  readonly #compared = new Map<string, Set<string>>();
  readonly #draining = new Set<string>();
  #isHalted = false;
  /** Tiles were emptied: what was on its way to them, and was given up, may come after all. */
  #hasTakenOut = false;
  /** Units that two computations were to render at the same time. */
  copyCount = 0;

  constructor(world: World) {
    this.#world = world;
    this.#samples = new SampleRecord(world.film, world.scenario.film.budgetSpp);
  }

  /** Before the planner's step. */
  event(event: PlannerEvent): void {
    switch (event.t) {
      case "joined":
        this.#leave(event.computation);
        break;
      case "left":
        this.#leave(event.computation);
        break;
      case "credit":
        this.#credit.set(event.computation, (this.#credit.get(event.computation) ?? 0) + event.units);
        break;
      case "done":
        this.#release(event.computation, event.unit, done);
        break;
      case "verified":
        this.#releaseCompared(event.computation, event.unit);
        break;
      case "failed":
      case "refused":
        if (!this.#releaseCompared(event.computation, event.unit))
          this.#release(event.computation, event.unit, returned);
        break;
      case "merged":
        this.#tell(event.tiles);
        break;
      case "ledger":
        this.#samples.replaceAll((state) => (state === merged || state === done ? returned : state));
        this.#tell(event.tiles);
        break;
      case "taken-out":
        this.#hasTakenOut = true;
        break;
      case "drain":
        this.#draining.add(event.computation);
        break;
      case "pause":
      case "stop":
        this.#isHalted = true;
        break;
      case "resume":
        this.#isHalted = false;
        break;
    }
  }

  /** After it, for each effect. */
  effect(effect: PlannerEffect): void {
    // A frame that completes is paused no more: should its film be lost before the receipt, it is rendered again at once.
    if (effect.t === "complete" && effect.outcome !== "stopped") this.#isHalted = false;
    if (effect.t === "drained" && (this.#heldCount.get(effect.computation) ?? 0) > 0)
      this.#world.violate(`${effect.computation} is to go and holds units`);
    if (effect.t === "cancel") {
      for (const unit of effect.units) {
        if (!this.#releaseCompared(effect.computation, unit)) this.#release(effect.computation, unit, returned);
      }
    } else if (effect.t === "grant") {
      for (const unit of effect.units) this.#granted(effect.computation, unit);
    } else if (effect.t === "verify") {
      for (const unit of effect.units) this.#comparing(effect.computation, unit);
    }
  }

  /** Whatever is granted takes a credit. */
  #take(name: string, unit: Unit): void {
    const violate = (what: string) => this.#world.violate(`${unitKey(unit)} granted to ${name} ${what}`);
    if (this.#isHalted) violate("while nothing should be granted");
    if (this.#draining.has(name)) violate("though its node is to leave");
    const credit = (this.#credit.get(name) ?? 0) - 1;
    this.#credit.set(name, credit);
    if (credit < 0) violate("without credit");
    const heldCount = (this.#heldCount.get(name) ?? 0) + 1;
    this.#heldCount.set(name, heldCount);
    if (heldCount > limits.leasedUnitsMax) violate("beyond what it may hold");
  }

  #comparing(name: string, unit: Unit): void {
    this.#world.counts.note("units granted to be compared");
    this.#take(name, unit);
    const compared = this.#compared.get(name) ?? new Set();
    this.#compared.set(name, compared);
    if (compared.has(unitKey(unit)) || this.#holders.get(unitKey(unit))?.names.has(name))
      this.#world.violate(`${unitKey(unit)} is to be compared by ${name}, which holds it`);
    compared.add(unitKey(unit));
  }

  /** False: it was to be contributed. */
  #releaseCompared(name: string, unit: Unit): boolean {
    if (this.#compared.get(name)?.delete(unitKey(unit)) !== true) return false;
    this.#heldCount.set(name, (this.#heldCount.get(name) ?? 0) - 1);
    return true;
  }

  #granted(name: string, unit: Unit): void {
    this.#world.counts.note("units granted");
    const violate = (what: string) => this.#world.violate(`${unitKey(unit)} granted to ${name} ${what}`);
    this.#take(name, unit);
    const key = unitKey(unit);
    const before = this.#holders.get(key);
    if (before?.names.has(name)) violate("a second time");
    if (before !== undefined && before.names.size > 0) {
      this.copyCount++;
      this.#world.counts.note("units copied");
      before.names.add(name);
      return;
    }
    this.#holders.set(key, { unit, names: new Set([name]) });
    if (isCoarse(unit)) return;
    if (this.#samples.some(unit, (state) => state === inFlight))
      violate("while a sample of it is granted in another cut");
    if (this.#samples.some(unit, (state) => state === returned)) this.#world.counts.note("units granted again");
    if (!this.#samples.some(unit, (state) => state !== done && state !== merged)) {
      if (this.#hasTakenOut) this.#world.counts.note("contribution crossed a taking out");
      else violate("though it is merged");
    }
    this.#samples.set(unit.rect, unit.sampleBegin, unit.sampleEnd, inFlight);
  }

  #release(name: string, unit: Unit, state: number): void {
    const held = this.#holders.get(unitKey(unit));
    if (held === undefined || !held.names.delete(name)) return;
    this.#heldCount.set(name, (this.#heldCount.get(name) ?? 0) - 1);
    if (held.names.size > 0 && state !== done) return;
    if (held.names.size === 0) this.#holders.delete(unitKey(unit));
    if (isCoarse(unit)) return;
    const { rect, sampleBegin, sampleEnd } = unit;
    if (this.#samples.some(unit, (before) => before !== merged)) this.#samples.set(rect, sampleBegin, sampleEnd, state);
  }

  #leave(name: string): void {
    for (const { unit, names } of [...this.#holders.values()]) if (names.has(name)) this.#release(name, unit, returned);
    this.#compared.delete(name);
    this.#draining.delete(name);
    this.#credit.delete(name);
    this.#heldCount.delete(name);
  }

  #tell(tiles: readonly TileReport[]): void {
    const { cropWindow, tileSizePx } = this.#world.film.spec;
    const tiling = tilingOf(cropWindow, tileSizePx);
    const { budgetSpp } = this.#world.scenario.film;
    for (const { tileIndex, ranges, cells } of tiles) {
      for (const cell of cells ?? [{ rect: tileRect(tiling, tileIndex), ranges }]) {
        for (const { begin, end } of cell.ranges) {
          this.#samples.replace(cell.rect, begin, Math.min(end, budgetSpp), afterReport);
        }
      }
    }
  }
}
