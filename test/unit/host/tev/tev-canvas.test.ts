// What is sent of a canvas, against what was drawn: decoded as tev decodes it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TevCanvas } from "../../../../host/tev/tev-canvas.ts";
import { limits } from "../../../../proto/limits.ts";
import { TevImages } from "../../../fakes/tev-viewer.ts";

interface Step {
  readonly rect: { readonly x: number; readonly y: number; readonly widthPx: number; readonly heightPx: number };
  readonly packetCount: number;
  readonly restarts: boolean;
}

const image = { name: "im", widthPx: 200, heightPx: 150, channelNames: ["R", "G"] };
const whole = { x: 0, y: 0, widthPx: 200, heightPx: 150 };
const filled = (rect: { widthPx: number; heightPx: number }, value: (at: number) => number) =>
  Float32Array.from({ length: 2 * rect.widthPx * rect.heightPx }, (_, at) => value(at));

function send(canvas: TevCanvas, images: TevImages, packetCount = Number.POSITIVE_INFINITY): void {
  for (let count = 0; count < packetCount; count++) {
    const packet = canvas.takePacket();
    if (packet === undefined) return;
    images.take(packet);
  }
}

describe("a canvas for tev", () => {
  it("nothing drawn -> the image is created, black; nothing more", () => {
    const [canvas, images] = [new TevCanvas(image), new TevImages()];
    expect(canvas.isSent).toBe(false);
    send(canvas, images);
    expect([images.createCount, images.updateCount, canvas.isSent]).toEqual([1, 0, true]);
  });

  it("drawn all over -> squares of at most the side, each once; drawn the same again -> nothing", () => {
    const [canvas, images] = [new TevCanvas(image), new TevImages()];
    canvas.draw(
      whole,
      filled(whole, (at) => at),
    );
    send(canvas, images);
    expect(images.updateCount).toBe(4);
    expect(images.largestPacketBytes).toBeLessThan(2 * 4 * limits.tevTileSidePx ** 2 + 200);
    canvas.draw(
      whole,
      filled(whole, (at) => at),
    );
    send(canvas, images);
    expect(images.updateCount).toBe(4);
    canvas.draw({ x: 130, y: 140, widthPx: 1, heightPx: 1 }, Float32Array.from([-1, -2]));
    send(canvas, images);
    expect(images.updateCount).toBe(5);
    expect(images.images.get("im")?.channels.get("G")?.[140 * 200 + 130]).toBe(-2);
  });

  it("no number is drawn twice -> is no change", () => {
    const [canvas, images] = [new TevCanvas(image), new TevImages()];
    for (let times = 0; times < 2; times++) {
      canvas.draw({ x: 0, y: 0, widthPx: 1, heightPx: 1 }, Float32Array.from([Number.NaN, Number.POSITIVE_INFINITY]));
      send(canvas, images);
    }
    expect(images.updateCount).toBe(1);
  });

  it("tev is another one -> all that was ever drawn is sent again", () => {
    const canvas = new TevCanvas(image);
    canvas.draw(
      whole,
      filled(whole, () => 3),
    );
    send(canvas, new TevImages());
    canvas.forgetSent();
    const images = new TevImages();
    send(canvas, images);
    expect(new Set(images.images.get("im")?.channels.get("R"))).toEqual(new Set([3]));
  });

  it("any rectangles, sent at any pace, tev restarted in between -> it shows what was drawn last", () => {
    const rects = fc
      .record({
        x: fc.nat(199),
        y: fc.nat(149),
        widthPx: fc.integer({ min: 1, max: 200 }),
        heightPx: fc.integer({ min: 1, max: 150 }),
      })
      .map((rect) => ({
        ...rect,
        widthPx: Math.min(rect.widthPx, 200 - rect.x),
        heightPx: Math.min(rect.heightPx, 150 - rect.y),
      }));
    const steps = fc.array(fc.record({ rect: rects, packetCount: fc.nat(3), restarts: fc.boolean() }), {
      maxLength: 8,
    });
    const isShown = (all: readonly Step[]) => {
      const canvas = new TevCanvas(image);
      const expected = new Float32Array(200 * 150);
      let images = new TevImages();
      for (const [step, { rect, packetCount, restarts }] of all.entries()) {
        canvas.draw(rect, new Float32Array(2 * rect.widthPx * rect.heightPx).fill(step + 1));
        for (let y = rect.y; y < rect.y + rect.heightPx; y++)
          expected.fill(step + 1, y * 200 + rect.x, y * 200 + rect.x + rect.widthPx);
        if (restarts) {
          images = new TevImages();
          canvas.forgetSent();
        }
        send(canvas, images, packetCount);
      }
      send(canvas, images);
      expect(images.images.get("im")?.channels.get("R")).toEqual(expected);
    };
    fc.assert(fc.property(steps, isShown), { numRuns: 10 });
  });

  it("outside the image, other values than its pixels', an image without pixels -> refused", () => {
    const canvas = new TevCanvas(image);
    expect(() => canvas.draw({ x: 199, y: 0, widthPx: 2, heightPx: 1 }, new Float32Array(4))).toThrow(RangeError);
    expect(() => canvas.draw({ x: 0, y: 149, widthPx: 1, heightPx: 2 }, new Float32Array(4))).toThrow(RangeError);
    expect(() => canvas.draw({ x: 0, y: 0, widthPx: 1, heightPx: 1 }, new Float32Array(3))).toThrow(RangeError);
    expect(() => new TevCanvas({ ...image, widthPx: 0 })).toThrow(RangeError);
  });
});
