// How many pieces are under way at once, on ways of different length and width.
import { describe, expect, it } from "vitest";
import { TransferWindow } from "../../../../host/nats/transfer-window.ts";
import { settled } from "../../../fakes/settled.ts";

const pieceBytes = 262_144;

/** A way of so many bytes a second, in order, with so long a time there and back. Returns what it took and the longest queue. */
async function transfer(way: { bytesPerSecond: number; roundTripMs: number }, pieceCount: number, countMax = 32) {
  let nowMs = 0;
  let freeAtMs = 0;
  const arrivals: { readonly atMs: number; readonly arrive: () => void }[] = [];
  let longestMs = 0;
  const window = new TransferWindow(countMax, () => nowMs);
  const counts: number[] = [];
  let doneCount = 0;
  for (let piece = 0; piece < pieceCount; piece++) {
    void window
      .run(() => {
        freeAtMs = Math.max(freeAtMs, nowMs) + (pieceBytes / way.bytesPerSecond) * 1000;
        const atMs = freeAtMs + way.roundTripMs;
        longestMs = Math.max(longestMs, atMs - nowMs);
        return new Promise<void>((arrive) => arrivals.push({ atMs, arrive }));
      })
      .then(() => {
        doneCount += 1;
        counts.push(window.count);
      });
  }
  while (doneCount < pieceCount) {
    await settled();
    const next = arrivals.shift();
    if (next === undefined) continue;
    nowMs = next.atMs;
    next.arrive();
  }
  await settled();
  return { tookMs: nowMs, longestMs, counts, idealMs: (pieceBytes / way.bytesPerSecond) * 1000 * pieceCount };
}

describe("pieces under way", () => {
  it("a wide way -> as many as may be, soon", async () => {
    const { counts } = await transfer({ bytesPerSecond: 1e9, roundTripMs: 20 }, 200);
    expect(counts.at(60)).toBe(32);
    expect(Math.max(...counts)).toBe(32);
  });

  it("1 MB/s -> as fast as it goes, and no piece waits for more than two seconds", async () => {
    const { tookMs, idealMs, longestMs } = await transfer({ bytesPerSecond: 1e6, roundTripMs: 20 }, 100);
    expect(tookMs).toBeLessThan(1.05 * idealMs);
    expect(longestMs).toBeLessThan(2_000);
  });

  it("100 KB/s -> one at a time: nothing else on the connection waits for longer than one piece", async () => {
    const { tookMs, idealMs, longestMs, counts } = await transfer({ bytesPerSecond: 1e5, roundTripMs: 20 }, 20);
    expect(new Set(counts)).toEqual(new Set([1]));
    expect(tookMs).toBeLessThan(1.05 * idealMs);
    expect(longestMs).toBeLessThan(3_000);
  });

  it("10 MB/s over half a world -> three quarters of it at least", async () => {
    const { tookMs, idealMs } = await transfer({ bytesPerSecond: 10e6, roundTripMs: 250 }, 400);
    expect(tookMs).toBeLessThan(idealMs / 0.75);
  });

  it("pieces fail -> fewer, once for all that were under way together, at least one", async () => {
    const window = new TransferWindow(32, () => 0);
    for (let round = 0; round < 10; round++) await window.run(async () => {});
    const before = window.count;
    expect(before).toBe(11);
    const fails = Array.from({ length: 5 }, () => window.run(() => Promise.reject(new Error("lost"))).catch(() => {}));
    await Promise.all(fails);
    expect(window.count).toBeLessThan(before);
    expect(window.count).toBeGreaterThanOrEqual(1);
    for (let round = 0; round < 100; round++) await window.run(() => Promise.reject(new Error("lost"))).catch(() => {});
    expect(window.count).toBe(1);
  });

  it("more wait than may go -> in their order, never more at once than may", async () => {
    const window = new TransferWindow(3, () => 0);
    const order: number[] = [];
    let underWay = 0;
    let most = 0;
    const all = Array.from({ length: 20 }, (_, at) =>
      window.run(async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        order.push(at);
        await settled();
        underWay -= 1;
      }),
    );
    await Promise.all(all);
    expect(order).toEqual(order.slice().sort((a, b) => a - b));
    expect(most).toBe(3);
  });
});
