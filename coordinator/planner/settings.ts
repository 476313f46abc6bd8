// What a planner is made with: the frame, the budget and its targets. Times are wishes, not promises.
import { limits } from "../../proto/limits.ts";
import type { PixelRect } from "../../proto/rect.ts";
import { type StopRule, stopRule } from "../../proto/stop-rule.ts";
import type { VerifyChoice } from "../../proto/verified-unit.ts";

export interface PlannerOptions {
  readonly cropWindow: PixelRect;
  readonly tileSizePx: number;
  readonly budgetSpp: number;
  readonly epoch?: number;
  /** Stop a tile whose error is at or below this; without it every tile gets the whole budget. */
  readonly targetError?: number;
  /** From it on, a tile's error is looked at; at powers of two. */
  readonly minSpp?: number;
  /** false: no coarse units, as for a render that nobody watches. */
  readonly coarse?: boolean;
  /** Which units are rendered twice; absent: none. */
  readonly verify?: VerifyChoice;
}

export interface PlannerSettings {
  readonly cropWindow: PixelRect;
  readonly tileSizePx: number;
  readonly budgetSpp: number;
  readonly epoch: number;
  readonly adaptive: StopRule | null;
  readonly coarse: boolean;
  readonly verify: VerifyChoice | null;
}

/** 16 samples: fewer, and the estimated error of a tile with a rare highlight is often far too low. */
export const defaultMinSpp = 16;

/** A unit's time on one thread: the 2 to 4 ms of processor time that each costs in all processes stay below half a percent. */
export const unitMsWanted = 1_000;
/** The longest that waiting for the merger makes them: more would be lost with a computation, and by one that leaves. */
export const unitMsMax = 3_200;
/**
 * Samples of a unit before any cost is measured, at most: whoever takes over a frame with a thousand of them would
 * otherwise begin with units of as many, which may take minutes.
 */
export const unmeasuredSampleCount = 4;
/** What two neighbouring tiles may differ by: a level of samples that takes a tile less is left out. */
export const levelMsMin = 50;
/** Below this the cost of a unit itself shows. */
export const unitMsMin = 4;
/** One grant's worth, in time of the whole computation; and while the first picture is missing. */
export const grantMsWanted = 50;
export const firstGrantMsWanted = 20;
/** Tiles of a coarse unit while nothing is measured: eight of 64 pixels have 512 points, some 1 to 5 ms of one thread. */
export const coarseBlindTileCount = 8;
/** A coarse unit below this is not cut smaller so that another thread gets something of it. */
export const coarseMsMin = 8;
/** At least this part of a coarse unit's tiles want their points; the others have them already, or soon. */
export const coarseWantedShareMin = 0.75;
/** So long after the last of the coarse picture was cut nothing else is granted, so that it is there and seen first. */
export const coarseHoldMsMax = 100;
/** And so long after it came: it is on its way to who looks. */
export const coarseShownMs = 15;
/** Round trip that prefetch hides: a cluster's network and three event loops, which share their cores with renderers. */
export const roundTripMs = 25;
/** Units get this part of the work that is left, spread over all threads (factoring, Hummel et al. 1992: a half). */
export const factoringShare = 0.5;
/** And where the merger is slow: the last of it goes to one thread in four, as what is cut smaller comes no sooner. */
export const pressedShare = 4;
/**
 * Back-pressure: units get longer where a computation's threads wait for the merger for more than the first share of
 * their time, shorter again where for less than the second; by this much longer than would just do; at most doubled and
 * at least kept to this part at a time.
 */
export const waitShareMax = 0.05;
export const waitShareCalm = 0.01;
export const pressedMargin = 1.1;
export const pressedGrowthMax = 2;
export const calmShrink = 0.85;
/**
 * They need not be longer any more than what so many units in a row show that did not wait: the merger takes a
 * contribution of each thread in less time than this many times what it took to answer each.
 */
export const relievedUnitCount = 3;
export const relievedMargin = 2;
/** Hedging: a lease this many times older than its p95 is granted again, while copies are below this share. */
export const hedgeFactor = 1.5;
export const hedgeShareMax = 0.02;
/** A unit is taken for hung after so many times its p95, and at least so long: it could not be killed by mistake then. */
export const stuckFactor = 20;
export const stuckMsMin = 60_000;
/** How long after its acknowledgement a unit may be missing from the merger's reports. */
export const mergedReportTimeoutMs = 5_000;

/** Throws RangeError for numbers that no frame can have. */
export function plannerSettings(options: PlannerOptions): PlannerSettings {
  const minSpp = options.minSpp ?? defaultMinSpp;
  for (const [name, value] of [
    ["budgetSpp", options.budgetSpp],
    ["minSpp", minSpp],
  ] as const) {
    if (!Number.isInteger(value) || value < 1 || value > limits.sppMax) {
      throw new RangeError(`${name} is ${value}; it must be a whole number from 1 to ${limits.sppMax}`);
    }
  }
  const { targetError } = options;
  if (targetError !== undefined && !(targetError >= 0)) {
    throw new RangeError(`targetError is ${targetError}; it must not be negative`);
  }
  return {
    cropWindow: options.cropWindow,
    tileSizePx: options.tileSizePx,
    budgetSpp: options.budgetSpp,
    epoch: options.epoch ?? 1,
    adaptive: adaptiveRule(options),
    coarse: options.coarse ?? true,
    verify: options.verify === undefined || options.verify.share <= 0 ? null : options.verify,
  };
}

/** null: nothing is adaptive. */
export function adaptiveRule({ targetError, minSpp }: Pick<PlannerOptions, "targetError" | "minSpp">): StopRule | null {
  return targetError === undefined ? null : stopRule(targetError, minSpp ?? defaultMinSpp);
}
