import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientOfAddress, RequestRates } from "../../../../host/door/request-rate.ts";

const bounds = { burst: 5, perSecond: 2, clientsMax: 3 };
/** Times of requests, in order. */
const times = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 100 }).map((steps) => {
  let nowMs = 0;
  return steps.map((stepMs) => (nowMs += stepMs));
});

describe("requests of one client", () => {
  it("a burst -> all of it, then one for each 1/perSecond", () => {
    const rates = new RequestRates(bounds);
    const waits = [0, 0, 0, 0, 0, 0, 499, 500, 500].map((atMs) => rates.take("a", atMs));
    expect(waits).toEqual([0, 0, 0, 0, 0, 500, 1, 0, 500]);
  });

  it("whoever waits as long as he is told -> is let in", () => {
    fc.assert(
      fc.property(times, (all) => {
        const rates = new RequestRates(bounds);
        let nowMs = 0;
        for (const atMs of all) {
          nowMs = Math.max(nowMs, atMs);
          const waitMs = rates.take("a", nowMs);
          if (waitMs === 0) continue;
          nowMs += waitMs;
          expect(rates.take("a", nowMs)).toBe(0);
        }
      }),
    );
  });

  it("any times -> never more than the burst and the rate allow, in any span", () => {
    fc.assert(
      fc.property(times, (all) => {
        const rates = new RequestRates(bounds);
        const allowed = all.filter((atMs) => rates.take("a", atMs) === 0);
        for (const [first, fromMs] of allowed.entries())
          for (const [last, untilMs] of allowed.entries()) {
            if (last < first) continue;
            const most = bounds.burst + ((untilMs - fromMs) * bounds.perSecond) / 1000;
            expect(last - first + 1).toBeLessThanOrEqual(most + 1e-9);
          }
      }),
    );
  });

  it("below the rate -> never refused, however long", () => {
    const rates = new RequestRates(bounds);
    for (let count = 0; count < 1_000; count += 1) expect(rates.take("a", count * 500)).toBe(0);
  });

  it("a clock that goes back -> no gift, no harm", () => {
    const rates = new RequestRates(bounds);
    for (let count = 0; count < 5; count += 1) rates.take("a", 10_000);
    expect(rates.take("a", 0)).toBe(500);
  });
});

describe("many clients", () => {
  it("one at its bound -> the others are let in", () => {
    const rates = new RequestRates(bounds);
    for (let count = 0; count < 9; count += 1) rates.take("a", 0);
    expect([rates.take("a", 0), rates.take("b", 0)]).toEqual([500, 0]);
  });

  it("any order of clients and times -> at most clientsMax are remembered", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(5_000))), (requests) => {
        const rates = new RequestRates(bounds);
        let nowMs = 0;
        for (const [client, stepMs] of requests) {
          nowMs += stepMs;
          rates.take(String(client), nowMs);
          expect(rates.clientCount).toBeLessThanOrEqual(bounds.clientsMax);
        }
      }),
    );
  });

  it("more clients than are remembered -> the longest silent is forgotten, not the one at its bound", () => {
    const rates = new RequestRates(bounds);
    rates.take("old", 0);
    for (let count = 0; count < 9; count += 1) rates.take("busy", 1);
    for (const client of ["b", "c"]) rates.take(client, 2);
    expect([rates.clientCount, rates.take("busy", 2)]).toEqual([3, 499]);
  });
});

describe("an address as a client", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:10.0.0.7", "10.0.0.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["", ""],
  ])("%s -> %s", (address, client) => {
    expect(clientOfAddress(address)).toBe(client);
  });
});
