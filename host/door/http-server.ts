// The HTTP/1.1 side of the door: strict bounds, then the route. It listens on nothing: the door hands it connections.
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { Log } from "../log.ts";
import { type Caller, everybody } from "./caller.ts";
import { httpError } from "./http-error.ts";
import { strictHeaders } from "./http-headers.ts";
import type { HttpRequest, HttpRoutes } from "./http-route.ts";
import { findRoute } from "./route-match.ts";

export interface HttpBounds {
  readonly headersMsMax: number;
  readonly requestMsMax: number;
}

export function createHttpServer({ routes, upgrades }: HttpRoutes, bounds: HttpBounds, log: Log): Server {
  const server = createServer({
    maxHeaderSize: limits.httpHeaderSizeBytesMax,
    headersTimeout: bounds.headersMsMax,
    requestTimeout: bounds.requestMsMax,
    keepAliveTimeout: limits.httpIdleMsMax,
    connectionsCheckingInterval: Math.min(1_000, bounds.headersMsMax),
  });
  server.on("request", (message, response) => void answer(message, response));
  server.on("upgrade", (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      const found = findRoute(
        upgrades.map((route) => ({ ...route, method: "GET" })),
        message.method ?? "",
        pathOf(message).path,
      );
      if (found.t !== "found") throw notHere(message);
      found.route.take(requestOf(message, found.parameters, everybody), socket, head);
    } catch (thrown) {
      refuseUpgrade(socket, message, thrown);
    }
  });
  // Node starts to watch these times when a server listens (20.20: _http_server.js, setupConnectionsTracking).
  server.emit("listening");
  return server;

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(strictHeaders)) response.setHeader(name, value);
    try {
      checkSizes(message);
      const { path } = pathOf(message);
      const found = findRoute(routes, message.method ?? "", path);
      if (found.t === "none") throw notHere(message);
      if (found.t === "other-methods") {
        response.setHeader("allow", found.allowed.join(", "));
        throw new Refusal(405, `${message.method} is not what ${path} answers`, `Use ${found.allowed.join(" or ")}.`);
      }
      await found.route.answer(requestOf(message, found.parameters, everybody), response);
    } catch (thrown) {
      fail(message, response, thrown);
    }
  }

  function fail(message: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    if (!(thrown instanceof ArrasError)) log.error({ err: thrown, path: pathOf(message).path }, "an HTTP route failed");
    // What has begun cannot become an error any more: the client sees that it is cut off.
    if (response.headersSent) return void response.destroy();
    const { status, headers, body } = httpError(thrown, message.headers.accept, statusOf(thrown));
    // What is left of the request's body is not waited for.
    if (!message.complete) response.setHeader("connection", "close");
    response.writeHead(status, headers).end(body);
  }
}

/** HTTP has a number of its own for it. */
class Refusal extends ArrasError {
  readonly status: number;

  constructor(status: number, message: string, action: string) {
    super("usage", { message, action });
    this.status = status;
  }
}

const statusOf = (thrown: unknown) => (thrown instanceof Refusal ? thrown.status : undefined);

function notHere(message: IncomingMessage): Refusal {
  return new Refusal(404, `There is nothing at ${pathOf(message).path.slice(0, 200)}`, "Is the address right?");
}

function checkSizes(message: IncomingMessage): void {
  if ((message.url?.length ?? 0) > limits.httpUrlCharsMax)
    throw new Refusal(
      414,
      `An address has more than httpUrlCharsMax = ${limits.httpUrlCharsMax} characters`,
      "Shorten it.",
    );
  if (Number(message.headers["content-length"] ?? 0) > limits.httpBodySizeBytesMax)
    throw new Refusal(
      413,
      `A request has more than httpBodySizeBytesMax = ${limits.httpBodySizeBytesMax} bytes`,
      "Send less.",
    );
}

function pathOf(message: IncomingMessage): { readonly path: string; readonly query: string } {
  const [path = "", query = ""] = (message.url ?? "").split("?", 2);
  return { path, query };
}

function requestOf(message: IncomingMessage, parameters: HttpRequest["parameters"], caller: Caller): HttpRequest {
  return { message, parameters, query: new URLSearchParams(pathOf(message).query), caller };
}

function refuseUpgrade(socket: Duplex, message: IncomingMessage, thrown: unknown): void {
  const { status, headers, body } = httpError(thrown, message.headers.accept, statusOf(thrown));
  const lines = Object.entries({ ...strictHeaders, ...headers, connection: "close" });
  socket.on("error", () => {});
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  // A client that keeps its half open shall not keep the connection.
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`, () => socket.destroy());
}
