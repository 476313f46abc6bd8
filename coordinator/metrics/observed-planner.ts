// A planner whose steps are counted and timed, and whose holes and recovered films the journal is told of. What it
// decides is the planner's alone.
import type { Clock } from "../../host/clock.ts";
import { type Journal, silentJournal } from "../journal/happening.ts";
import type { PlannerEffect, PlannerEvent } from "../planner/events.ts";
import { Planner } from "../planner/planner.ts";
import type { PlannerOptions } from "../planner/settings.ts";
import { type Meter, silentMeter } from "./metric-table.ts";

export interface PlannerObservers {
  readonly sessionId: string;
  readonly journal: Journal;
  readonly meter: Meter;
  /** The session was another coordinator's: its first ledger ends the takeover. */
  readonly isTakenOver: boolean;
  /** The clock of `step`, to see how long a step takes. */
  nowMs(): number;
}

/** `world`: a session's surroundings. */
export function observedPlanner(
  options: PlannerOptions,
  world: { readonly clock: Clock; readonly journal?: Journal; readonly meter?: Meter },
  about: Pick<PlannerObservers, "sessionId" | "isTakenOver">,
): ObservedPlanner {
  const { clock, journal = silentJournal, meter = silentMeter } = world;
  return new ObservedPlanner(options, { journal, meter, nowMs: () => clock.nowMs(), ...about });
}

/** Between two looks at what is merged, which takes the longer the more tiles there are. */
const lookIntervalMs = 1000;

export class ObservedPlanner extends Planner {
  readonly #observers: PlannerObservers;
  readonly #beganAtMs: number;
  #isRecovering: boolean;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #seen = { hedgedCount: 0, bisectedCount: 0, pixelSamples: 0, verifiedCount: 0, uncheckedCount: 0 };

  constructor(options: PlannerOptions, observers: PlannerObservers) {
    super(options);
    this.#observers = observers;
    this.#beganAtMs = observers.nowMs();
    this.#isRecovering = observers.isTakenOver;
  }

  override step(nowMs: number, event: PlannerEvent): PlannerEffect[] {
    const { meter, journal, sessionId } = this.#observers;
    const beganAtMs = this.#observers.nowMs();
    const effects = super.step(nowMs, event);
    const endedAtMs = this.#observers.nowMs();
    this.#count(event);
    for (const effect of effects) {
      if (effect.t === "grant") meter.count("arras_units_granted_total", effect.units.length);
      if (effect.t === "wrong" || effect.t === "undecided")
        meter.count("arras_units_verified_total", 1, { outcome: effect.t });
      if (effect.t === "hole") journal.record({ ...effect, t: "session-hole", sessionId });
    }
    if (effects.some(({ t }) => t === "grant"))
      meter.observe("arras_grant_latency_seconds", (endedAtMs - beganAtMs) / 1000);
    if (event.t === "stop" || effects.some(({ t }) => t === "complete") || nowMs - this.#lookedAtMs >= lookIntervalMs)
      this.#look(nowMs, event.t === "ledger");
    if (event.t === "ledger" && this.#isRecovering) {
      this.#isRecovering = false;
      journal.record({ t: "session-recovered", sessionId, durationMs: endedAtMs - this.#beganAtMs });
    }
    return effects;
  }

  #count(event: PlannerEvent): void {
    const { meter } = this.#observers;
    if (event.t === "done") {
      meter.count("arras_units_done_total");
      // From the wire; a counter must not fall.
      const waitedMs = event.waitedMs ?? 0;
      if (waitedMs > 0 && Number.isFinite(waitedMs)) meter.count("arras_merger_wait_seconds_total", waitedMs / 1000);
    }
    if (event.t === "failed") meter.count("arras_units_failed_total");
    if (event.t === "refused") meter.count("arras_contributions_refused_total");
  }

  /** A film that is begun again has fewer samples than before: from then on its new ones count. */
  #look(nowMs: number, isLedger: boolean): void {
    this.#lookedAtMs = nowMs;
    const { meter } = this.#observers;
    const { hedgedCount, bisectedCount, pixelSamples, verifiedCount, uncheckedCount } = this.progress();
    const [equal, unchecked] = [verifiedCount - this.#seen.verifiedCount, uncheckedCount - this.#seen.uncheckedCount];
    // Most frames verify nothing, and show no figure of it.
    if (equal > 0) meter.count("arras_units_verified_total", equal, { outcome: "equal" });
    if (unchecked > 0) meter.count("arras_units_verified_total", unchecked, { outcome: "unchecked" });
    meter.count("arras_units_hedged_total", hedgedCount - this.#seen.hedgedCount);
    meter.count("arras_units_bisected_total", bisectedCount - this.#seen.bisectedCount);
    // What another coordinator had merged before is its own.
    if (!(isLedger && this.#isRecovering))
      meter.count("arras_samples_merged_total", Math.max(0, pixelSamples - this.#seen.pixelSamples));
    this.#seen = { hedgedCount, bisectedCount, pixelSamples, verifiedCount, uncheckedCount };
  }
}
