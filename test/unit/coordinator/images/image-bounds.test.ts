import fc from "fast-check";
import { expect, it } from "vitest";
import { imagesToRemove, isExpired, newestFirst, sizeBytesOf } from "../../../../coordinator/images/image-bounds.ts";
import { keptImagesOf } from "../../../fakes/image-shelves.ts";
import { digestOf } from "../../../fakes/resumable-sessions.ts";

const sessions = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 1000 })), { maxLength: 20 })
  .map((all) =>
    all.map(([savedAtMs, sizeBytes], index) =>
      keptImagesOf(`s${index}`, {
        savedAtMs: BigInt(savedAtMs),
        images: [{ name: "film.exr", digest: digestOf(1), sizeBytes: BigInt(sizeBytes), contentType: "" }],
      }),
    ),
  );
const bounds = { sessionsMax: 6, keptMs: 60, capacityBytes: 4000 };
const nowMs = 100;

it("any sessions -> what stays is within all bounds, but for the newest; what goes is older than what stays", () => {
  fc.assert(
    fc.property(sessions, (all) => {
      const removed = new Set(imagesToRemove(all, bounds, nowMs));
      const staying = newestFirst(all).filter((each) => !removed.has(each));
      expect(staying.length).toBeLessThanOrEqual(bounds.sessionsMax);
      expect(staying.every((each) => !isExpired(each, bounds.keptMs, nowMs))).toBe(true);
      const sizeBytes = staying.reduce((sum, each) => sum + sizeBytesOf(each), 0);
      if (staying.length > 1) expect(sizeBytes).toBeLessThanOrEqual(bounds.capacityBytes * 0.75);
      const oldestMs = Math.min(...staying.map(({ savedAtMs }) => Number(savedAtMs)));
      for (const { savedAtMs } of removed) expect(Number(savedAtMs)).toBeLessThanOrEqual(oldestMs);
    }),
  );
});

it("all within bounds -> nothing goes", () => {
  const few = [keptImagesOf("a", { savedAtMs: 50n }), keptImagesOf("b", { savedAtMs: 60n })];
  expect(imagesToRemove(few, bounds, nowMs)).toEqual([]);
});
