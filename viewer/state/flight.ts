// Keys that are held down as a flight: Arras' W S A D Space C, and how fast. Pure.

export interface FlightStep {
  readonly right: number;
  readonly up: number;
  readonly forward: number;
}

const directions: Readonly<Record<string, Partial<FlightStep>>> = {
  w: { forward: 1 },
  s: { forward: -1 },
  d: { right: 1 },
  a: { right: -1 },
  " ": { up: 1 },
  c: { up: -1 },
};

/** Shares of the way to the pivot that are flown in a second. */
export const speedMin = 1 / 64;
export const speedMax = 16;
export const initialSpeed = 0.5;
/** A page that was busy for longer does not jump. */
const stepMsMax = 100;

export function isFlightKey(key: string): boolean {
  return Object.hasOwn(directions, key.toLowerCase());
}

/** Slower or faster, as Arras' Q and E; any other key leaves it. */
export function speedAfter(speed: number, key: string): number {
  const factor = { q: 0.5, e: 2 }[key.toLowerCase()] ?? 1;
  return Math.max(speedMin, Math.min(speedMax, speed * factor));
}

/** Metres along the camera's axes. `distance`: to the pivot, metres. undefined: nothing moves. */
export function flightStep(
  held: ReadonlySet<string>,
  speed: number,
  distance: number,
  passedMs: number,
): FlightStep | undefined {
  const sum = { right: 0, up: 0, forward: 0 };
  for (const key of held) {
    const { right = 0, up = 0, forward = 0 } = directions[key] ?? {};
    sum.right += right;
    sum.up += up;
    sum.forward += forward;
  }
  if (sum.right === 0 && sum.up === 0 && sum.forward === 0) return undefined;
  const metres = (speed * distance * Math.min(passedMs, stepMsMax)) / 1000;
  return { right: sum.right * metres, up: sum.up * metres, forward: sum.forward * metres };
}
