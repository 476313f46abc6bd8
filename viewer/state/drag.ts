// What dragging and the wheel do with the camera tool, in shares of the picture's height.
import { type CameraPose, dollied, orbited, rolled, shifted, turned } from "./camera.ts";
import type { Point } from "./framing.ts";

export interface DragKeys {
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  /** As PointerEvent.buttons: 1 left, 2 right, 4 middle. */
  readonly buttons: number;
}

/** A drag over the picture's height turns the scene by so much. */
const turnRad = Math.PI;

/** Alone: orbit. Shift or the middle button: pan. Ctrl or the right button: look around. Alt: roll. */
export function dragged(pose: CameraPose, by: Point, heightPx: number, keys: DragKeys): CameraPose {
  const [right, up] = [by.x / heightPx, -by.y / heightPx];
  if (keys.altKey) return rolled(pose, right * turnRad);
  if (keys.shiftKey || (keys.buttons & 4) !== 0) return shifted(pose, right, up);
  // What is seen goes with the pointer.
  if (keys.ctrlKey || (keys.buttons & 2) !== 0) return turned(pose, -right * turnRad, -up * turnRad);
  return orbited(pose, right * turnRad, up * turnRad);
}

/** Two fingers: pan, and nearer as they part. */
export function pinched(pose: CameraPose, by: Point, zoom: number, heightPx: number): CameraPose {
  return dollied(shifted(pose, by.x / heightPx, -by.y / heightPx), 1 / zoom);
}

export function wheeled(pose: CameraPose, pixels: number): CameraPose {
  return dollied(pose, 2 ** (pixels / 400));
}
