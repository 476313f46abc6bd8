// A gRPC server with our limits. grpc-js receives with HTTP/2's default window of 64 KiB, which caps uploads at about
// 200 MB/s; contributions need more, and grpc-js offers no option on the server side, so its private fields are set
// here and nowhere else (measured on 1.14.7: 5 times the throughput at 1 MiB messages).

import { rm } from "node:fs/promises";
import { getDefaultSettings, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import type { DescService } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerOptions, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import type { Right } from "./door/caller.ts";
import { type CallEnded, callCounter } from "./grpc-call-counter.ts";
import { grpcDefinition } from "./grpc-definition.ts";
import { type CallGate, type CallTerms, gateInterceptor } from "./grpc-gate.ts";

const streamWindowSizeBytes = 4 * 1024 * 1024;
const connectionWindowSizeBytes = 16 * 1024 * 1024;

export interface ServedService {
  readonly service: DescService;
  /**
   * Behind a gate: the right that each method (by its local name) needs; those that are not named need `operate`. "own":
   * the service asks its callers itself.
   */
  readonly access?: "own" | Readonly<Record<string, Right>>;
  /** Behind a gate: how many calls of a method one client may have open. Those that are not named end by themselves. */
  readonly openCallsMax?: Readonly<Record<string, number>>;
  readonly implementation: UntypedServiceImplementation;
}

export interface GrpcServer {
  /** `unix:/path` or `host:port`, with the port that was really taken. */
  readonly address: string;
  /** Ends calls at once and stops listening. */
  close(): Promise<void>;
}

/** Serves connections that somebody else has accepted. */
export interface GrpcInjector {
  inject(connection: Duplex): void;
  /** Ends calls at once. */
  close(): void;
}

/** In PEM form. */
export interface ServerIdentity {
  readonly certPem: string;
  readonly keyPem: string;
}

/**
 * Serves on `unix:/path` or `host:port` (port 0: any free one). `identity`: with TLS. Rejects with `unavailable` when it
 * cannot listen.
 */
export async function serveGrpc(
  address: string,
  services: readonly ServedService[],
  identity?: ServerIdentity,
): Promise<GrpcServer> {
  const server = createGrpcServer(services);
  if (address.startsWith("unix:")) await rm(address.slice("unix:".length), { force: true });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentialsOf(identity), (error, bound) =>
      error ? reject(cannotListen(address, error)) : resolve(bound),
    );
  });
  return {
    address: address.startsWith("unix:") ? address : address.replace(/:\d+$/, `:${port}`),
    close: async () => {
      server.forceShutdown();
      if (address.startsWith("unix:")) await rm(address.slice("unix:".length), { force: true });
    },
  };
}

function credentialsOf(identity: ServerIdentity | undefined): ServerCredentials {
  if (identity === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: Buffer.from(identity.certPem), private_key: Buffer.from(identity.keyPem) };
  return ServerCredentials.createSsl(null, [pair], false);
}

/** The same server without a place of its own: the door's. TLS, if any, has ended before. */
export function injectGrpc(services: readonly ServedService[], gate: CallGate, callEnded?: CallEnded): GrpcInjector {
  const server = createGrpcServer(services, {
    "grpc.max_receive_message_length": limits.doorMessageSizeBytesMax,
    "grpc.max_concurrent_streams": limits.callsPerConnectionMax,
    // The first is next to the wire: it sees what the gate refuses.
    interceptors: [
      ...(callEnded === undefined ? [] : [callCounter(callEnded)]),
      gateInterceptor(gate, termsByPath(services)),
    ],
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return { inject: (connection) => injector.injectConnection(connection), close: () => server.forceShutdown() };
}

function termsByPath(services: readonly ServedService[]): (path: string) => CallTerms {
  const byPath = new Map<string, CallTerms>();
  for (const { service, access: all, openCallsMax } of services) {
    for (const [name, { path }] of Object.entries(grpcDefinition(service))) {
      const access = all === "own" ? "own" : (all?.[name] ?? "operate");
      byPath.set(path, { access, openMax: openCallsMax?.[name] });
    }
  }
  return (path) => byPath.get(path) ?? { access: "operate", openMax: undefined };
}

function createGrpcServer(services: readonly ServedService[], options: ServerOptions = {}): Server {
  const server = new Server({
    "grpc.max_receive_message_length": limits.messageSizeBytesMax,
    "grpc.max_send_message_length": limits.messageSizeBytesMax,
    // As the client's: a peer that stands still (stopped, swapping, cut off) is noticed from this side too, and its
    // streams end. Without it the units of a stopped computation came back after 25 s.
    "grpc.keepalive_time_ms": 2_000,
    "grpc.keepalive_timeout_ms": 5_000,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.http2.min_ping_interval_without_data_ms": 500,
    ...options,
  });
  raiseReceiveWindow(server);
  for (const { service, implementation } of services) server.addService(grpcDefinition(service), implementation);
  return server;
}

interface PrivateServer {
  commonServerOptions: { settings?: object };
  createHttp2Server(credentials: unknown): Http2Server;
}

function raiseReceiveWindow(server: Server): void {
  const hidden = server as unknown as PrivateServer;
  hidden.commonServerOptions.settings = {
    ...getDefaultSettings(),
    enablePush: false, // a server that announces push breaks the protocol (RFC 9113, 6.5.2), and clients hang up
    ...hidden.commonServerOptions.settings,
    initialWindowSize: streamWindowSizeBytes,
  };
  const createHttp2Server = hidden.createHttp2Server.bind(server);
  hidden.createHttp2Server = (credentials) => {
    const http2Server = createHttp2Server(credentials);
    http2Server.on("session", (session: ServerHttp2Session) => session.setLocalWindowSize(connectionWindowSizeBytes));
    return http2Server;
  };
}

/** `unavailable`. */
export function cannotListen(address: string, cause: Error): ArrasError {
  return new ArrasError("unavailable", {
    message: `Cannot listen on ${address}: ${cause.message}`,
    action: "Is the address free and allowed?",
    cause,
  });
}
