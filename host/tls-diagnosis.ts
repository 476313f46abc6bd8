// Why a connection to the door did not come about, in words of TLS. gRPC only says that it is unavailable, with OpenSSL's
// text, which is no interface: so the same connection is tried once more, and its error codes are looked at.
import { type ConnectionOptions, connect } from "node:tls";
import { ArrasError } from "../proto/errors.ts";
import { parseHostPort } from "../proto/host-port.ts";
import { limits } from "../proto/limits.ts";
import type { ClientTls } from "./read-access.ts";

/** undefined: TLS is not what is wrong. `tls`: as the client used it; undefined: it spoke plainly. */
export async function diagnoseTls(address: string, tls: ClientTls | undefined): Promise<ArrasError | undefined> {
  const place = parseHostPort(address);
  if (place === undefined) return undefined;
  const code = await attempt(place, tls === undefined ? { rejectUnauthorized: false } : trusted(tls));
  if (tls !== undefined) return code === undefined ? undefined : explained(address, place.host, code);
  if (code !== undefined) return undefined;
  return fault(`The coordinator at ${address} speaks TLS`, "Give --ca FILE, or --tls where a known authority signed.");
}

function trusted({ ca, identity }: ClientTls): ConnectionOptions {
  return { ...(ca === undefined ? {} : { ca }), ...(identity ?? {}) };
}

/** The error's code; undefined: the handshake was completed. */
function attempt(
  { host, port }: { readonly host: string; readonly port: number },
  options: ConnectionOptions,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ALPNProtocols: ["h2"], timeout: limits.tlsDiagnosisMsMax, ...options });
    const end = (code: string | undefined) => {
      socket.destroy();
      resolve(code);
    };
    socket.once("secureConnect", () => end(undefined));
    socket.once("timeout", () => end("ETIMEDOUT"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? "unknown"));
    // A peer without TLS that hangs up says nothing else.
    socket.once("close", () => end("ECONNRESET"));
  });
}

/** OpenSSL's names of what is wrong with a chain (node:tls, "X509 certificate error codes"). */
const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "INVALID_CA",
]);

function explained(address: string, host: string, code: string): ArrasError | undefined {
  if (untrusted.has(code)) {
    const message = `The certificate of ${address} is not trusted`;
    return fault(message, "Give --ca FILE: the authority that signed it (ask whoever runs the farm).");
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    const message = `The certificate of ${address} ${code === "CERT_HAS_EXPIRED" ? "has expired" : "is not valid yet"}`;
    return fault(message, "Have a new one given to the coordinator; is this machine's clock right?");
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const message = `The certificate that answers at ${address} is not for ${host}`;
    return fault(message, "Give --host a name that is in it, or have that name put into it.");
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG" || code === "ECONNRESET")
    return fault(`What answers at ${address} speaks no TLS`, "Leave out --tls and --ca, or correct --port.");
  return undefined;
}

function fault(message: string, action: string): ArrasError {
  return new ArrasError("unavailable", { message, action, place: { setting: "--host" } });
}
