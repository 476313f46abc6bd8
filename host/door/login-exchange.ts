// How a browser comes by its cookie: by an address with ?token=…, once, or by a POST from a page that asked for the token.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Doorkeeper } from "./doorkeeper.ts";
import { credentialsOf } from "./http-credentials.ts";
import { notHere, otherMethod } from "./refusal.ts";
import { sealedMsMax } from "./sealed-caller.ts";

export interface LoginOptions {
  readonly keeper: Doorkeeper;
  /** The connection is TLS: the cookie must not travel otherwise. */
  readonly isSecure: boolean;
}

/**
 * true: answered. Throws as Doorkeeper.exchange does.
 *
 * `GET …?token=T` → 303 to the same address without it. `POST /login` with `Authorization: Bearer T` → 204. Both set the
 * cookie. From another site a browser sends it with a click on a link alone (SameSite=Lax), which changes nothing here.
 */
export function exchangeToken(message: IncomingMessage, response: ServerResponse, options: LoginOptions): boolean {
  const url = message.url ?? "";
  const [path = "", search = ""] = url.split("?", 2);
  const query = new URLSearchParams(search);
  const isPost = path === "/login";
  const token = isPost ? bearerOf(message) : query.get("token");
  if (!isPost && (token === null || message.method !== "GET")) return false;
  if (isPost && message.method !== "POST") throw otherMethod(message.method ?? "", path, ["POST"]);
  // "//elsewhere.example" would be another site's address.
  if (/^\/[/\\]/.test(path)) throw notHere(path);
  const { name, value } = options.keeper.exchange(token ?? "", credentialsOf(message));
  const flags = `Path=/; Max-Age=${sealedMsMax.cookie / 1000}; HttpOnly; SameSite=Lax${options.isSecure ? "; Secure" : ""}`;
  response.setHeader("set-cookie", `${name}=${value}; ${flags}`);
  query.delete("token");
  if (isPost) response.writeHead(204).end();
  else response.writeHead(303, { location: query.size > 0 ? `${path}?${query}` : path }).end();
  return true;
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
}
