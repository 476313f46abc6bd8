// How a client comes through a farm's door: TLS and a token, from options and environment. Pure: files are named here
// and read in read-access.ts. There is no option for the token itself: every user of a machine sees its arguments.
import { ArrasError } from "../proto/errors.ts";
import type { FileSetting, SecretSource } from "./nats/nats-settings.ts";
import { Secret } from "./nats/secret.ts";

export interface AccessOption {
  /** What it takes, for the help; absent: a switch. */
  readonly value?: string;
  /** Read where the option is not given. */
  readonly variable: string;
  readonly help: string;
}

/** Rows for the option tables of commands. */
export const accessOptions = {
  tls: { variable: "ARRAS_TLS", help: "TLS to the coordinator, whose certificate a known authority has signed" },
  ca: { value: "FILE", variable: "ARRAS_CA", help: "the authority of the coordinator's certificate (and TLS)" },
  cert: { value: "FILE", variable: "ARRAS_CERT", help: "your certificate, where the coordinator asks for one" },
  key: { value: "FILE", variable: "ARRAS_KEY", help: "its key" },
  "token-file": {
    value: "FILE",
    variable: "ARRAS_TOKEN_FILE",
    help: "its first line is your token (or ARRAS_TOKEN is)",
  },
} as const satisfies Record<string, AccessOption>;

export type AccessOptionName = keyof typeof accessOptions;

export interface AccessSettings {
  /** undefined: none. */
  readonly tls: ClientTlsSettings | undefined;
  readonly token: SecretSource | undefined;
}

export interface ClientTlsSettings {
  readonly ca?: FileSetting;
  readonly identity?: { readonly cert: FileSetting; readonly key: FileSetting };
}

/** `optionOf`: what the command line gave; "" for a switch. Adds what is wrong to `mistakes`. */
export function parseAccess(
  optionOf: (name: AccessOptionName) => string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  mistakes: ArrasError[],
): AccessSettings {
  const given = (name: AccessOptionName): FileSetting | undefined => {
    const path = optionOf(name);
    if (path !== undefined) return { path, setting: `--${name}` };
    const { variable } = accessOptions[name];
    const text = environment[variable];
    // An empty variable is how shells and compose files say "not set".
    return text === undefined || text === "" ? undefined : { path: text, setting: variable };
  };
  return { tls: tlsOf(given, mistakes), token: tokenOf(given("token-file"), environment.ARRAS_TOKEN, mistakes) };
}

function tlsOf(
  given: (name: AccessOptionName) => FileSetting | undefined,
  mistakes: ArrasError[],
): ClientTlsSettings | undefined {
  const [wish, ca, cert, key] = [given("tls"), given("ca"), given("cert"), given("key")];
  const isWished = wish !== undefined && wish.path !== "0" && wish.path !== "false";
  if ((cert === undefined) !== (key === undefined)) {
    const { setting } = cert ?? key ?? { setting: "" };
    const message = `${setting} is given without ${cert === undefined ? "its certificate" : "its key"}`;
    mistakes.push(new ArrasError("usage", { message, action: "Give --cert and --key.", place: { setting } }));
  }
  if (!isWished && ca === undefined && cert === undefined && key === undefined) return undefined;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { identity: { cert, key } }),
  };
}

function tokenOf(
  file: FileSetting | undefined,
  text: string | undefined,
  mistakes: ArrasError[],
): SecretSource | undefined {
  const inline = text === undefined || text === "" ? undefined : text;
  // An option outranks a variable, as everywhere; of two variables neither does.
  if (file !== undefined && inline !== undefined && file.setting === accessOptions["token-file"].variable) {
    const message = `${file.setting} and ARRAS_TOKEN each give a token`;
    mistakes.push(new ArrasError("usage", { message, action: "Set one of them.", place: { setting: file.setting } }));
  }
  if (file !== undefined) return { t: "file", ...file };
  return inline === undefined ? undefined : { t: "given", secret: new Secret(inline), setting: "ARRAS_TOKEN" };
}
