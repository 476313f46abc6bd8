// Hearing oneself on a bus that may carry nothing.
import { expect, it } from "vitest";
import { BusEcho } from "../../../host/bus-echo.ts";
import { InMemoryBus } from "../../../host/in-memory-bus.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { settled } from "../../fakes/settled.ts";

class FaultyBus extends InMemoryBus {
  isDeaf = false;

  override publish(subject: string, message: Uint8Array): void {
    if (!this.isDeaf) super.publish(subject, message);
  }
}

it("the bus carries nothing for a while -> not heard within a heartbeat's time; then it is again, at once", async () => {
  const [bus, clock] = [new FaultyBus(), new FakeClock()];
  const echo = new BusEcho(bus, clock, "arras.v1.echo.me");
  for (let round = 0; round < 10; round += 1) {
    clock.advance(limits.heartbeatIntervalMs / 2);
    await settled();
    expect(echo.isHeard).toBe(true);
  }
  bus.isDeaf = true;
  clock.advance(limits.heartbeatIntervalMs);
  expect(echo.isHeard).toBe(true);
  clock.advance(1);
  expect(echo.isHeard).toBe(false);
  bus.isDeaf = false;
  clock.advance(limits.heartbeatIntervalMs / 2);
  await settled();
  expect(echo.isHeard).toBe(true);
  echo.end();
  expect(clock.timerCount).toBe(0);
});
