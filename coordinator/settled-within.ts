// Patience with what may hang: how long it is waited for is an argument.
import type { Clock } from "../host/clock.ts";

/** Resolves with true when `work` has settled, or with false when that takes longer than `patienceMs`. Never rejects. */
export function settledWithin(clock: Clock, work: Promise<unknown>, patienceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(patienceMs, () => resolve(false));
    const settled = () => {
      timer.cancel();
      resolve(true);
    };
    work.then(settled, settled);
  });
}
