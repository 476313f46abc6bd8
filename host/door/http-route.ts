// What plugs into the door's HTTP side: routes that answer, and routes that take over the connection (WebSocket).
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Caller, Right } from "./caller.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "DELETE";

/** `open`: for everybody, without a login (a page's own files, health). */
export type Access = "open" | Right;

/** A request whose route is found and whose caller may use it. */
export interface HttpRequest {
  readonly message: IncomingMessage;
  /** Of the path's `:name` parts, decoded; `*` is the rest that a last `*` took. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly caller: Caller;
}

export interface HttpRoute {
  /** GET answers HEAD too; Node leaves out the body. */
  readonly method: HttpMethod;
  /** `/sessions/:id/preview.png`; a last part `*` takes what is left, also nothing. Earlier routes win. */
  readonly path: string;
  readonly access: Access;
  /** Headers of http-headers.ts are set already. What is thrown is answered with its status, as long as nothing was sent. */
  answer(request: HttpRequest, response: ServerResponse): void | Promise<void>;
}

export interface UpgradeRoute {
  readonly path: string;
  readonly access: Access;
  /**
   * The connection is the route's from here on, also its errors, unless it throws or rejects: then that is answered with
   * its status. `head`: what came behind the request.
   */
  take(request: HttpRequest, socket: Duplex, head: Buffer): void | Promise<void>;
}

export interface HttpRoutes {
  readonly routes: readonly HttpRoute[];
  readonly upgrades: readonly UpgradeRoute[];
}
