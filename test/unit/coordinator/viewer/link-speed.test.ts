// A viewer's bandwidth, and the encoding that it carries.
import { describe, expect, it } from "vitest";
import { LinkSpeed } from "../../../../coordinator/viewer/link-speed.ts";
import { PreviewEncoding } from "../../../../proto/gen/arras/v1/preview_pb.ts";

const sizeBytes = 1_000_000;

/** Frames of a link one after the other, each of which took so long. */
function link() {
  const speed = new LinkSpeed();
  let nowMs = 0;
  const frames = (...tripsMs: readonly number[]) =>
    tripsMs.map((tripMs) => {
      const index = speed.sent(sizeBytes, nowMs);
      nowMs += tripMs;
      return speed.arrived(index, nowMs);
    });
  return { speed, frames };
}

describe("a viewer's link", () => {
  it("nothing is known -> half floats", () => {
    expect(new LinkSpeed()).toMatchObject({ bytesPerSecond: 0, encoding: PreviewEncoding.HALF });
  });

  it("a megabyte in a second, three times -> measured, and pictures from then on; told once", () => {
    const { speed, frames } = link();
    expect(frames(1000, 1000, 1000, 1000)).toEqual([false, false, true, false]);
    expect(speed).toMatchObject({ bytesPerSecond: 1_000_000, encoding: PreviewEncoding.WEBP });
  });

  it("a link at the border -> no change to and fro: half floats again only well above it", () => {
    const { speed, frames } = link();
    frames(1000, 1000, 1000);
    expect(frames(400, 400, 400, 400, 400, 400, 400, 400).some((changed) => changed)).toBe(false);
    expect(frames(10).at(-1)).toBe(true);
    expect(speed.encoding).toBe(PreviewEncoding.HALF);
  });

  it("a fast link with slow frames now and then -> half floats all the time", () => {
    const { speed, frames } = link();
    expect(frames(10, 1000, 10, 1000, 1000, 10).some((changed) => changed)).toBe(false);
    expect(speed.encoding).toBe(PreviewEncoding.HALF);
  });

  it("a narrow cable behind a buffer that takes the first frames at once -> pictures after a few frames of a second", () => {
    const { speed, frames } = link();
    frames(5, 5);
    expect(frames(3000, 3000, 3000, 3000, 3000, 3000, 3000)).toContain(true);
    expect(speed.encoding).toBe(PreviewEncoding.WEBP);
  });

  it("the same, and frames that a busy machine delays for a tenth of a second -> half floats for all of ten", () => {
    const speed = new LinkSpeed();
    const arrives = (tripMs: number, nowMs: number) => speed.arrived(speed.sent(100_000, nowMs), nowMs + tripMs);
    arrives(5, 0);
    for (let at = 1; at <= 10; at++) expect(arrives(100, at * 1000)).toBe(false);
    expect(speed.encoding).toBe(PreviewEncoding.HALF);
  });

  it("pictures over a link that was slow and is fast -> they are enough to go back to half floats", () => {
    const { speed, frames } = link();
    frames(1000, 1000, 1000);
    expect(speed.encoding).toBe(PreviewEncoding.WEBP);
    let nowMs = 10_000;
    for (let at = 0; at < 10; at++) {
      speed.arrived(speed.sent(10_000, nowMs), nowMs + 2);
      nowMs += 100;
    }
    expect(speed.encoding).toBe(PreviewEncoding.HALF);
  });

  it("small frames, and arrivals of nothing -> no measurement: their time is the way there and back", () => {
    const speed = new LinkSpeed();
    const index = speed.sent(1000, 0);
    expect(speed.arrived(index, 5000)).toBe(false);
    expect(speed.arrived(9, 5000)).toBe(false);
    expect(speed.bytesPerSecond).toBe(0);
  });

  it("a long way that small frames have shown -> counts as no want of bandwidth", () => {
    const speed = new LinkSpeed();
    speed.arrived(speed.sent(1000, 0), 200);
    const index = speed.sent(sizeBytes, 1000);
    expect(speed.arrived(index, 1300)).toBe(false);
    expect(speed.bytesPerSecond).toBe(10_000_000);
  });

  it("two frames at once -> the second is measured from when the first had arrived", () => {
    const speed = new LinkSpeed();
    const [first, second] = [speed.sent(sizeBytes, 0), speed.sent(sizeBytes, 0)];
    speed.arrived(first, 100);
    speed.arrived(second, 200);
    expect(speed.bytesPerSecond).toBe(10_000_000);
  });

  it("arrivals that never come -> nothing grows, and later ones count", () => {
    const speed = new LinkSpeed();
    for (let at = 0; at < 1000; at++) speed.sent(sizeBytes, at);
    expect(speed.arrived(1, 2000)).toBe(false);
    expect(speed.bytesPerSecond).toBe(0);
    speed.arrived(1000, 1999);
    expect(speed.bytesPerSecond).toBe(1_000_000);
  });

  it("a fast link whose pictures a busy machine delays -> what is sent to measure it shows that it is fast", () => {
    const speed = new LinkSpeed();
    let nowMs = 0;
    const arrives = (sizeBytes: number, tripMs: number) => {
      const index = speed.sent(sizeBytes, nowMs);
      nowMs += tripMs;
      return speed.arrived(index, nowMs);
    };
    for (let at = 0; at < 3; at++) arrives(1_000_000, 1000);
    expect(speed.encoding).toBe(PreviewEncoding.WEBP);
    // 15 kB in 10 ms would be a slow link.
    for (let at = 0; at < 50; at++) arrives(15_000, 10);
    expect([speed.encoding, speed.paddingDue(nowMs)]).toEqual([PreviewEncoding.WEBP, 0]);
    for (let at = 0; at < 20 && speed.encoding === PreviewEncoding.WEBP; at++) {
      nowMs += 1000;
      const paddingSizeBytes = speed.paddingDue(nowMs);
      if (paddingSizeBytes > 0) arrives(paddingSizeBytes, 10);
    }
    expect(speed.encoding).toBe(PreviewEncoding.HALF);
    expect(speed.paddingDue(nowMs + 1_000_000)).toBe(0);
  });

  it("a link that is slow -> measured so ever more seldom: ten times in eight minutes, and then each minute", () => {
    const { speed, frames } = link();
    frames(1000, 1000, 1000);
    const due: number[] = [];
    for (let nowMs = 3000; nowMs < 8 * 60_000; nowMs += 1000) if (speed.paddingDue(nowMs) > 0) due.push(nowMs);
    expect(due.length).toBeLessThanOrEqual(12);
    expect(due.slice(0, 3).map((nowMs) => nowMs - 3000)).toEqual([2000, 6000, 14_000]);
    expect(due.at(-1)! - due.at(-2)!).toBe(60_000);
  });

  it("a link that carries half floats -> nothing is sent to measure it", () => {
    expect(new LinkSpeed().paddingDue(1_000_000)).toBe(0);
  });
});
