// One port for everything: looks at the first bytes of each connection and hands it to gRPC or to HTTP. Connections are
// counted, and who says nothing is dropped. TLS, where it is wanted, ends here, for both.
import { randomBytes } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { hostPortText, isLoopback, parseHostPort } from "../../proto/host-port.ts";
import { limits } from "../../proto/limits.ts";
import type { Clock } from "../clock.ts";
import type { CallEnded } from "../grpc-call-counter.ts";
import { cannotListen, injectGrpc, type ServedService } from "../grpc-server.ts";
import type { Log } from "../log.ts";
import type { DoorFiles } from "./door-files.ts";
import type { DoorTls } from "./door-tls.ts";
import { Doorkeeper } from "./doorkeeper.ts";
import { greet, type Spoken } from "./greeting.ts";
import type { HttpRoutes } from "./http-route.ts";
import { createHttpServer, type HttpBounds } from "./http-server.ts";
import { type ConnectionBounds, OpenConnections } from "./open-connections.ts";
import { tlsFirst } from "./tls-first.ts";
import type { TokenEntry } from "./token-list.ts";

export interface DoorOptions {
  /** `host:port`; port 0: any free one. */
  readonly address: string;
  readonly services: readonly ServedService[];
  readonly http: HttpRoutes;
  /** Who may come in; undefined: everybody who reaches the address, and no page of another site. */
  readonly login?: DoorLogin | undefined;
  /** undefined: none, neither for gRPC nor for HTTP. */
  readonly tls?: DoorTls | undefined;
  /** Told of each gRPC call that ended. */
  readonly callEnded?: CallEnded;
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
  /** 32 bytes that seal logins, the same at every door of a farm; absent: this door's own. */
  readonly sealKey?: Uint8Array;
}

export interface Door {
  /** With the port that was really taken. */
  readonly address: string;
  readonly connectionCount: number;
  /** What has changed of its certificates and tokens, for what comes from now on. Neither begins or ends by it. */
  renew(files: DoorFiles): void;
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
  const { log, clock, tls } = options;
  const bounds = { ...usualBounds, ...options.bounds };
  const tokens = options.login?.tokens;
  const needsCertificate = tls?.clientCa !== undefined;
  const sealKey = options.login?.sealKey ?? randomBytes(32);
  const keeper = new Doorkeeper({ tokens, needsCertificate, clock, wallClockMs: Date.now, sealKey });
  const grpc = injectGrpc(options.services, keeper, options.callEnded);
  const asksNobody = tokens === undefined && !needsCertificate;
  const isLocalOnly = asksNobody && isLoopback(parseHostPort(options.address)?.host ?? "");
  const http = createHttpServer({ http: options.http, keeper, isSecure: tls !== undefined, isLocalOnly, bounds, log });
  const spoken = {
    http2: (socket: Socket) => {
      // A process that was killed ends its half alone: its streams shall end now, not when its pings stay out.
      socket.allowHalfOpen = false;
      grpc.inject(socket);
    },
    http1: (socket: Socket) => void http.emit("connection", socket),
  };
  const greeting = { clock, greetingMsMax: bounds.greetingMsMax };
  // It would wait for an answer in a language that nobody speaks here.
  const plain: Spoken = { ...spoken, tls: (socket) => void socket.destroy() };
  const secure = tls && tlsFirst(tls, bounds, log, (socket) => greet(socket, greeting, plain));
  const first = secure ?? plain;
  const open = new OpenConnections(bounds, clock, log);
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
    if (open.admit(socket)) greet(socket, greeting, first);
    else socket.destroy();
  });
  const { host, port } = await listen(server, options.address);
  return {
    address: hostPortText({ host, port }),
    get connectionCount() {
      return open.count;
    },
    renew: (files) => {
      if (tokens !== undefined && files.tokens !== undefined) keeper.renew(files.tokens);
      if (files.tls !== undefined) secure?.renew(files.tls);
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
