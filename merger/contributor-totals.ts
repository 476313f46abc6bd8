// What each computation gave to a film: for the receipt, and later for finding what a wrong node touched.
import { limits } from "../proto/limits.ts";
import type { Admission } from "./admit.ts";
import { malformed } from "./contribution-reader.ts";

export interface ContributorTotal {
  readonly computation: string;
  readonly sampleCount: number;
  readonly unitCount: number;
  readonly duplicateCount: number;
  readonly clampedCount: number;
  readonly nonFiniteCount: number;
}

/** Who sent a contribution, and what it says of its samples. */
export interface Origin {
  readonly computation: string;
  readonly clampedCount: number;
  readonly nonFiniteCount: number;
}

export class ContributorTotals {
  readonly #totals = new Map<string, ContributorTotal>();

  /** Throws `message-malformed` for a name that is empty or too long, or one more than a session may have. */
  requireKnowable(computation: string): void {
    if (this.#totals.has(computation)) return;
    if (computation === "" || computation.length > limits.computationNameCharsMax) {
      throw malformed(`a computation's name has ${computation.length} characters`);
    }
    if (this.#totals.size >= limits.mcrtCountMax) {
      throw malformed(`more than mcrtCountMax = ${limits.mcrtCountMax} computations contribute`);
    }
  }

  /** `pixelCount`: of the unit, for counting pixel samples. */
  note({ computation, clampedCount, nonFiniteCount }: Origin, admission: Admission, pixelCount: number): void {
    if (admission.t !== "added" && admission.t !== "duplicate") return;
    const before = this.#totals.get(computation) ?? nothingOf(computation);
    const isAdded = admission.t === "added";
    this.#totals.set(computation, {
      computation,
      sampleCount: before.sampleCount + (isAdded ? pixelCount * admission.sampleCount : 0),
      unitCount: before.unitCount + (isAdded ? 1 : 0),
      duplicateCount: before.duplicateCount + (isAdded ? 0 : 1),
      clampedCount: before.clampedCount + (isAdded ? clampedCount : 0),
      nonFiniteCount: before.nonFiniteCount + (isAdded ? nonFiniteCount : 0),
    });
  }

  /** By name. */
  list(): ContributorTotal[] {
    return [...this.#totals.values()].sort((a, b) => (a.computation < b.computation ? -1 : 1));
  }
}

function nothingOf(computation: string): ContributorTotal {
  return { computation, sampleCount: 0, unitCount: 0, duplicateCount: 0, clampedCount: 0, nonFiniteCount: 0 };
}
