// Drags and the wheel as moves of the camera.
import { describe, expect, it } from "vitest";
import { distanceOf } from "../../../../viewer/state/camera.ts";
import { dragged, pinched, wheeled } from "../../../../viewer/state/drag.ts";
import { frontPose } from "../../../fakes/camera-poses.ts";

const plain = { shiftKey: false, ctrlKey: false, altKey: false, buttons: 1 };
const by = { x: 100, y: 50 };

describe("the camera tool", () => {
  it("a drag -> orbits: dragged down, the camera rises", () => {
    const next = dragged(frontPose, by, 500, plain);
    expect(next.at).toEqual(frontPose.at);
    expect(next.from[1]).toBeGreaterThan(0);
    expect(next.from[0]).toBeLessThan(0);
  });

  it.each([
    ["Shift", { ...plain, shiftKey: true }],
    ["the middle button", { ...plain, buttons: 4 }],
  ])("with %s -> pans: what is seen goes with the pointer", (_, keys) => {
    const next = dragged(frontPose, by, 500, keys);
    expect(next.at[0]).toBeLessThan(0);
    expect(next.at[1]).toBeGreaterThan(0);
  });

  it.each([
    ["Ctrl", { ...plain, ctrlKey: true }],
    ["the right button", { ...plain, buttons: 2 }],
  ])("with %s -> looks around from where it stands", (_, keys) => {
    const next = dragged(frontPose, by, 500, keys);
    expect(next.from).toEqual(frontPose.from);
    expect(next.at[0]).toBeLessThan(0);
  });

  it("with Alt -> rolls", () => {
    const next = dragged(frontPose, by, 500, { ...plain, altKey: true });
    expect([next.from, next.at]).toEqual([frontPose.from, frontPose.at]);
    expect(next.up).not.toEqual(frontPose.up);
  });

  it("the wheel towards the user, fingers together -> further away", () => {
    expect(distanceOf(wheeled(frontPose, 400))).toBeCloseTo(20, 9);
    expect(distanceOf(pinched(frontPose, { x: 0, y: 0 }, 0.5, 500))).toBeCloseTo(20, 9);
  });
});
