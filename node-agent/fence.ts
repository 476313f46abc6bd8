// A node that is cut off from its farm for long ends its work by itself: nobody can tell it to, and others have taken
// over. (The picture needs no fence: what arrives late is in the film already, or is refused.)
import type { Clock, Timer } from "../host/clock.ts";
import { limits } from "../proto/limits.ts";

/** As NatsLink has it. */
export interface Reachability {
  onChange(listener: (connected: boolean) => void): () => void;
}

/**
 * Calls `cutOff` once for each absence that lasts `nodeAwayMsMax`: without its servers, or because this process stood
 * still itself. Returns the function that ends it.
 */
export function fenceWhenCutOff(link: Reachability, clock: Clock, cutOff: () => void): () => void {
  let absence: Timer | undefined;
  const unsubscribe = link.onChange((connected) => {
    absence?.cancel();
    absence = connected ? undefined : clock.after(limits.nodeAwayMsMax, cutOff);
  });
  let lookedAtMs = clock.nowMs();
  let looking: Timer;
  const look = () => {
    const nowMs = clock.nowMs();
    // While it stood still nobody was watched, and nothing was heard of what became of the work.
    if (nowMs - lookedAtMs >= limits.nodeAwayMsMax) cutOff();
    lookedAtMs = nowMs;
    looking = clock.after(limits.heartbeatIntervalMs, look);
  };
  look();
  return () => {
    unsubscribe();
    absence?.cancel();
    looking.cancel();
  };
}
