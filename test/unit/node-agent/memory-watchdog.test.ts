import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isOverLimit, memoryExceeded } from "../../../node-agent/memory-watchdog.ts";
import { readResidentSet } from "../../../node-agent/resident-set.ts";

describe("a computation's memory against its limit", () => {
  it.each([
    ["below", 99, 99, false],
    ["at it", 100, 100, false],
    ["above", 101, 101, true],
    ["above between two readings", 50, 101, true],
  ])("%s", (_, residentBytes, peakBytes, isOver) => {
    expect(isOverLimit(100, { residentBytes, peakBytes })).toBe(isOver);
  });

  it("the error names limit, peak, node and computation, and a memoryMB that would do", () => {
    const where = { session: "s", computation: "mcrt_i12", node: "n", host: "h" };
    const error = memoryExceeded(1536 * 2 ** 20, 1600 * 2 ** 20, where);
    expect(error.code).toBe("memory-exceeded");
    expect(error.message).toBe("mcrt_i12 on h passed its memory limit of 1536 MB (peak 1600 MB) and was ended");
    expect(error.action).toContain("Raise mcrt's memoryMB in the session definition (-s) above 2000");
    expect(error.place).toEqual({ session: "s", computation: "mcrt_i12", node: "n" });
  });
});

describe.skipIf(!existsSync("/proc/self/status"))("the resident set", () => {
  it("of this process is about what Node.js says, and its peak is no less", () => {
    const reading = readResidentSet(process.pid);
    const said = process.memoryUsage.rss();
    expect(reading?.residentBytes).toBeGreaterThan(said * 0.8);
    expect(reading?.residentBytes).toBeLessThan(said * 1.25);
    expect(reading?.peakBytes).toBeGreaterThanOrEqual(reading?.residentBytes ?? Number.NaN);
  });

  it("of a process that is gone is unknown", () => {
    expect(readResidentSet(2 ** 22 + 1)).toBeUndefined();
  });
});
