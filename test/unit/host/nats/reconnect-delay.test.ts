// The wait between attempts to reach NATS.
import fc from "fast-check";
import { expect, it } from "vitest";
import { reconnectDelayMs } from "../../../../host/nats/reconnect-delay.ts";
import { limits } from "../../../../proto/limits.ts";

it("any time away, any chance -> within half and one and a half of the bounds", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (awayMs, random) => {
        const delayMs = reconnectDelayMs(awayMs, random);
        expect(delayMs).toBeGreaterThanOrEqual(limits.natsReconnectDelayMsMin / 2);
        expect(delayMs).toBeLessThanOrEqual(limits.natsReconnectDelayMsMax * 1.5);
      },
    ),
  );
});

it("away for longer -> a longer wait; a minute away -> fewer than a hundred attempts", () => {
  expect([0, 400, 4000, 60_000].map((awayMs) => reconnectDelayMs(awayMs, 0.5))).toEqual([50, 100, 1000, 1000]);
  let attempts = 0;
  for (let awayMs = 0; awayMs < 60_000; awayMs += reconnectDelayMs(awayMs, 0.5)) attempts++;
  expect(attempts).toBeLessThan(100);
});
