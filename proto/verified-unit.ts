// Which units of a session are rendered twice and compared: a function of the unit and the session, so that everybody
// chooses the same ones, in whatever order they come. Pure.
import type { Unit } from "./unit.ts";

export interface VerifyChoice {
  /** Of all units, 0 to 1. */
  readonly share: number;
  /** Of the session: another session of the same frame looks at other units. */
  readonly salt: number;
}

export function verifyChoice(share: number, sessionId: string): VerifyChoice {
  let salt = 0x811c9dc5;
  for (let at = 0; at < sessionId.length; at++) salt = mixed(salt, sessionId.charCodeAt(at));
  return { share, salt };
}

/** Never a coarse unit: those are only looked at. */
export function isVerified({ share, salt }: VerifyChoice, unit: Unit): boolean {
  if (share <= 0 || unit.stridePx !== 1) return false;
  const { x0, y0 } = unit.rect;
  let hash = salt;
  for (const part of [unit.epoch, unit.tileIndex, x0, y0, unit.sampleBegin, unit.sampleEnd]) hash = mixed(hash, part);
  return (hash >>> 0) / 2 ** 32 < share;
}

/** One round, and the finish, of MurmurHash3 (Appleby, public domain). */
function mixed(hash: number, value: number): number {
  let part = Math.imul(value + 0x9e3779b9, 0xcc9e2d51);
  part = Math.imul((part << 15) | (part >>> 17), 0x1b873593);
  let next = hash ^ part;
  next = Math.imul(next ^ (next >>> 16), 0x85ebca6b);
  next = Math.imul(next ^ (next >>> 13), 0xc2b2ae35);
  return next ^ (next >>> 16);
}
