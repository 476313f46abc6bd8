// An operation that may be repeated, through a time in which the server is away.
import { setTimeout as delay } from "node:timers/promises";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { natsError } from "./nats-error.ts";
import type { NatsLink } from "./nats-link.ts";

const pauseMs = 100;

/**
 * Repeats `operation` (which must do no harm when it is done twice) until it is answered. Rejects with its error when
 * that is not about reaching the server, after `natsAwayMsMax`, and with `cancelled` when `signal` says so.
 * @param doing for the error: "Writing object …"
 */
export async function whileAway<Result>(
  link: NatsLink,
  doing: string,
  operation: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const untilMs = performance.now() + limits.natsAwayMsMax;
  for (;;) {
    if (signal?.aborted) throw cancelled(doing);
    try {
      await link.whenConnected(Math.min(limits.natsRequestTimeoutMs, Math.max(1, untilMs - performance.now())));
      return await operation();
    } catch (thrown) {
      const error = natsError(thrown, doing);
      const passing = error.code === "unavailable" || error.code === "timed-out";
      if (!passing || link.connection.isClosed() || performance.now() + pauseMs >= untilMs) throw error;
    }
    await delay(pauseMs);
  }
}

function cancelled(doing: string): ArrasError {
  return new ArrasError("cancelled", { message: `${doing} was cancelled`, action: "Start it again if it is wanted." });
}
