// The camera in numbers: focal length, depth of field; level, reset.
import type { SceneDesk } from "../live/scene-desk.ts";
import {
  distanceOf,
  focalLengthMm,
  focalLengthMmMax,
  focalLengthMmMin,
  levelled,
  withAperture,
  withFocalLength,
} from "../state/camera.ts";
import { numberText } from "../state/pixel-text.ts";
import { Slider } from "./slider.tsx";

/** Of the way to the pivot: wider lenses blur everything. */
const apertureShareMax = 0.05;

export function CameraSection({ desk }: { readonly desk: SceneDesk }) {
  const pose = desk.pose.value;
  if (pose === undefined) return null;
  const lengthMm = focalLengthMm(pose);
  const apertureMax = apertureShareMax * distanceOf(pose);
  const isFocusing = desk.tool.value === "focus";
  return (
    <section aria-label="Camera">
      <h2>Camera</h2>
      <Slider
        label="Focal length"
        range={[Math.log2(focalLengthMmMin), Math.log2(focalLengthMmMax), 0.01]}
        value={Math.log2(lengthMm)}
        text={`${Math.round(lengthMm)} mm`}
        onChange={(stops) => desk.moveCamera((from) => withFocalLength(from, 2 ** stops))}
      />
      <Slider
        label="Lens radius"
        range={[0, 1, 0.005]}
        value={Math.min(1, pose.apertureRadius / apertureMax)}
        text={`${numberText(1000 * pose.apertureRadius, false)} mm`}
        onChange={(share) => desk.moveCamera((from) => withAperture(from, share * apertureMax))}
      />
      <div class="row">
        <button
          type="button"
          aria-pressed={isFocusing}
          class={isFocusing ? "sure" : ""}
          title="Then click on what is to be sharp"
          onClick={() => {
            desk.tool.value = isFocusing ? "look" : "focus";
          }}
        >
          Focus on …
        </button>
        <span class="quiet">
          {pose.focusDistance === undefined ? "" : `sharp at ${numberText(pose.focusDistance, false)} m`}
        </span>
      </div>
      <div class="row">
        <button type="button" onClick={() => desk.moveCamera(levelled)}>
          Level
        </button>
        <button type="button" onClick={() => desk.resetCamera()}>
          Reset camera
        </button>
      </div>
    </section>
  );
}
