// Who may come in: finds out who calls, counts his requests, and checks his right. The same for gRPC and HTTP.
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { Clock } from "../clock.ts";
import { type Caller, everybody, nobody, requireRight } from "./caller.ts";
import { ConcurrentCalls } from "./concurrent-calls.ts";
import type { Access } from "./http-route.ts";
import { clientOfAddress, RequestRates } from "./request-rate.ts";
import { cookieName, cookieValue, openSealed, type Seal, sealCaller } from "./sealed-caller.ts";
import { findToken, isUserName, type TokenEntry } from "./token-list.ts";

/** What a call shows of its caller. */
export interface Credentials {
  /** Of the connection's other side; empty on a Unix socket. */
  readonly address: string;
  /** The header of that name. */
  readonly authorization: string | undefined;
  /** Common name of the client's certificate, where it has one of the authority that the door trusts. */
  readonly certificateName: string | undefined;
  /** Headers of HTTP; gRPC has none of them. */
  readonly cookie?: string | undefined;
  readonly host?: string | undefined;
}

export interface DoorkeeperOptions {
  /** undefined: nobody needs one. */
  readonly tokens: readonly TokenEntry[] | undefined;
  /** Callers need a certificate; without tokens its name is the user, who may do everything. */
  readonly needsCertificate: boolean;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  wallClockMs(): number;
  /** 32 bytes that the farm's coordinators share, and nobody else knows. */
  readonly sealKey: Uint8Array;
}

export class Doorkeeper {
  readonly #options: DoorkeeperOptions;
  #tokens: readonly TokenEntry[] | undefined;
  readonly #rates = new RequestRates({
    burst: limits.requestBurstMax,
    perSecond: limits.requestsPerSecondMax,
    clientsMax: limits.rateClientsMax,
  });

  readonly #calls = new ConcurrentCalls();

  constructor(options: DoorkeeperOptions) {
    this.#options = options;
    this.#tokens = options.tokens;
  }

  /** For calls that come from now on. Cookies and calls that are open stay. */
  renew(tokens: readonly TokenEntry[] | undefined): void {
    this.#tokens = tokens;
  }

  /** Throws `unauthenticated`, `not-allowed` or `rate-exceeded`. */
  admit(credentials: Credentials, access: Access): Caller {
    const caller = access === "open" ? nobody : this.#identify(credentials);
    this.#count(clientOf(caller, credentials));
    if (access !== "open") requireRight(caller, access);
    return caller;
  }

  /** A call that lasts: what to call at its end. Throws `rate-exceeded` when the client has `max` of its kind open. */
  enter(caller: Caller, credentials: Credentials, { kind, max }: { readonly kind: string; readonly max: number }) {
    const leave = this.#calls.enter(clientOf(caller, credentials), kind, max);
    if (leave !== undefined) return leave;
    throw new ArrasError("rate-exceeded", {
      message: `One client has ${max} calls of ${kind} open, as many as it may`,
      action: "End some of them, or wait until they have ended.",
    });
  }

  /** A cookie for who came with this token. Throws as admit does. */
  exchange(token: string, credentials: Credentials): { readonly name: string; readonly value: string } {
    const caller = this.admit({ ...credentials, cookie: undefined, authorization: `Bearer ${token}` }, "watch");
    return { name: cookieName(credentials.host), value: sealCaller(caller, "cookie", this.#seal()) };
  }

  /** The `authorization` with which this coordinator hands the caller's call on to another one, at once. */
  letterFor(caller: Caller): string {
    return `Sealed ${sealCaller(caller, "letter", this.#seal())}`;
  }

  #identify(credentials: Credentials): Caller {
    const { needsCertificate } = this.#options;
    const tokens = this.#tokens;
    const { certificateName, authorization } = credentials;
    // Another coordinator has asked him, and sealed what it found out.
    const letter = /^Sealed (\S+)$/.exec(authorization ?? "")?.[1];
    const sent = letter === undefined ? undefined : openSealed(letter, "letter", this.#seal());
    if (sent !== undefined) return sent;
    if (needsCertificate && certificateName === undefined)
      throw this.#unknown(credentials, "comes without a certificate that the door trusts", "Give --cert and --key.");
    if (tokens === undefined) {
      if (certificateName === undefined) return everybody;
      if (isUserName(certificateName)) return { user: certificateName, right: "operate" };
      throw this.#unknown(credentials, "comes with a certificate whose common name is no user's", "Name one in it.");
    }
    const { cookie, host } = credentials;
    if (authorization === undefined) {
      const caller = openSealed(cookieValue(cookie, cookieName(host)), "cookie", this.#seal());
      if (caller !== undefined) return caller;
      throw this.#unknown(credentials, "comes without a token", "Give --token-file FILE, or ARRAS_TOKEN.");
    }
    const token = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1];
    const entry = token === undefined ? undefined : findToken(tokens, token);
    if (entry !== undefined) return { user: entry.user, right: entry.right };
    throw this.#unknown(
      credentials,
      "comes with a token that the door does not know",
      "Is it the right file, and does the coordinator's --tokens list it?",
    );
  }

  #seal(): Seal {
    return { key: this.#options.sealKey, nowMs: this.#options.wallClockMs() };
  }

  /** Guesses are counted too. */
  #unknown({ address }: Credentials, what: string, action: string): ArrasError {
    this.#count(clientOfAddress(address));
    return new ArrasError("unauthenticated", { message: `A call ${what}`, action });
  }

  #count(client: string): void {
    const waitMs = this.#rates.take(client, this.#options.clock.nowMs());
    if (waitMs === 0) return;
    throw new ArrasError("rate-exceeded", {
      message: `More than requestsPerSecondMax = ${limits.requestsPerSecondMax} requests a second of one client`,
      action: `Wait ${Math.ceil(waitMs / 1000)} s, and ask less often.`,
    });
  }
}

/** Whose requests are counted together. */
function clientOf({ user }: Caller, { address }: Credentials): string {
  return user === "" ? clientOfAddress(address) : `user ${user}`;
}
