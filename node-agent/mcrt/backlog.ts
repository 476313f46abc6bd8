// What an mcrt was granted and has not begun, in the order in which it will be begun. Pure.
//
// The first of it are announced: the coordinator is told that they come next while others render, so that a thread goes
// from one unit to the next without waiting for a report to leave. No more are announced than threads render, because
// each is blamed for a crash.
import { type Unit, type UnitKey, unitKey } from "../../proto/unit.ts";

export interface Begun {
  readonly unit: Unit;
  readonly isAnnounced: boolean;
  /** Of one that is announced: resolves when that has left this process; absent where it has already. */
  readonly told?: Promise<void> | undefined;
}

export class Backlog {
  readonly #announced: Begun[] = [];
  readonly #granted: Unit[] = [];

  get announcedCount(): number {
    return this.#announced.length;
  }

  push(units: readonly Unit[]): void {
    this.#granted.push(...units);
  }

  /** The next one, taken out. */
  take(): Begun | undefined {
    const announced = this.#announced.shift();
    if (announced !== undefined) return announced;
    const unit = this.#granted.shift();
    return unit && { unit, isAnnounced: false };
  }

  /** The first that is not announced. `announced` follows, with the same unit, before anything else. */
  get toAnnounce(): Unit | undefined {
    return this.#granted[0];
  }

  /** `told`: as in `Begun`. */
  announced(unit: Unit, told: Promise<void> | undefined): void {
    if (this.#granted[0] !== unit) throw new Error("announced() without toAnnounce");
    this.#granted.shift();
    this.#announced.push({ unit, isAnnounced: true, told });
  }

  /** Returns how many there were. */
  drop(keys: ReadonlySet<UnitKey>): number {
    const before = this.#announced.length + this.#granted.length;
    keep(this.#announced, ({ unit }) => !keys.has(unitKey(unit)));
    keep(this.#granted, (unit) => !keys.has(unitKey(unit)));
    return before - this.#announced.length - this.#granted.length;
  }

  clear(): void {
    this.#announced.length = 0;
    this.#granted.length = 0;
  }
}

function keep<T>(list: T[], isKept: (item: T) => boolean): void {
  list.splice(0, list.length, ...list.filter(isKept));
}
