// Planner scenarios as lines of text: events go in by short methods, effects come out as strings that a test compares.
import type { PlannerEffect, PlannerEvent, TileReport } from "../../../../coordinator/planner/events.ts";
import { Planner } from "../../../../coordinator/planner/planner.ts";
import type { PlannerOptions } from "../../../../coordinator/planner/settings.ts";
import { type PixelRect, sameRect } from "../../../../proto/rect.ts";
import { SampleIntervals } from "../../../../proto/sample-intervals.ts";
import { tileRect, tilingOf } from "../../../../proto/tiling.ts";
import { isCoarse, type Unit } from "../../../../proto/unit.ts";

export class Script {
  readonly planner: Planner;
  nowMs = 0;
  readonly #options: PlannerOptions;
  /** What each computation holds, in the order of the grants. */
  readonly held = new Map<string, Unit[]>();
  readonly #merged = new Map<number, SampleIntervals>();

  /** By default: two tiles of 16×16, 4 samples, no coarse units. */
  constructor(options: Partial<PlannerOptions> = {}) {
    this.#options = {
      cropWindow: { x0: 0, y0: 0, x1: 32, y1: 16 },
      tileSizePx: 16,
      budgetSpp: 4,
      coarse: false,
      ...options,
    };
    this.planner = new Planner(this.#options);
  }

  say(event: PlannerEvent): string[] {
    const effects = this.planner.step(this.nowMs, event);
    for (const effect of effects) this.#note(effect);
    return effects.map((effect) => this.#text(effect));
  }

  join(computation: string, threadCount = 1, credit = 64, nodeId?: string): string[] {
    const on = nodeId === undefined ? {} : { nodeId };
    return [
      ...this.say({ t: "joined", computation, threadCount, ...on }),
      ...this.say({ t: "credit", computation, units: credit }),
    ];
  }

  start(computation: string, at = 0): string[] {
    return this.say({ t: "started", computation, unit: this.unit(computation, at) });
  }

  /** Renders, acknowledges, gives the credit back; not yet merged. */
  done(computation: string, at = 0, renderMs = 5, sums?: string): string[] {
    const unit = this.unit(computation, at);
    this.held.get(computation)?.splice(at, 1);
    return [
      ...this.say({ t: "done", computation, unit, renderMs, ...(sums === undefined ? {} : { sums }) }),
      ...this.say({ t: "credit", computation, units: 1 }),
    ];
  }

  /** Renders a unit of a `verify`. */
  verified(computation: string, sums: string, at = 0): string[] {
    const unit = this.unit(computation, at);
    this.held.get(computation)?.splice(at, 1);
    return [
      ...this.say({ t: "verified", computation, unit, renderMs: 5, sums }),
      ...this.say({ t: "credit", computation, units: 1 }),
    ];
  }

  merged(unit: Unit, error?: number): string[] {
    const samples = this.#merged.get(unit.tileIndex) ?? new SampleIntervals();
    samples.add(unit.sampleBegin, unit.sampleEnd);
    this.#merged.set(unit.tileIndex, samples);
    const report: TileReport = { tileIndex: unit.tileIndex, ranges: samples.ranges() };
    if (error === undefined) return this.say({ t: "merged", tiles: [report] });
    return this.say({ t: "merged", tiles: [{ ...report, error: { value: error, spp: samples.contiguousEnd() } }] });
  }

  unit(computation: string, at = 0): Unit {
    const unit = this.held.get(computation)?.[at];
    if (!unit) throw new Error(`${computation} holds no unit ${at}`);
    return unit;
  }

  holds(computation: string): string[] {
    return (this.held.get(computation) ?? []).map((unit) => this.unitText(unit));
  }

  /** `tile:begin-end`, with `c` for coarse and the rectangle where it is a part. */
  unitText(unit: Unit): string {
    const whole = tileRect(tilingOf(this.#options.cropWindow, this.#options.tileSizePx), unit.tileIndex);
    const part = sameRect(whole, unit.rect) ? "" : `@${rectText(unit.rect)}`;
    return `${unit.tileIndex}:${isCoarse(unit) ? "c" : `${unit.sampleBegin}-${unit.sampleEnd}`}${part}`;
  }

  #note(effect: PlannerEffect): void {
    if (effect.t === "grant" || effect.t === "verify") {
      this.held.set(effect.computation, [...(this.held.get(effect.computation) ?? []), ...effect.units]);
    }
    if (effect.t === "cancel") {
      const gone = new Set(effect.units.map((unit) => this.unitText(unit)));
      const kept = this.held.get(effect.computation)?.filter((unit) => !gone.has(this.unitText(unit)));
      this.held.set(effect.computation, kept ?? []);
    }
  }

  #text(effect: PlannerEffect): string {
    switch (effect.t) {
      case "grant":
      case "verify":
      case "cancel":
        return `${effect.t} ${effect.computation} ${effect.units.map((unit) => this.unitText(unit)).join(" ")}`;
      case "hole":
        return `hole ${rectText(effect.rect)} ${effect.fromSample}-${effect.toSample} ${effect.reason}`;
      case "unheard":
        return `unheard ${this.unitText(effect.unit)}`;
      case "complete":
        return `complete ${effect.outcome}`;
      case "stuck":
        return `stuck ${effect.computation} ${this.unitText(effect.unit)} ${effect.runningMs} ms`;
      case "wrong":
        return `wrong ${effect.nodeId}: ${votesText(effect)}`;
      case "undecided":
        return `undecided: ${votesText(effect)}`;
      case "region-done":
        return `region ${effect.isDone ? "done" : "not done"}`;
      case "drained":
        return `drained ${effect.computation}`;
      case "reconcile":
        return "reconcile";
    }
  }
}

function votesText({ votes }: Extract<PlannerEffect, { readonly t: "wrong" | "undecided" }>): string {
  return votes.map(({ nodeId, sums }) => `${nodeId}=${sums}`).join(" ");
}

function rectText(rect: PixelRect): string {
  return `${rect.x0},${rect.y0},${rect.x1},${rect.y1}`;
}
