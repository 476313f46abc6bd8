// Certificates and keys from files, looked at before anybody relies on them: each mistake names its file. Keys are never
// part of a message.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import type { FileSetting } from "./nats/nats-settings.ts";

export interface Certificates {
  readonly pem: Buffer;
  /** In the order of the file: the owner's first, then those above it. At least one. */
  readonly chain: readonly X509Certificate[];
}

export interface PrivateKey {
  readonly pem: Buffer;
  readonly key: KeyObject;
}

/** undefined: a mistake was added. */
export function readCertificates(file: FileSetting, mistakes: ArrasError[]): Certificates | undefined {
  const pem = readText(file, mistakes);
  if (pem === undefined) return undefined;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    const chain = blocks.map((block) => new X509Certificate(block));
    if (chain.length > 0) return { pem: Buffer.from(pem), chain };
    mistakes.push(fileMistake(file, "holds no certificate in PEM form", "It begins with -----BEGIN CERTIFICATE-----."));
  } catch (cause) {
    mistakes.push(fileMistake(file, "holds a certificate that cannot be read", "Is all of it there?", cause));
  }
  return undefined;
}

/** undefined: a mistake was added. */
export function readPrivateKey(file: FileSetting, mistakes: ArrasError[]): PrivateKey | undefined {
  const pem = readText(file, mistakes);
  if (pem === undefined) return undefined;
  try {
    return { pem: Buffer.from(pem), key: createPrivateKey(pem) };
  } catch {
    // No cause: OpenSSL's might quote.
    const action = "Give one in PEM form (-----BEGIN … PRIVATE KEY-----), without a passphrase.";
    mistakes.push(fileMistake(file, "holds no private key that can be read", action));
    return undefined;
  }
}

/** Both files of one identity, or undefined and a mistake. `nowMs`: wall clock, milliseconds since 1970. */
export function readIdentity(
  { cert, key }: { readonly cert: FileSetting; readonly key: FileSetting },
  nowMs: number,
  mistakes: ArrasError[],
): { readonly certificates: Certificates; readonly key: PrivateKey } | undefined {
  const certificates = readCertificates(cert, mistakes);
  const privateKey = readPrivateKey(key, mistakes);
  const own = certificates?.chain[0];
  if (own === undefined || certificates === undefined) return undefined;
  const dates = datesMistake(own, nowMs);
  if (dates !== undefined) mistakes.push(fileMistake(cert, dates, "Have a new one made."));
  if (privateKey === undefined) return undefined;
  if (!own.checkPrivateKey(privateKey.key)) {
    const what = `holds no key of the certificate in ${cert.path}`;
    mistakes.push(fileMistake(key, what, "Give the two files that were made together."));
  }
  return { certificates, key: privateKey };
}

/** Whether the certificate has that name or address. */
export function isForHost(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
}

function datesMistake({ validFrom, validTo }: X509Certificate, nowMs: number): string | undefined {
  if (nowMs > Date.parse(validTo)) return `holds a certificate that was valid until ${validTo}`;
  if (nowMs < Date.parse(validFrom)) return `holds a certificate that is valid only from ${validFrom}`;
  return undefined;
}

function readText(file: FileSetting, mistakes: ArrasError[]): string | undefined {
  try {
    const text = readFileSync(file.path, "utf8");
    if (text.length <= limits.pemSizeBytesMax) return text;
    mistakes.push(fileMistake(file, `is larger than pemSizeBytesMax = ${limits.pemSizeBytesMax}`, "Is it the file?"));
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    mistakes.push(fileMistake(file, `cannot be read${reason}`, "Is it there, and may this user read it?", cause));
  }
  return undefined;
}

export function fileMistake({ path, setting }: FileSetting, what: string, action: string, cause?: unknown): ArrasError {
  return new ArrasError("usage", { message: `The file ${path} ${what}`, action, place: { setting }, cause });
}
