// Keys that are held down fly the camera, step by step with the browser's pictures, until they are let go.
import { distanceOf, flown, levelled } from "../state/camera.ts";
import { flightStep, initialSpeed, isFlightKey, speedAfter } from "../state/flight.ts";
import type { SceneDesk } from "./scene-desk.ts";

export class Pilot {
  readonly #desk: SceneDesk;
  readonly #held = new Set<string>();
  #speed = initialSpeed;
  #lastMs: number | undefined;

  constructor(desk: SceneDesk) {
    this.#desk = desk;
  }

  /** Whether the key was the camera's. */
  pressed({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (this.#desk.tool.peek() !== "camera" || ctrlKey || metaKey || altKey) return false;
    const name = key.toLowerCase();
    if (isFlightKey(name)) {
      this.#held.add(name);
      if (this.#lastMs === undefined) this.#fly(performance.now());
    } else if (name === "q" || name === "e") this.#speed = speedAfter(this.#speed, name);
    else if (name === "r") this.#desk.resetCamera();
    else if (name === "u") this.#desk.moveCamera(levelled);
    else return false;
    return true;
  }

  released(key: string): void {
    this.#held.delete(key.toLowerCase());
  }

  /** The page no longer hears keys. */
  releasedAll(): void {
    this.#held.clear();
  }

  #fly(nowMs: number): void {
    const passedMs = nowMs - (this.#lastMs ?? nowMs - 16);
    this.#lastMs = nowMs;
    const pose = this.#desk.pose.peek();
    const step = pose === undefined ? undefined : flightStep(this.#held, this.#speed, distanceOf(pose), passedMs);
    if (step !== undefined) this.#desk.moveCamera((from) => flown(from, step));
    if (this.#held.size > 0 && this.#desk.tool.peek() === "camera") requestAnimationFrame((atMs) => this.#fly(atMs));
    else this.#lastMs = undefined;
  }
}
