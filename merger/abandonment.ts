// Whether the merger's coordinator is gone: nobody watches the ledger any more. Without this a merger whose coordinator
// died would hold its memory for ever.
import type { Clock } from "../host/clock.ts";
import { limits } from "../proto/limits.ts";

const lookIntervalMs = 1_000;

/** Resolves when there has been no watcher for `coordinatorAwayMsMax`. */
export function whenAbandoned(clock: Clock, hasWatchers: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let watchedAtMs = clock.nowMs();
    const look = () => {
      if (hasWatchers()) watchedAtMs = clock.nowMs();
      if (clock.nowMs() - watchedAtMs >= limits.coordinatorAwayMsMax) resolve();
      else clock.after(lookIntervalMs, look);
    };
    look();
  });
}
