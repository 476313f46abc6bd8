// The HTTP/1.1 side of the door: strict bounds, who calls, then the route. It listens on nothing: the door hands it
// connections.
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { Log } from "../log.ts";
import { credentialsOf } from "./http-credentials.ts";
import { httpError } from "./http-error.ts";
import { strictHeaders } from "./http-headers.ts";
import type { Access, HttpRequest, HttpRoutes } from "./http-route.ts";
import { exchangeToken, type LoginOptions } from "./login-exchange.ts";
import { checkSizes, notHere, otherMethod, statusOf } from "./refusal.ts";
import { findRoute } from "./route-match.ts";
import { checkLocalHost, checkOrigin } from "./same-site.ts";

export interface HttpBounds {
  readonly headersMsMax: number;
  readonly requestMsMax: number;
}

export interface HttpServerOptions extends LoginOptions {
  readonly http: HttpRoutes;
  readonly bounds: HttpBounds;
  /** Requests must name this machine: on a door for it alone that asks for no login. */
  readonly isLocalOnly: boolean;
  readonly log: Log;
}

export function createHttpServer(options: HttpServerOptions): Server {
  const { bounds } = options;
  const server = createServer({
    maxHeaderSize: limits.httpHeaderSizeBytesMax,
    headersTimeout: bounds.headersMsMax,
    requestTimeout: bounds.requestMsMax,
    keepAliveTimeout: limits.httpIdleMsMax,
    connectionsCheckingInterval: Math.min(1_000, bounds.headersMsMax),
  });
  server.on("request", (message, response) => void answer(message, response, options));
  server.on(
    "upgrade",
    (message: IncomingMessage, socket: Duplex, head: Buffer) => void upgrade(message, socket, head, options),
  );
  // Node starts to watch these times when a server listens (20.20: _http_server.js, setupConnectionsTracking).
  server.emit("listening");
  return server;
}

async function answer(message: IncomingMessage, response: ServerResponse, options: HttpServerOptions): Promise<void> {
  for (const [name, value] of Object.entries(strictHeaders)) response.setHeader(name, value);
  const { method = "" } = message;
  const path = pathOf(message);
  try {
    checkRequest(message, false, options);
    if (exchangeToken(message, response, options)) return;
    const found = findRoute(options.http.routes, method, path);
    if (found.t === "none") throw notHere(path);
    if (found.t === "other-methods") {
      response.setHeader("allow", found.allowed.join(", "));
      throw otherMethod(method, path, found.allowed);
    }
    await found.route.answer(admitted(message, found.parameters, found.route.access, options), response);
  } catch (thrown) {
    fail(message, response, thrown, options.log);
  }
}

async function upgrade(
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: HttpServerOptions,
): Promise<void> {
  try {
    checkRequest(message, true, options);
    const path = pathOf(message);
    const routes = options.http.upgrades.map((route) => ({ ...route, method: "GET" }));
    const found = findRoute(routes, message.method ?? "", path);
    if (found.t !== "found") throw notHere(path);
    await found.route.take(admitted(message, found.parameters, found.route.access, options), socket, head);
  } catch (thrown) {
    refuseUpgrade(socket, message, thrown);
  }
}

function checkRequest(message: IncomingMessage, isUpgrade: boolean, { isLocalOnly }: HttpServerOptions): void {
  const { method = "", headers } = message;
  checkSizes(message.url ?? "", headers["content-length"]);
  if (isLocalOnly) checkLocalHost(headers.host);
  checkOrigin({ method, isUpgrade, origin: headers.origin, host: headers.host });
}

function admitted(
  message: IncomingMessage,
  parameters: HttpRequest["parameters"],
  access: Access,
  { keeper }: HttpServerOptions,
): HttpRequest {
  const caller = keeper.admit(credentialsOf(message), access);
  return { message, parameters, query: new URLSearchParams((message.url ?? "").split("?", 2)[1] ?? ""), caller };
}

function fail(message: IncomingMessage, response: ServerResponse, thrown: unknown, log: Log): void {
  if (!(thrown instanceof ArrasError)) log.error({ err: thrown, path: pathOf(message) }, "an HTTP route failed");
  // What has begun cannot become an error any more: the client sees that it is cut off.
  if (response.headersSent) return void response.destroy();
  const { status, headers, body } = httpError(thrown, message.headers.accept, statusOf(thrown));
  // What is left of the request's body is not waited for.
  if (!message.complete) response.setHeader("connection", "close");
  response.writeHead(status, headers).end(body);
}

function refuseUpgrade(socket: Duplex, message: IncomingMessage, thrown: unknown): void {
  const { status, headers, body } = httpError(thrown, message.headers.accept, statusOf(thrown));
  const lines = Object.entries({ ...strictHeaders, ...headers, connection: "close" });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.on("error", () => {});
  // A client that keeps its half open shall not keep the connection.
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`, () => socket.destroy());
}

/** Without the query, which may have a token in it. */
function pathOf({ url = "" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "";
}
