// A coordinator's command line and environment as complete settings, with all mistakes at once. Pure.

import type { NatsSettings } from "../host/nats/nats-settings.ts";
import {
  commonServiceOptions,
  type ServiceOptionTable,
  serviceOptionsHelp,
  splitServiceArguments,
} from "../host/service-options.ts";
import { readHostPort, readLogLevel, readNats } from "../host/service-values.ts";
import { ArrasErrors } from "../proto/errors.ts";
import { type HostPort, isLoopback, isWildcard } from "../proto/host-port.ts";

export interface CoordinatorSettings {
  readonly nats: NatsSettings;
  readonly listen: HostPort;
  /** Nothing was said about where to listen, so only this machine may call. */
  readonly isListenDefault: boolean;
  /** Where computations find this coordinator; port 0: the one that is listened on. */
  readonly advertise: HostPort;
  /** Whether `listen` can be reached from other machines. */
  readonly isOpen: boolean;
  readonly logLevel: number;
}

export type CoordinatorCommand =
  | { readonly t: "help" }
  | { readonly t: "version" }
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
  const mistakes = [...found];
  const given = (name: keyof typeof coordinatorOptions) => values.get(name)?.[0];
  const listen = readHostPort(given("listen"), mistakes) ?? { host: "127.0.0.1", port: 8888 };
  const reachable = isWildcard(listen.host) ? machineName : listen.host;
  const advertise = readHostPort(given("advertise"), mistakes) ?? { host: reachable, port: 0 };
  const logLevel = readLogLevel(given("log-level"), mistakes);
  const nats = readNats(natsOptions, environment, mistakes);
  if (nats === undefined || mistakes.length > 0) throw new ArrasErrors(mistakes);
  const isOpen = !isLoopback(listen.host);
  const isListenDefault = given("listen") === undefined;
  return { t: "run", settings: { nats, listen, isListenDefault, advertise, isOpen, logLevel } };
}

export function coordinatorHelp(): string {
  return `arras-coordinator: takes sessions, places them on the farm's nodes, hands out their work

Usage: arras-coordinator --nats nats://HOST:4222 [options]

${serviceOptionsHelp(coordinatorOptions)}`;
}
