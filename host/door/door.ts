// One port for everything: looks at the first bytes of each connection and hands it to gRPC or to HTTP. Connections are
// counted, and who says nothing is dropped. TLS, where it is wanted, ends here, for both.
import { randomBytes } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { hostPortText, isLoopback, parseHostPort } from "../../proto/host-port.ts";
import { limits } from "../../proto/limits.ts";
import type { Clock } from "../clock.ts";
import { cannotListen, injectGrpc, type ServedService } from "../grpc-server.ts";
import type { Log } from "../log.ts";
import { Doorkeeper } from "./doorkeeper.ts";
import { speechOf } from "./first-bytes.ts";
import type { HttpRoutes } from "./http-route.ts";
import { createHttpServer, type HttpBounds } from "./http-server.ts";
import { type ConnectionBounds, OpenConnections } from "./open-connections.ts";
import type { TokenEntry } from "./token-list.ts";

export interface DoorOptions {
  /** `host:port`; port 0: any free one. */
  readonly address: string;
  readonly services: readonly ServedService[];
  readonly http: HttpRoutes;
  /** Who may come in; undefined: everybody who reaches the address, and no page of another site. */
  readonly login?: DoorLogin | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Those of limits.ts, unless a test wants less. */
  readonly bounds?: Partial<DoorBounds>;
}

export interface DoorBounds extends ConnectionBounds, HttpBounds {
  readonly greetingMsMax: number;
}

export interface DoorLogin {
  /** undefined: nobody needs one. */
  readonly tokens: readonly TokenEntry[] | undefined;
}

export interface Door {
  /** With the port that was really taken. */
  readonly address: string;
  readonly connectionCount: number;
  /** Ends calls and connections at once and stops listening. */
  close(): Promise<void>;
}

const usualBounds: DoorBounds = {
  connectionsMax: limits.doorConnectionsMax,
  connectionsPerAddressMax: limits.doorConnectionsPerAddressMax,
  greetingMsMax: limits.doorGreetingMsMax,
  headersMsMax: limits.httpHeadersMsMax,
  requestMsMax: limits.httpRequestMsMax,
};

/** Rejects with `unavailable` when it cannot listen. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { log, clock } = options;
  const bounds = { ...usualBounds, ...options.bounds };
  const tokens = options.login?.tokens;
  const keeper = new Doorkeeper({ tokens, needsCertificate: false, clock, cookieKey: randomBytes(32) });
  const grpc = injectGrpc(options.services, keeper);
  const isLocalOnly = tokens === undefined && isLoopback(parseHostPort(options.address)?.host ?? "");
  const http = createHttpServer({ http: options.http, keeper, isSecure: false, isLocalOnly, bounds, log });
  const open = new OpenConnections(bounds, clock, log);
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
    if (!open.admit(socket)) return void socket.destroy();
    greet(socket, {
      clock,
      greetingMsMax: bounds.greetingMsMax,
      http2: () => {
        // A process that was killed ends its half alone: its streams shall end now, not when its pings stay out.
        socket.allowHalfOpen = false;
        grpc.inject(socket);
      },
      http1: () => void http.emit("connection", socket),
    });
  });
  const { host, port } = await listen(server, options.address);
  return {
    address: hostPortText({ host, port }),
    get connectionCount() {
      return open.count;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      grpc.close();
      http.close();
      open.destroyAll();
      await closed;
    },
  };
}

async function listen(server: Server, address: string): Promise<{ readonly host: string; readonly port: number }> {
  const wanted = parseHostPort(address);
  if (wanted === undefined) throw cannotListen(address, new Error("it is no HOST:PORT"));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(address, error)));
    server.listen(wanted.port, wanted.host, resolve);
  });
  const bound = server.address();
  return { host: wanted.host, port: typeof bound === "object" && bound !== null ? bound.port : wanted.port };
}

interface Greeting {
  readonly clock: Clock;
  readonly greetingMsMax: number;
  http2(): void;
  http1(): void;
}

/** Reads until it is clear what the client speaks, puts what was read back, and hands the connection on. */
function greet(socket: Socket, { clock, greetingMsMax, http2, http1 }: Greeting): void {
  const chunks: Buffer[] = [];
  const timer = clock.after(greetingMsMax, () => socket.destroy());
  const leave = () => {
    timer.cancel();
    socket.off("readable", look).off("end", destroy).off("close", leave);
  };
  const destroy = () => void socket.destroy();
  const look = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const speech = speechOf(bytes);
    if (speech === "undecided") return;
    leave();
    // It would wait for an answer in a language that nobody speaks here.
    if (speech === "tls") return destroy();
    socket.unshift(bytes);
    if (speech === "http2") http2();
    else http1();
  };
  socket.on("readable", look).on("end", destroy).on("close", leave);
}
