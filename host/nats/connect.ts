// The connection to NATS: made once, kept for ever. A server that is away, restarted or cut off costs time only; a
// login that was refused at the start is an error, later it is tried again (credentials are read anew each time).
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { Log } from "../log.ts";
import { natsError } from "./nats-error.ts";
import { NatsLink } from "./nats-link.ts";
import {
  describeNats,
  type FileSetting,
  loginSetting,
  type NatsLogin,
  type NatsSettings,
  type SecretSource,
} from "./nats-settings.ts";
import { reconnectDelayMs } from "./reconnect-delay.ts";

export interface ConnectOptions {
  /** Who connects, for the server's list of connections: "arras-node host1". */
  readonly name: string;
  readonly log: Log;
  /** How long to try for the first connection; services wait for ever, a command does not. */
  readonly firstConnectionWithinMs?: number;
  /** Ends the attempts for the first connection. */
  readonly signal?: AbortSignal;
}

/**
 * Rejects with `usage` (a file cannot be read), `unauthenticated` (the login is refused), `unavailable` (not within
 * the time given) or `cancelled`.
 */
export async function connectNats(settings: NatsSettings, options: ConnectOptions): Promise<NatsLink> {
  const { log } = options;
  const away = { sinceMs: performance.now() };
  const connectionOptions = clientOptions(settings, options.name, () =>
    reconnectDelayMs(performance.now() - away.sinceMs, Math.random()),
  );
  log.info(describeNats(settings));
  if (isOpenLogin(settings))
    log.warn("the NATS login crosses the network unencrypted: use TLS (tls://host, --nats-ca)");
  const startMs = performance.now();
  for (let attempts = 1; ; attempts++) {
    try {
      const connection = await connect(connectionOptions);
      return new NatsLink(connection, log, away);
    } catch (thrown) {
      const error = connectError(thrown, settings);
      const awayMs = performance.now() - startMs;
      if (error.code === "unauthenticated" || awayMs >= (options.firstConnectionWithinMs ?? Infinity)) throw error;
      if (attempts === 1 || attempts % 20 === 0) log.warn({ attempts }, `${error.message}; trying again`);
      await pause(reconnectDelayMs(awayMs, Math.random()), options.signal);
    }
  }
}

/** nkeys and credentials files only sign a challenge; passwords and tokens are sent as they are. */
function isOpenLogin({ login, servers, tls }: NatsSettings): boolean {
  const isHere = (server: string) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]):\d+$/.test(server);
  return (login.t === "password" || login.t === "token") && tls === undefined && !servers.every(isHere);
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new ArrasError("cancelled", { message: "Connecting to NATS was given up", action: "Start it again.", cause });
  }
}

function clientOptions(settings: NatsSettings, name: string, reconnectDelayHandler: () => number): ConnectionOptions {
  const authenticator = loginWith(settings.login);
  const { tls } = settings;
  for (const file of [tls?.ca, tls?.cert, tls?.key]) if (file !== undefined) readSetting(file);
  return {
    name,
    servers: [...settings.servers],
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectDelayHandler,
    timeout: limits.natsConnectTimeoutMs,
    pingInterval: limits.natsPingIntervalMs,
    maxPingOut: 2,
    // Stack traces of each request cost more than the requests.
    noAsyncTraces: true,
    ...(authenticator === undefined ? {} : { authenticator }),
    ...(tls === undefined
      ? {}
      : {
          // By name, so that renewed certificates are taken up with the next connection.
          tls: {
            ...(tls.ca && { caFile: tls.ca.path }),
            ...(tls.cert && { certFile: tls.cert.path }),
            ...(tls.key && { keyFile: tls.key.path }),
          },
        }),
  };
}

function loginWith(login: NatsLogin): Authenticator | undefined {
  if (login.t === "none") return undefined;
  if (login.t === "password") return usernamePasswordAuthenticator(login.user, secretReader(login.password));
  if (login.t === "token") return tokenAuthenticator(secretReader(login.token));
  const encoder = new TextEncoder();
  const file = login.t === "nkey" ? login.seed : login.creds;
  const read = rereader(file);
  const bytes = () => encoder.encode(login.t === "nkey" ? firstLine(read()) : read());
  const authenticator = login.t === "nkey" ? nkeyAuthenticator(bytes) : credsAuthenticator(bytes);
  try {
    authenticator("nonce"); // a malformed file throws here, with a name, and not in the middle of a handshake
  } catch {
    // Without the cause: the parser's message may quote what it read.
    const what = login.t === "nkey" ? "nkey seed (SU…)" : "NATS credentials file";
    throw usage(file.setting, `${file.path} is no ${what}`);
  }
  return authenticator;
}

function secretReader(source: SecretSource): () => string {
  if (source.t === "given") return () => source.secret.reveal();
  const read = rereader(source);
  return () => firstLine(read());
}

/** Reads anew each time, so that renewed credentials are taken up; keeps the last text if the file is away just then. */
function rereader(file: FileSetting): () => string {
  let text = readSetting(file);
  return () => {
    try {
      text = readSetting(file);
    } catch {
      // Being replaced right now: the old one is as good as any.
    }
    return text;
  };
}

function readSetting(file: FileSetting): string {
  try {
    return readFileSync(file.path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw usage(file.setting, `${file.path} cannot be read (${code})`);
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!.trim();
}

function usage(setting: string, message: string): ArrasError {
  return new ArrasError("usage", { message, action: "Name a file that is there and readable.", place: { setting } });
}

function connectError(thrown: unknown, settings: NatsSettings): ArrasError {
  const doing = `Connecting to NATS at ${settings.servers.join(", ")}`;
  const error = natsError(thrown, doing);
  if (error.code === "unauthenticated") {
    const { t } = settings.login;
    const action = t === "none" ? "Give a login: --nats-user, --nats-creds, …" : "Correct it, or the server's users.";
    return new ArrasError("unauthenticated", {
      message: `${doing}: the server refuses ${t === "none" ? "connections without a login" : `this ${t} login`}`,
      action,
      place: { setting: t === "none" ? settings.setting : loginSetting(settings.login) },
      cause: thrown,
    });
  }
  return new ArrasError("unavailable", {
    message: error.message,
    action: "Start nats-server there, or name another; certificates must be for the host's name.",
    place: { setting: settings.setting },
    cause: thrown,
  });
}
