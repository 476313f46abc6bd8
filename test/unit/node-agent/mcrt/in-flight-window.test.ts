// The window of contributions in flight: bounds, order, and its end.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InFlightWindow } from "../../../../node-agent/mcrt/in-flight-window.ts";
import { limits } from "../../../../proto/limits.ts";

/** Notes the names of those who entered, in their order. */
class Entrance {
  readonly entered: string[] = [];
  readonly window: InFlightWindow;

  constructor(countMax: number, sizeBytesMax: number) {
    this.window = new InFlightWindow(countMax, sizeBytesMax);
  }

  async enter(name: string, sizeBytes: number): Promise<void> {
    void this.window.enter(sizeBytes).then(() => this.entered.push(name));
    await Promise.resolve();
  }

  async leave(sizeBytes: number): Promise<void> {
    this.window.leave(sizeBytes);
    await Promise.resolve();
  }
}

describe("the in-flight window", () => {
  it("full by count -> the next waits until one leaves", async () => {
    const entrance = new Entrance(2, 100);
    for (const name of ["a", "b", "c", "d"]) await entrance.enter(name, 1);
    expect(entrance.entered).toEqual(["a", "b"]);
    await entrance.leave(1);
    expect(entrance.entered).toEqual(["a", "b", "c"]);
    expect(entrance.window.count).toBe(2);
  });

  it("full by bytes -> the next waits, and smaller ones behind it do not overtake", async () => {
    const entrance = new Entrance(8, 100);
    await entrance.enter("a", 60);
    await entrance.enter("b", 50);
    await entrance.enter("c", 1);
    expect(entrance.entered).toEqual(["a"]);
    await entrance.leave(60);
    expect(entrance.entered).toEqual(["a", "b", "c"]);
  });

  it("one that is larger than the window -> goes alone", async () => {
    const entrance = new Entrance(8, 100);
    await entrance.enter("a", 1);
    await entrance.enter("b", 500);
    await entrance.enter("c", 1);
    await entrance.leave(1);
    expect(entrance.entered).toEqual(["a", "b"]);
    await entrance.leave(500);
    expect(entrance.entered).toEqual(["a", "b", "c"]);
  });

  it("it is closed -> all who wait and all who come later go on", async () => {
    const entrance = new Entrance(1, 100);
    for (const name of ["a", "b", "c"]) await entrance.enter(name, 1);
    entrance.window.close();
    await entrance.enter("d", 1000);
    await Promise.resolve();
    expect(entrance.entered).toEqual(["a", "b", "c", "d"]);
  });

  it("leave without enter -> a mistake of the caller, thrown", () => {
    expect(() => new InFlightWindow().leave(1)).toThrow("leave() without enter()");
  });

  it("any sizes -> all enter in order, never more than the bounds, unless one is alone", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 30 }), async (sizes) => {
        const window = new InFlightWindow(3, 50);
        const inside: number[] = [];
        const order: number[] = [];
        sizes.forEach((size, at) => {
          void window.enter(size).then(() => {
            inside.push(size);
            order.push(at);
          });
        });
        for (let left = 0; left < sizes.length; left++) {
          await Promise.resolve();
          expect(inside.length).toBeGreaterThan(0);
          expect(inside.length).toBeLessThanOrEqual(3);
          if (inside.length > 1) expect(inside.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(50);
          window.leave(inside.shift()!);
        }
        expect(order).toEqual(sizes.map((_, at) => at));
      }),
    );
  });

  it("its defaults are the limits", async () => {
    const window = new InFlightWindow();
    for (let count = 0; count < limits.inFlightContributionsMax + 1; count++) void window.enter(1);
    expect(window.count).toBe(limits.inFlightContributionsMax);
  });
});
