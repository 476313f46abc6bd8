// Users of a door that asks for a login, each with a token of his own.
import { createHash } from "node:crypto";
import type { Right } from "../../host/door/caller.ts";
import type { TokenEntry } from "../../host/door/token-list.ts";
import { Secret } from "../../host/nats/secret.ts";

export function tokenOf(user: string): string {
  return `token-of-${user}-0123456789abcdef`;
}

/** What he calls with. */
export function accessOf(user: string): { readonly tls: undefined; readonly token: Secret } {
  return { tls: undefined, token: new Secret(tokenOf(user)) };
}

/** What the door knows of him. */
export function tokenEntry(user: string, right: Right): TokenEntry {
  return { user, right, sha256: createHash("sha256").update(tokenOf(user)).digest() };
}
