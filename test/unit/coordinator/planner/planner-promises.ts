// What a planner promises of its grants, whatever happens: each is held against it, by what it was told and what it has
// answered so far.
import type { PlannerEffect, PlannerEvent } from "../../../../coordinator/planner/events.ts";
import type { PlannerOptions } from "../../../../coordinator/planner/settings.ts";
import { limits } from "../../../../proto/limits.ts";
import { intersection, isEmpty, type PixelRect } from "../../../../proto/rect.ts";
import { isCoarse, sameUnit, type Unit, unitKey } from "../../../../proto/unit.ts";
import { touchesTilesOf } from "./region-tiles.ts";

export class PlannerPromises {
  readonly violations: string[] = [];
  readonly holes: { rect: PixelRect; fromSample: number; toSample: number }[] = [];
  /** Granted while another computation had the same. */
  duplicateCount = 0;
  unitCount = 0;
  readonly #frame: Pick<PlannerOptions, "cropWindow" | "tileSizePx">;
  readonly #inFlight = new Map<string, Unit[]>();
  readonly #creditLeft = new Map<string, number>();
  readonly #draining = new Set<string>();
  #isIdleTick = false;
  /** That is rendered alone. */
  #region: PixelRect | null = null;

  constructor(frame: Pick<PlannerOptions, "cropWindow" | "tileSizePx">) {
    this.#frame = frame;
  }

  /** The planner is told this. `isTimeAwaited`: by a computation that a tick may give something. */
  told(event: PlannerEvent, isTimeAwaited: boolean): void {
    this.#isIdleTick = event.t === "tick" && !isTimeAwaited;
    if (event.t === "done" || event.t === "failed" || event.t === "refused")
      this.#forget(event.computation, event.unit);
    if (event.t === "region") this.#region = event.isAlone === true ? event.rect : null;
    if (event.t === "left") this.#inFlight.delete(event.computation);
    if (event.t === "drain") this.#draining.add(event.computation);
    if (event.t === "credit") {
      this.#creditLeft.set(event.computation, (this.#creditLeft.get(event.computation) ?? 0) + event.units);
    }
  }

  /** It answers this. */
  answered(effect: PlannerEffect): void {
    if (effect.t === "grant") for (const unit of effect.units) this.#granted(effect.computation, unit);
    if (effect.t === "cancel") for (const unit of effect.units) this.#forget(effect.computation, unit);
    if (effect.t === "hole") this.holes.push(effect);
    if (effect.t === "drained" && (this.#inFlight.get(effect.computation)?.length ?? 0) > 0)
      this.violations.push(`${effect.computation} is drained and holds units`);
  }

  #forget(name: string, unit: Unit): void {
    const held = this.#inFlight.get(name);
    const at = held?.findIndex((other) => sameUnit(other, unit)) ?? -1;
    if (at >= 0) held?.splice(at, 1);
  }

  #granted(name: string, unit: Unit): void {
    this.unitCount++;
    if (this.#isIdleTick) this.violations.push(`${name} got ${unitKey(unit)} at a tick that nobody waited for`);
    if (this.#draining.has(name)) this.violations.push(`${name} got ${unitKey(unit)} while it drained`);
    if (!touchesTilesOf(this.#region, unit.rect, this.#frame))
      this.violations.push(`${unitKey(unit)} granted outside the region`);
    const credit = (this.#creditLeft.get(name) ?? 0) - 1;
    this.#creditLeft.set(name, credit);
    if (credit < 0) this.violations.push(`${name} got ${unitKey(unit)} without credit`);
    for (const hole of this.holes) {
      if (!isCoarse(unit) && !isEmpty(intersection(hole.rect, unit.rect)) && unit.sampleBegin >= hole.fromSample) {
        this.violations.push(`${unitKey(unit)} granted into a hole`);
      }
    }
    if (this.#isDuplicate(name, unit)) this.duplicateCount++;
    const held = this.#inFlight.get(name) ?? [];
    held.push(unit);
    this.#inFlight.set(name, held);
    if (held.length > limits.leasedUnitsMax) this.violations.push(`${name} holds ${held.length}`);
  }

  #isDuplicate(name: string, unit: Unit): boolean {
    let isDuplicate = false;
    for (const [other, units] of this.#inFlight) {
      for (const theirs of units) {
        if (theirs.tileIndex !== unit.tileIndex || theirs.stridePx !== unit.stridePx) continue;
        if (theirs.epoch !== unit.epoch || isEmpty(intersection(theirs.rect, unit.rect))) continue;
        if (theirs.sampleBegin >= unit.sampleEnd || unit.sampleBegin >= theirs.sampleEnd) continue;
        // A coarse block may cover tiles that are out already.
        if (!sameUnit(theirs, unit)) {
          if (!isCoarse(unit)) this.violations.push(`${unitKey(unit)} overlaps ${unitKey(theirs)} in flight`);
        } else if (other === name) this.violations.push(`${unitKey(unit)} twice on ${name}`);
        else isDuplicate = true;
      }
    }
    return isDuplicate;
  }
}
