// Subjects of the bus cannot be forged by names, and limits are numbers that fit together.
import { describe, expect, it } from "vitest";
import { limits } from "../../../proto/limits.ts";
import { subjects } from "../../../proto/subjects.ts";

describe("subjects", () => {
  it("a name with what NATS gives meaning to -> one harmless token", () => {
    for (const name of ["a.b", "*", ">", "a b", "é", "a\n"]) {
      expect(subjects.launch(name).split(".")).toHaveLength(5);
      expect(subjects.launch(name)).toMatch(/^arras\.v1\.agent\.[A-Za-z0-9_-]+\.launch$/);
    }
  });

  it("a UUID -> itself; different kinds -> different subjects", () => {
    const id = "3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11";
    expect(subjects.exited(id)).toBe(`arras.v1.session.${id}.exited`);
    const all = [
      subjects.heartbeat,
      subjects.launch,
      subjects.stop,
      subjects.drain,
      subjects.adopt,
      subjects.exited,
      subjects.usage,
    ].map((of) => of(id));
    expect(new Set(all).size).toBe(all.length);
  });

  it("heartbeats -> under the subject of all of them", () => {
    expect(subjects.heartbeat("n").startsWith(subjects.allHeartbeats.slice(0, -1))).toBe(true);
  });
});

describe("limits", () => {
  it("all -> positive whole numbers, but for factors", () => {
    for (const [name, value] of Object.entries(limits)) {
      const isFitting = name.includes("Factor") ? value > 1 : Number.isSafeInteger(value) && value > 0;
      expect(isFitting, name).toBe(true);
    }
  });

  it("those that belong together -> in their order", () => {
    expect(limits.tileSizePxMin).toBeLessThan(limits.tileSizePxMax);
    expect(limits.grantUnitsMax).toBeLessThanOrEqual(limits.leasedUnitsMax);
    expect(limits.coresMax).toBeLessThanOrEqual(limits.leasedUnitsMax);
    expect(limits.restartsInARowMax).toBeLessThan(limits.restartsMax);
    expect(limits.messageSizeBytesMax).toBeLessThan(limits.inFlightContributionBytesMax);
    expect(limits.imageChunkSizeBytes).toBeLessThan(limits.messageSizeBytesMax);
    // 15 channels of float64 of the largest tile, in one message.
    expect(15 * 8 * limits.tileSizePxMax ** 2).toBeLessThan(limits.messageSizeBytesMax);
    expect(limits.holeSidePxMin).toBeLessThanOrEqual(limits.tileSizePxMin);
    expect(Math.log2(limits.sppMax) % 1).toBe(0);
  });
});
