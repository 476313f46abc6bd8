// What a browser keeps instead of a token: who it is and until when, sealed with a key that only this process has. So a
// token is in an address once and in no page, and ends of processes end what was sealed. Pure: key and time are arguments.
import { createHmac, timingSafeEqual } from "node:crypto";
import { type Caller, rights } from "./caller.ts";

export interface CookieSeal {
  readonly key: Uint8Array;
  readonly nowMs: number;
}

export const loginCookieMsMax = 12 * 3600 * 1000;

/** Browsers do not keep cookies of one host's ports apart: a name for each port does. `host`: the header. */
export function cookieName(host: string | undefined): string {
  return `arras-login-${/:(\d{1,5})$/.exec(host ?? "")?.[1] ?? "0"}`;
}

export function sealCaller({ user, right }: Caller, { key, nowMs }: CookieSeal): string {
  const text = Buffer.from(JSON.stringify([user, right, nowMs + loginCookieMsMax])).toString("base64url");
  return `${text}.${sealOf(text, key).toString("base64url")}`;
}

/** undefined: not sealed by this process, or too long ago. `header`: the request's Cookie header. */
export function openCookie(header: string | undefined, name: string, { key, nowMs }: CookieSeal): Caller | undefined {
  const value = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);
  const [text = "", seal = ""] = (value ?? "").split(".", 2);
  const given = Buffer.from(seal, "base64url");
  const wanted = sealOf(text, key);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const [user, rightName, untilMs] = JSON.parse(Buffer.from(text, "base64url").toString()) as [string, string, number];
  const right = rights.find((known) => known === rightName);
  return nowMs < untilMs && right !== undefined ? { user, right } : undefined;
}

function sealOf(text: string, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
