// What computations say that are told where the merger is before its film is open and read: that they are ready, and how
// many units they take. It is kept until units may be granted, so that nobody waits for another round then. Pure.
import type { Prepared } from "../proto/gen/arras/v1/budget_pb.ts";
import { limits } from "../proto/limits.ts";

/** What a computation was told to do. */
export interface EarlyAssignment {
  readonly epoch: number;
  readonly mergerAddress: string;
}

export interface EarlyReports {
  /** undefined: it loads the scene still. */
  readonly prepared: Prepared | undefined;
  readonly creditCount: number;
}

interface Kept extends EarlyReports {
  readonly assignment: EarlyAssignment;
}

export class EarlyComputations {
  readonly #kept = new Map<string, Kept>();

  /** What it said before is void: it will say it again. */
  assigned(computation: string, assignment: EarlyAssignment): void {
    this.#kept.set(computation, { assignment, prepared: undefined, creditCount: 0 });
  }

  left(computation: string): void {
    this.#kept.delete(computation);
  }

  /** False: it was not assigned early, and what it says counts at once. */
  prepared(computation: string, prepared: Prepared): boolean {
    const kept = this.#kept.get(computation);
    if (kept !== undefined) this.#kept.set(computation, { ...kept, prepared });
    return kept !== undefined;
  }

  /** As `prepared`. */
  credit(computation: string, unitCount: number): boolean {
    const kept = this.#kept.get(computation);
    if (kept === undefined) return false;
    const creditCount = Math.min(kept.creditCount + unitCount, limits.leasedUnitsMax);
    this.#kept.set(computation, { ...kept, creditCount });
    return true;
  }

  /** From now on what it says counts at once. undefined: it was not told the same, and is to be told now. */
  take(computation: string, { epoch, mergerAddress }: EarlyAssignment): EarlyReports | undefined {
    const kept = this.#kept.get(computation);
    this.#kept.delete(computation);
    if (kept?.assignment.epoch !== epoch || kept.assignment.mergerAddress !== mergerAddress) return undefined;
    return kept;
  }
}
