// HTTP and WebSocket requests about a session that another coordinator owns: handed on to its door as they are, so that a
// browser needs one host. Its login is good there too: the doors of a farm seal logins with one key.
import { type IncomingMessage, request as plainRequest, type RequestOptions, type ServerResponse } from "node:http";
import { request as secureRequest } from "node:https";
import type { Duplex } from "node:stream";
import { ArrasError } from "../../proto/errors.ts";
import { parseHostPort } from "../../proto/host-port.ts";

/** Set on what was handed on once: it is answered there or not at all. */
export const relayedHeader = "arras-relayed";

export class HttpRelay {
  readonly #caPem: string | undefined;

  /** `caPem`: the authority of the coordinators' certificates; undefined: they speak no TLS. */
  constructor(caPem: string | undefined) {
    this.#caPem = caPem;
  }

  /** Resolves when it is answered. */
  answer(message: IncomingMessage, response: ServerResponse, address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const there = this.#request(message, address);
      there.on("response", (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on("error", () => response.destroy());
        response.on("close", () => {
          answer.destroy();
          resolve();
        });
      });
      there.on("error", (error) => reject(notReached(address, error)));
      there.end();
    });
  }

  /** The two connections become one. */
  upgrade(message: IncomingMessage, socket: Duplex, address: string): void {
    const there = this.#request(message, address);
    const drop = () => socket.destroy();
    socket.on("error", () => there.destroy());
    there.on("error", drop);
    there.on("response", drop);
    there.on("upgrade", (answer, far, head) => {
      const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join("")}\r\n`);
      if (head.length > 0) socket.write(head);
      far.pipe(socket).pipe(far);
      far.on("error", drop);
      far.on("close", drop);
      socket.on("close", () => far.destroy());
    });
    there.end();
  }

  #request(message: IncomingMessage, address: string) {
    const place = parseHostPort(address);
    if (place === undefined) throw notReached(address, new Error("it is no host and port"));
    const { host, port } = place;
    const headers = { ...message.headers, [relayedHeader]: "1" };
    const options: RequestOptions = { host, port, method: message.method, path: message.url, headers };
    return this.#caPem === undefined ? plainRequest(options) : secureRequest({ ...options, ca: this.#caPem });
  }
}

function notReached(address: string, cause: Error): ArrasError {
  return new ArrasError("unavailable", {
    message: `The coordinator at ${address}, which owns the session, was not reached: ${cause.message}`,
    action: "Try again in some seconds: another takes the session over.",
    cause,
  });
}
