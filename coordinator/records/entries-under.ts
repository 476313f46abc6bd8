// All that is under a prefix of a key-value store now, in no order.

import type { Clock } from "../../host/clock.ts";
import type { Entry, KeyValue } from "../../host/nats/key-value.ts";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";

/** Rejects with `timed-out` where the store does not say all of it in time. */
export function entriesUnder(store: Pick<KeyValue, "watch">, prefix: string, clock: Clock): Promise<Entry[]> {
  const found = new Map<string, Entry>();
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      // Not at once: the watch may be current before its subscription is in our hands.
      void Promise.resolve().then(() => watch.unsubscribe());
      timer.cancel();
      settle();
    };
    const timer = clock.after(limits.natsRequestTimeoutMs, () => end(() => reject(tooSlow(prefix))));
    const watch = store.watch(prefix, (change) => {
      if (change.t === "began") found.clear();
      else if (change.t === "deleted") found.delete(change.key);
      else if (change.t === "current") end(() => resolve([...found.values()]));
      else found.set(change.entry.key, change.entry);
    });
  });
}

function tooSlow(prefix: string): ArrasError {
  return new ArrasError("timed-out", {
    message: `The list of what is kept under "${prefix}" did not come in time`,
    action: "Is NATS reachable? Try again.",
  });
}
