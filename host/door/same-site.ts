// Whether a request comes from a page of another site that a user happens to look at. Pure.
import { isLoopback } from "../../proto/host-port.ts";
import { Refusal } from "./refusal.ts";

export interface RequestOrigin {
  readonly method: string;
  readonly isUpgrade: boolean;
  /** Headers. */
  readonly origin: string | undefined;
  readonly host: string | undefined;
}

/**
 * Throws 403 for what changes something, or opens a WebSocket, at the wish of another site: a browser says so in Origin,
 * which no page can change. Programs send none. (A proxy in front must leave the Host header as it is.)
 */
export function checkOrigin({ method, isUpgrade, origin, host }: RequestOrigin): void {
  const isReading = (method === "GET" || method === "HEAD") && !isUpgrade;
  if (isReading || origin === undefined || hostOf(origin) === host?.toLowerCase()) return;
  throw new Refusal(403, "A page of another site asked for this", "Open the door's own page.");
}

/**
 * Throws 421 where a name other than this machine's own leads to a door that asks nobody who he is: a page can let its
 * own name point at 127.0.0.1 and read what is there as if it were its own (DNS rebinding).
 */
export function checkLocalHost(host: string | undefined): void {
  const name = (host ?? "").replace(/:\d{1,5}$/, "").replace(/^\[(.*)\]$/, "$1");
  if (isLoopback(name.toLowerCase())) return;
  throw new Refusal(421, "This door is reached under another name than localhost", "Give the coordinator --tokens.");
}

/** As the Host header has it. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}
