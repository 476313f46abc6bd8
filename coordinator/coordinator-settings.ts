// A coordinator's command line and environment as complete settings, with all mistakes at once. Pure.

import type { DoorTlsSettings } from "../host/door/door-tls.ts";
import type { FileSetting, NatsSettings } from "../host/nats/nats-settings.ts";
import {
  commonServiceOptions,
  type GivenValue,
  type ServiceOptionTable,
  serviceOptionsHelp,
  splitServiceArguments,
  usageMistake,
} from "../host/service-options.ts";
import { readCount, readHostPort, readLogLevel, readNats } from "../host/service-values.ts";
import { type ArrasError, ArrasErrors } from "../proto/errors.ts";
import { type HostPort, hostPortText, isLoopback, isWildcard } from "../proto/host-port.ts";
import { limits } from "../proto/limits.ts";

export interface CoordinatorSettings {
  readonly nats: NatsSettings;
  /** undefined: none. */
  readonly tls: DoorTlsSettings | undefined;
  /** The list of tokens; undefined: nobody needs one. */
  readonly tokens: FileSetting | undefined;
  readonly listen: HostPort;
  /** Nothing was said about where to listen, so only this machine may call. */
  readonly isListenDefault: boolean;
  /** Where computations find this coordinator; port 0: the one that is listened on. */
  readonly advertise: HostPort;
  /** Whether `listen` can be reached from other machines, and nobody there is asked who he is. */
  readonly isInsecure: boolean;
  /** So many sessions it plays with itself while it is idle, before real ones come. */
  readonly rehearsedSessionCount: number;
  /** Base URL of an OpenTelemetry collector; undefined: no traces. */
  readonly otlpEndpoint: string | undefined;
  readonly logLevel: number;
}

export type CoordinatorCommand =
  | { readonly t: "help" }
  | { readonly t: "version" }
  /** Tell what a list of tokens has in the place of the token on standard input. */
  | { readonly t: "hash-token" }
  | { readonly t: "run"; readonly settings: CoordinatorSettings };

export const coordinatorOptions = {
  listen: {
    value: "HOST:PORT",
    variable: "ARRAS_LISTEN",
    help: "the door for clients and computations; else 127.0.0.1:8888",
  },
  advertise: {
    value: "HOST:PORT",
    variable: "ARRAS_ADVERTISE",
    help: "where computations find it; else as --listen, or this machine's name",
  },
  tokens: { value: "FILE", variable: "ARRAS_TOKENS", help: "who may do what: users, hashes of tokens, rights" },
  "hash-token": { help: "read a token from standard input, print its hash for that file" },
  "tls-cert": { value: "FILE", variable: "ARRAS_TLS_CERT", help: "the door's certificate, with those above it" },
  "tls-key": { value: "FILE", variable: "ARRAS_TLS_KEY", help: "its key" },
  "tls-ca": {
    value: "FILE",
    variable: "ARRAS_TLS_CA",
    help: "the authority above it, for computations; else it is in --tls-cert, or known to all",
  },
  "tls-client-ca": {
    value: "FILE",
    variable: "ARRAS_TLS_CLIENT_CA",
    help: "clients need a certificate of this authority",
  },
  insecure: { help: "open the door to other machines without asking who comes" },
  rehearse: {
    value: "N",
    variable: "ARRAS_REHEARSE",
    help: `idle, it plays so many sessions with itself, that the first real one is fast; 0: none; else ${limits.rehearsedSessionCount}`,
  },
  "otlp-endpoint": {
    value: "URL",
    variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    help: "OpenTelemetry collector for sessions' traces, e.g. http://host:4318 (OTLP over HTTP); else none",
  },
  ...commonServiceOptions,
} as const satisfies ServiceOptionTable;

/** Throws ArrasErrors, code `usage`, with every mistake. `machineName`: what other machines call this one. */
export function readCoordinatorCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  machineName: string,
): CoordinatorCommand {
  const { values, nats: natsOptions, mistakes: found } = splitServiceArguments(args, environment, coordinatorOptions);
  if (values.has("help")) return { t: "help" };
  if (values.has("version")) return { t: "version" };
  if (values.has("hash-token") && found.length === 0) return { t: "hash-token" };
  const mistakes = [...found];
  const given = (name: keyof typeof coordinatorOptions) => values.get(name)?.[0];
  const listen = readHostPort(given("listen"), mistakes) ?? { host: "127.0.0.1", port: 8888 };
  const reachable = isWildcard(listen.host) ? machineName : listen.host;
  const advertise = readHostPort(given("advertise"), mistakes) ?? { host: reachable, port: 0 };
  const rehearsedSessionCount =
    readCount(given("rehearse"), { what: "sessions to rehearse", max: limits.rehearsedSessionCountMax }, mistakes) ??
    limits.rehearsedSessionCount;
  const otlpEndpoint = endpoint(given("otlp-endpoint"), mistakes);
  const logLevel = readLogLevel(given("log-level"), mistakes);
  const nats = readNats(natsOptions, environment, mistakes);
  const tls = readTls(given, mistakes);
  const tokens = fileOf(given("tokens"));
  const isInsecure = !isLoopback(listen.host) && tokens === undefined && tls?.clientCa === undefined;
  if (isInsecure && !values.has("insecure")) mistakes.push(openToAll(given("listen")?.setting ?? "--listen", listen));
  if (nats === undefined || mistakes.length > 0) throw new ArrasErrors(mistakes);
  const isListenDefault = given("listen") === undefined;
  const door = { tls, tokens, listen, isListenDefault, advertise, isInsecure };
  return { t: "run", settings: { nats, ...door, rehearsedSessionCount, otlpEndpoint, logLevel } };
}

type Given = (name: keyof typeof coordinatorOptions) => GivenValue | undefined;

function readTls(given: Given, mistakes: ArrasError[]): DoorTlsSettings | undefined {
  const [cert, key] = [fileOf(given("tls-cert")), fileOf(given("tls-key"))];
  const [ca, clientCa] = [fileOf(given("tls-ca")), fileOf(given("tls-client-ca"))];
  if (cert !== undefined && key !== undefined) return { cert, key, ca, clientCa };
  const first = cert ?? key ?? ca ?? clientCa;
  if (first !== undefined) {
    const message = `${first.setting} is given, and TLS needs both --tls-cert and --tls-key`;
    mistakes.push(usageMistake(first.setting, message, "Give the certificate and its key."));
  }
  return undefined;
}

function fileOf(given: GivenValue | undefined): FileSetting | undefined {
  return given === undefined ? undefined : { path: given.text, setting: given.setting };
}

function openToAll(setting: string, listen: HostPort): ArrasError {
  return usageMistake(
    setting,
    `${hostPortText(listen)} can be reached from other machines, and nobody would be asked who he is`,
    "Give --tokens FILE (docs/security.md shows how) and --tls-cert, or --insecure on a network that only the farm reaches.",
  );
}

function endpoint(given: GivenValue | undefined, mistakes: ArrasError[]): string | undefined {
  if (given === undefined) return undefined;
  if (/^https?:\/\/[^\s/]/.test(given.text) && URL.canParse(given.text)) return given.text;
  const message = `${given.setting} ${JSON.stringify(given.text.slice(0, 80))} is no address of a collector`;
  mistakes.push(usageMistake(given.setting, message, "Give for example http://127.0.0.1:4318."));
  return undefined;
}

export function coordinatorHelp(): string {
  return `arras-coordinator: takes sessions, places them on the farm's nodes, hands out their work

Usage: arras-coordinator --nats nats://HOST:4222 [options]

${serviceOptionsHelp(coordinatorOptions)}`;
}
