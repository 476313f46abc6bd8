// What showing tiles again may cost: a hundredth of what rendering takes, in frames that are worth it.
import { describe, expect, it } from "vitest";
import { LookingAllowance } from "../../../../merger/preview/looking-allowance.ts";
import { limits } from "../../../../proto/limits.ts";

describe("what looking may cost", () => {
  it("little was rendered -> no tile is shown again, until a frame of eight costs a hundredth of it", () => {
    const allowance = new LookingAllowance();
    expect(allowance.tileCount(0)).toBe(0);
    expect(allowance.tileCount(910)).toBe(0);
    expect(allowance.tileCount(920)).toBe(8);
    allowance.spend(8);
    expect(allowance.tileCount(920)).toBe(0);
    expect(allowance.tileCount(2 * 920)).toBe(8);
  });

  it("nobody looked for long -> no more than one full frame at once", () => {
    const allowance = new LookingAllowance();
    expect(allowance.tileCount(1e9)).toBe(limits.previewTilesPerFrameMax);
    allowance.spend(limits.previewTilesPerFrameMax);
    expect(allowance.tileCount(1e9)).toBe(0);
  });

  it("all of a long render -> at most a hundredth of it", () => {
    const allowance = new LookingAllowance();
    let shownMs = 0;
    for (let renderedMs = 0; renderedMs <= 100_000; renderedMs += 37) {
      const count = allowance.tileCount(renderedMs);
      allowance.spend(count);
      if (count > 0) shownMs += 2 + 0.9 * count;
    }
    expect(shownMs).toBeLessThanOrEqual(1000);
    expect(shownMs).toBeGreaterThan(900);
  });

  it("much was shown while nothing was rendered -> that is no debt; another film -> begins with what it took", () => {
    const allowance = new LookingAllowance();
    allowance.spend(128);
    expect(allowance.tileCount(920)).toBe(8);
    allowance.spend(8);
    expect(allowance.tileCount(100)).toBe(0);
    expect(allowance.tileCount(920)).toBe(8);
  });
});
