// Who somebody is, until when, and what that is good for, sealed with a key that only a farm's coordinators have. A browser
// keeps one instead of a token; a coordinator that hands a call on to another says with one whose call it is.
// Pure: key and time are arguments.
import { createHmac, timingSafeEqual } from "node:crypto";
import { type Caller, rights } from "./caller.ts";

export interface Seal {
  readonly key: Uint8Array;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: number;
}

/** How long each is good for. Letters are written anew for each call; clocks of coordinators may differ by as much. */
export const sealedMsMax = { cookie: 12 * 3600 * 1000, letter: 120_000 } as const;
export type Purpose = keyof typeof sealedMsMax;

export function sealCaller({ user, right }: Caller, purpose: Purpose, { key, nowMs }: Seal): string {
  const text = Buffer.from(JSON.stringify([purpose, user, right, nowMs + sealedMsMax[purpose]])).toString("base64url");
  return `${text}.${sealOf(text, key).toString("base64url")}`;
}

/** undefined: not sealed with this key, for another purpose, or too long ago. */
export function openSealed(value: string, purpose: Purpose, { key, nowMs }: Seal): Caller | undefined {
  const [text = "", seal = ""] = value.split(".", 2);
  const given = Buffer.from(seal, "base64url");
  const wanted = sealOf(text, key);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const [of, user, rightName, untilMs] = JSON.parse(Buffer.from(text, "base64url").toString()) as SealedFields;
  const right = rights.find((known) => known === rightName);
  return of === purpose && nowMs < untilMs && right !== undefined ? { user, right } : undefined;
}

type SealedFields = readonly [string, string, string, number];

/** Browsers do not keep cookies of one host's ports apart: a name for each port does. `host`: the header. */
export function cookieName(host: string | undefined): string {
  return `arras-login-${/:(\d{1,5})$/.exec(host ?? "")?.[1] ?? "0"}`;
}

/** Of that name in the request's Cookie header; empty where there is none. */
export function cookieValue(header: string | undefined, name: string): string {
  const pair = (header ?? "")
    .split(";")
    .map((text) => text.trim())
    .find((text) => text.startsWith(`${name}=`));
  return pair?.slice(name.length + 1) ?? "";
}

function sealOf(text: string, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
