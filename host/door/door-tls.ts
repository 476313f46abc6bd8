// The door's certificate, as files name it: read once, at the start, with everything that is wrong with it.
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { type ArrasError, ArrasErrors } from "../../proto/errors.ts";
import type { FileSetting } from "../nats/nats-settings.ts";
import { fileMistake, isForHost, readCertificates, readIdentity } from "../pem-files.ts";

export interface DoorTlsSettings {
  readonly cert: FileSetting;
  readonly key: FileSetting;
  /** Clients need a certificate of it. */
  readonly clientCa: FileSetting | undefined;
  /** Above `cert`; undefined: in its own file, or known to everybody. */
  readonly ca: FileSetting | undefined;
}

export interface DoorTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer | undefined;
  /** With what computations check the door: the authority at the top of its chain. */
  readonly authority: string;
}

export interface TlsSurroundings {
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: number;
  /** Where computations look for the door: the certificate must have this name or address. */
  readonly advertisedHost: string;
}

/** Throws ArrasErrors, code `usage`, with every mistake. */
export function readDoorTls(settings: DoorTlsSettings, { nowMs, advertisedHost }: TlsSurroundings): DoorTls {
  const mistakes: ArrasError[] = [];
  const identity = readIdentity(settings, nowMs, mistakes);
  const clientCa = settings.clientCa && readCertificates(settings.clientCa, mistakes);
  const ca = settings.ca && readCertificates(settings.ca, mistakes);
  const own = identity?.certificates.chain[0];
  if (own !== undefined && !isForHost(own, advertisedHost)) {
    const what = `holds a certificate for ${own.subjectAltName ?? "no name"}, and computations look for ${advertisedHost}`;
    mistakes.push(fileMistake(settings.cert, what, "Have that name put into it, or give --advertise HOST:PORT."));
  }
  const authority = identity && authorityOf(identity.certificates.chain, ca?.chain ?? []);
  if (identity !== undefined && authority === undefined && (settings.ca === undefined) === (ca === undefined)) {
    const what = "holds a certificate of an authority that is neither in it nor known";
    mistakes.push(fileMistake(settings.cert, what, "Give the authority's certificate with --tls-ca FILE."));
  }
  if (mistakes.length > 0 || identity === undefined || authority === undefined) throw new ArrasErrors(mistakes);
  const { certificates, key } = identity;
  return { cert: certificates.pem, key: key.pem, clientCa: clientCa?.pem, authority: authority.toString() };
}

/** The certificate that ends the chain: it has signed itself. undefined: there is none. */
function authorityOf(
  chain: readonly X509Certificate[],
  given: readonly X509Certificate[],
): X509Certificate | undefined {
  const candidates = [...chain, ...given];
  let top: X509Certificate | undefined = chain[0];
  // One more than there are: a circle of signatures ends.
  for (let step = 0; step <= candidates.length; step += 1) {
    if (top === undefined || isAbove(top, top)) return top;
    const lower: X509Certificate = top;
    top = candidates.find((upper) => upper !== lower && isAbove(upper, lower)) ?? knownAbove(lower);
  }
  return undefined;
}

function knownAbove(lower: X509Certificate): X509Certificate | undefined {
  return rootCertificates.map((pem) => new X509Certificate(pem)).find((root) => isAbove(root, lower));
}

function isAbove(upper: X509Certificate, lower: X509Certificate): boolean {
  return lower.checkIssued(upper) && lower.verify(upper.publicKey);
}
