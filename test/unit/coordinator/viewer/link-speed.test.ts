// A viewer's bandwidth, and the encoding that it carries.
import { describe, expect, it } from "vitest";
import { LinkSpeed } from "../../../../coordinator/viewer/link-speed.ts";
import { PreviewEncoding } from "../../../../proto/gen/arras/v1/preview_pb.ts";

const sizeBytes = 1_000_000;

/** One frame that took so long, then the next. */
function frames(speed: LinkSpeed, ...tripsMs: readonly number[]): boolean[] {
  let nowMs = 0;
  return tripsMs.map((tripMs, at) => {
    speed.sent(BigInt(at + 1), sizeBytes, nowMs);
    nowMs += tripMs;
    return speed.acknowledged(BigInt(at + 1), nowMs);
  });
}

describe("a viewer's link", () => {
  it("nothing is known -> half floats", () => {
    expect(new LinkSpeed()).toMatchObject({ bytesPerSecond: 0, encoding: PreviewEncoding.HALF });
  });

  it("a megabyte in a second -> measured, and pictures from then on; told once", () => {
    const speed = new LinkSpeed();
    expect(frames(speed, 1000, 1000)).toEqual([true, false]);
    expect(speed).toMatchObject({ bytesPerSecond: 1_000_000, encoding: PreviewEncoding.WEBP });
  });

  it("a link at the border -> no change to and fro: half floats again only well above it", () => {
    const speed = new LinkSpeed();
    frames(speed, 1000);
    expect(frames(speed, 400, 400, 400, 400, 400, 400, 400, 400).some((changed) => changed)).toBe(false);
    expect(frames(speed, 10).at(-1)).toBe(true);
    expect(speed.encoding).toBe(PreviewEncoding.HALF);
  });

  it("small frames, and acknowledgements of nothing -> no measurement: their time is latency", () => {
    const speed = new LinkSpeed();
    speed.sent(1n, 1000, 0);
    expect(speed.acknowledged(1n, 5000)).toBe(false);
    expect(speed.acknowledged(9n, 5000)).toBe(false);
    expect(speed.bytesPerSecond).toBe(0);
  });
});
