// Reads the files with which a client comes through a farm's door.
import { readFileSync } from "node:fs";
import { ArrasError, ArrasErrors } from "../proto/errors.ts";
import type { AccessSettings } from "./access-settings.ts";
import { tokenOfText } from "./door/token-list.ts";
import type { SecretSource } from "./nats/nats-settings.ts";
import { Secret } from "./nats/secret.ts";
import { fileMistake, readCertificates, readIdentity } from "./pem-files.ts";

/** What a client of the door has with it. */
export interface DoorAccess {
  /** undefined: none. */
  readonly tls: ClientTls | undefined;
  readonly token: Secret | undefined;
}

export interface ClientTls {
  /** In PEM form; undefined: those that Node.js knows. */
  readonly ca: Buffer | undefined;
  readonly identity: { readonly cert: Buffer; readonly key: Buffer } | undefined;
}

/** `nowMs`: wall clock, milliseconds since 1970. Throws ArrasErrors, code `usage`, with every mistake. */
export function readAccess({ tls, token }: AccessSettings, nowMs: number): DoorAccess {
  const mistakes: ArrasError[] = [];
  const ca = tls?.ca && readCertificates(tls.ca, mistakes);
  const identity = tls?.identity && readIdentity(tls.identity, nowMs, mistakes);
  const secret = token && readToken(token, mistakes);
  if (mistakes.length > 0) throw new ArrasErrors(mistakes);
  return {
    token: secret,
    tls: tls && {
      ca: ca?.pem,
      identity: identity && { cert: identity.certificates.pem, key: identity.key.pem },
    },
  };
}

function readToken(source: SecretSource, mistakes: ArrasError[]): Secret | undefined {
  try {
    const text = source.t === "given" ? source.secret.reveal() : readFileSync(source.path, "utf8");
    return new Secret(tokenOfText(text, source.setting));
  } catch (thrown) {
    const file = { path: source.t === "file" ? source.path : "", setting: source.setting };
    if (thrown instanceof ArrasError) mistakes.push(thrown);
    else mistakes.push(fileMistake(file, "cannot be read", "Is it there, and may this user read it?", thrown));
    return undefined;
  }
}
