// A door with TLS: the handshake comes first, then what is inside is looked at as on a door without. Who does not know is
// told, where there are words for it.
import type { Socket } from "node:net";
import { createServer } from "node:tls";
import type { Log } from "../log.ts";
import type { DoorTls } from "./door-tls.ts";
import type { Spoken } from "./greeting.ts";

const minVersion = "TLSv1.2";

const plainHttpAnswer = [
  "HTTP/1.1 400 Bad Request",
  "Content-Type: text/plain; charset=utf-8",
  "Connection: close",
  "",
  "This door speaks TLS: use https.\n",
].join("\r\n");

export interface TlsFirst extends Spoken {
  /** For connections that come from now on. Whether clients are asked for a certificate stays as it was. */
  renew(tls: DoorTls): void;
}

/** `inside`: takes the connection over when its handshake is done. */
export function tlsFirst(
  { cert, key, clientCa }: DoorTls,
  { greetingMsMax }: { readonly greetingMsMax: number },
  log: Log,
  inside: (socket: Socket) => void,
): TlsFirst {
  const server = createServer({
    cert,
    key,
    // Without a certificate only what has a login of its own is served (computations): the doorkeeper sees to it, and
    // can say what is missing, which a handshake that fails cannot.
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
    // Browsers and curl offer both, and HTTP is answered in version 1.1 alone; gRPC's clients offer h2 alone.
    ALPNProtocols: ["http/1.1", "h2"],
    minVersion,
    handshakeTimeout: greetingMsMax,
  });
  server.on("secureConnection", (socket) => {
    // As on the connection below: whoever takes it over has a listener of his own.
    socket.on("error", (error) => log.debug({ reason: error.message }, "a TLS connection broke"));
    inside(socket);
  });
  server.on("tlsClientError", (error) => log.debug({ reason: error.message }, "a TLS handshake failed"));
  return {
    tls: (socket) => void server.emit("connection", socket),
    http1: (socket) => void socket.end(plainHttpAnswer, () => socket.destroy()),
    http2: (socket) => void socket.destroy(),
    renew: (tls) =>
      server.setSecureContext({
        cert: tls.cert,
        key: tls.key,
        minVersion,
        ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa }),
      }),
  };
}
