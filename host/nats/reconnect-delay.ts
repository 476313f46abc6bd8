// How long to wait before the next attempt to reach NATS. Pure.
import { limits } from "../../proto/limits.ts";

/**
 * A quarter of the time it has been away, so the attempts thin out (exponentially) without a count, ± half of that
 * by chance, so that a thousand agents do not come back in one moment.
 * @param random in [0, 1)
 */
export function reconnectDelayMs(awayMs: number, random: number): number {
  const { natsReconnectDelayMsMin, natsReconnectDelayMsMax } = limits;
  const middleMs = Math.min(Math.max(awayMs / 4, natsReconnectDelayMsMin), natsReconnectDelayMsMax);
  return Math.round(middleMs * (0.5 + random));
}
