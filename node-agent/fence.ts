// A node that is cut off from its farm for long ends its work by itself: nobody can tell it to, and others have taken
// over. (The picture needs no fence: what arrives late is in the film already, or is refused.)
import type { Clock, Timer } from "../host/clock.ts";
import { limits } from "../proto/limits.ts";

/** As NatsLink has it. */
export interface Reachability {
  onChange(listener: (connected: boolean) => void): () => void;
}

/** Calls `cutOff` once for each absence that lasts `nodeAwayMsMax`. Returns the function that ends it. */
export function fenceWhenCutOff(link: Reachability, clock: Clock, cutOff: () => void): () => void {
  let timer: Timer | undefined;
  const unsubscribe = link.onChange((connected) => {
    timer?.cancel();
    timer = connected ? undefined : clock.after(limits.nodeAwayMsMax, cutOff);
  });
  return () => {
    unsubscribe();
    timer?.cancel();
  };
}
