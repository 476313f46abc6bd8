// TLS of a gRPC client's channel, as grpc-js wants it.
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import { type ChannelCredentials, type ChannelOptions, credentials } from "@grpc/grpc-js";
import { parseHostPort } from "../proto/host-port.ts";
import type { ClientTls } from "./read-access.ts";

export interface Channel {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/** `tls` undefined: plain. */
export function channelOf(address: string, tls: ClientTls | undefined): Channel {
  if (tls === undefined) return { credentials: credentials.createInsecure(), options: {} };
  const host = parseHostPort(address)?.host ?? "";
  const isAddress = isIP(host) !== 0;
  return {
    credentials: credentials.createSsl(
      tls.ca ?? null,
      tls.identity?.key ?? null,
      tls.identity?.cert ?? null,
      isAddress ? { checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate) } : {},
    ),
    // grpc-js announces the host as the server's name, which must not be an address (RFC 6066, 3): Node.js warns of it
    // (DEP0123). The certificate is checked for the address all the same.
    options: isAddress ? { "grpc.ssl_target_name_override": "arras" } : {},
  };
}
