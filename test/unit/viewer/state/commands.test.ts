// What keys change of what is seen.
import { describe, expect, it } from "vitest";
import { choicesAfter, comparable, framingAfter } from "../../../../viewer/state/commands.ts";
import { filmPoint, fitted } from "../../../../viewer/state/framing.ts";
import type { Command } from "../../../../viewer/state/key-map.ts";
import { initialChoices, snapshotName, type ViewChoices } from "../../../../viewer/state/view-choices.ts";

const outputs = ["beauty", "normal", "samples"];
const pressed = (choices: ViewChoices, commands: readonly Command[], hasSnapshot = false) =>
  commands.reduce((now, command) => choicesAfter(now, command, { outputs, hasSnapshot }), choices);

describe("keys for the display", () => {
  it("exposure up twice and down once -> half a stop", () => {
    expect(pressed(initialChoices, ["exposure-up", "exposure-up", "exposure-down"]).exposureStops).toBe(0.5);
  });

  it("tone three times -> the first again", () => {
    expect(pressed(initialChoices, ["tone-next"]).tone).toBe("filmic");
    expect(pressed(initialChoices, ["tone-next", "tone-next", "tone-next"])).toEqual(initialChoices);
  });

  it("channels and gamma, then plain -> as at first", () => {
    expect(pressed(initialChoices, ["channel-luminance"]).channel).toBe("luminance");
    expect(pressed(initialChoices, ["channel-g", "gamma-up", "gamma-down", "gamma-up", "display-plain"])).toEqual(
      initialChoices,
    );
  });

  it("denoise -> in the picture's place, and back; nothing where there is no denoiser", () => {
    const seen = { outputs: ["beauty", "denoised"], hasSnapshot: false };
    const denoised = choicesAfter(initialChoices, "denoise", seen);
    expect(denoised.output).toBe("denoised");
    expect(choicesAfter(denoised, "denoise", seen)).toEqual(initialChoices);
    expect(pressed(initialChoices, ["denoise"])).toEqual(initialChoices);
  });

  it("outputs -> next and previous, round", () => {
    expect(pressed(initialChoices, ["output-next"]).output).toBe("normal");
    expect(pressed(initialChoices, ["output-previous"]).output).toBe("samples");
  });

  it("compare again and again -> each other output, the snapshot where there is one, nothing", () => {
    expect(pressed(initialChoices, ["compare-next"]).compared).toBe("normal");
    expect(pressed(initialChoices, ["compare-next", "compare-next", "compare-next"]).compared).toBeUndefined();
    expect(pressed(initialChoices, ["compare-next", "compare-next", "compare-next"], true).compared).toBe(snapshotName);
    expect(comparable(initialChoices, outputs, true)).toEqual([undefined, "normal", "samples", snapshotName]);
  });

  it("a key for the framing -> choices stay", () => {
    expect(pressed(initialChoices, ["fit"])).toBe(initialChoices);
  });
});

describe("keys for the framing", () => {
  const frame = { film: { width: 200, height: 100 }, page: { width: 400, height: 400 }, devicePixelRatio: 1 };
  const start = fitted(frame.film, frame.page);

  it("zoom in and out -> where it was, the middle stays", () => {
    const inside = framingAfter(start, "zoom-in", frame);
    expect(inside.scale).toBeCloseTo(2.5);
    expect(filmPoint(inside, { x: 200, y: 200 })).toEqual({ x: 100, y: 50 });
    expect(framingAfter(inside, "zoom-out", frame).scale).toBeCloseTo(start.scale);
  });

  it("look right -> the film goes left", () => {
    expect(framingAfter(start, "pan-right", frame).origin.x).toBeLessThan(start.origin.x);
    expect(framingAfter(start, "pan-left", frame).origin.x).toBeGreaterThan(start.origin.x);
    expect(framingAfter(start, "pan-down", frame).origin.y).toBeLessThan(start.origin.y);
    expect(framingAfter(start, "pan-up", frame).origin.y).toBeGreaterThan(start.origin.y);
  });

  it("one to one, then fit -> as at first; other keys leave it", () => {
    expect(framingAfter(start, "one-to-one", frame).scale).toBe(1);
    expect(framingAfter(framingAfter(start, "one-to-one", frame), "fit", frame)).toEqual(start);
    expect(framingAfter(start, "help", frame)).toBe(start);
  });
});
