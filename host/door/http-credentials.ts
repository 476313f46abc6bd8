// What an HTTP request shows of its caller. Nothing here decides.
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Credentials } from "./doorkeeper.ts";

export function credentialsOf({ headers, socket }: IncomingMessage): Credentials {
  return {
    address: socket.remoteAddress ?? "",
    authorization: headers.authorization,
    certificateName: trustedName(socket),
    cookie: headers.cookie,
    host: headers.host,
  };
}

/** Common name of a certificate of the authority that the door trusts; undefined without one. */
function trustedName(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  return subject === undefined ? undefined : String(subject.CN ?? "");
}
