// The certificate with which this node's mergers serve: looked at when the agent starts, and read again for each merger,
// so that a renewed one needs no restart.
import type { Log } from "../host/log.ts";
import type { FileSetting } from "../host/nats/nats-settings.ts";
import { fileMistake, isForHost, readIdentity } from "../host/pem-files.ts";
import { ArrasError, ArrasErrors } from "../proto/errors.ts";

export interface MergerTlsSettings {
  readonly cert: FileSetting;
  readonly key: FileSetting;
}

/** In PEM form. */
export interface IdentityPem {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface IdentitySurroundings {
  /** Where others reach the node: the certificate must have this name or address. IPv6 in brackets. */
  readonly hostAddress: string;
  /** Milliseconds since 1970. */
  wallClockMs(): number;
  readonly log: Log;
}

export class MergerIdentity {
  readonly #settings: MergerTlsSettings;
  readonly #world: IdentitySurroundings;
  #present: IdentityPem;

  /** Throws ArrasErrors, code `usage`, with every mistake. */
  constructor(settings: MergerTlsSettings, world: IdentitySurroundings) {
    this.#settings = settings;
    this.#world = world;
    this.#present = this.#read();
  }

  /** For a merger that is about to start. Files that cannot be used any more are told, and the former ones hold. */
  current(): IdentityPem {
    try {
      this.#present = this.#read();
    } catch (thrown) {
      const errors = thrown instanceof ArrasErrors ? thrown.errors : [ArrasError.from(thrown)];
      for (const { code, message, action } of errors)
        this.#world.log.error({ code }, `${message}. A merger starts with the certificate before it. ${action}`);
    }
    return this.#present;
  }

  #read(): IdentityPem {
    const mistakes: ArrasError[] = [];
    const identity = readIdentity(this.#settings, this.#world.wallClockMs(), mistakes);
    const own = identity?.certificates.chain[0];
    const host = this.#world.hostAddress.replace(/^\[|\]$/g, "");
    if (own !== undefined && !isForHost(own, host)) {
      const what = `holds a certificate for ${own.subjectAltName ?? "no name"}, and computations look for ${host}`;
      mistakes.push(fileMistake(this.#settings.cert, what, "Have that put into it, or give --host-address."));
    }
    if (mistakes.length > 0 || identity === undefined) throw new ArrasErrors(mistakes);
    return { certPem: identity.certificates.pem.toString(), keyPem: identity.key.pem.toString() };
  }
}
