// A camera to move.
import type { CameraPose } from "../../viewer/state/camera.ts";
import { plusY } from "../../viewer/state/vector.ts";

/** Ten units before the origin, level. */
export const frontPose: CameraPose = {
  from: [0, 0, 10],
  at: [0, 0, 0],
  up: plusY,
  verticalFovDeg: 40,
  apertureRadius: 0,
  focusDistance: undefined,
};
