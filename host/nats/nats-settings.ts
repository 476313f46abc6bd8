// How to reach NATS, from options and environment, complete and checked. Pure: files are named here and read when
// connecting. All mistakes are reported at once, each with the option or variable it came from, none with a secret.
import { ArrasError, ArrasErrors } from "../../proto/errors.ts";
import { parseNatsServers } from "./nats-servers.ts";
import { Secret } from "./secret.ts";

/** As the command line gives them. There is no option for a secret itself: every user of a machine sees its arguments. */
export interface NatsOptions {
  readonly nats?: string;
  readonly natsUser?: string;
  readonly natsPasswordFile?: string;
  readonly natsTokenFile?: string;
  readonly natsNkeyFile?: string;
  readonly natsCreds?: string;
  readonly natsCa?: string;
  readonly natsCert?: string;
  readonly natsKey?: string;
}

/** Given here, or in a file whose first line it is. `setting` names the option or variable. */
export type SecretSource =
  | { readonly t: "given"; readonly secret: Secret; readonly setting: string }
  | { readonly t: "file"; readonly path: string; readonly setting: string };

export interface FileSetting {
  readonly path: string;
  readonly setting: string;
}

export type NatsLogin =
  | { readonly t: "none" }
  | { readonly t: "password"; readonly user: string; readonly password: SecretSource }
  | { readonly t: "token"; readonly token: SecretSource }
  | { readonly t: "nkey"; readonly seed: FileSetting }
  | { readonly t: "creds"; readonly creds: FileSetting };

export interface NatsTls {
  readonly ca?: FileSetting;
  readonly cert?: FileSetting;
  readonly key?: FileSetting;
}

export interface NatsSettings {
  /** `host:port` each. */
  readonly servers: readonly string[];
  /** Where the list came from, for messages. */
  readonly setting: string;
  readonly login: NatsLogin;
  /** undefined: plain TCP, unless the server insists on TLS. */
  readonly tls: NatsTls | undefined;
}

interface Given {
  readonly text: string;
  readonly setting: string;
}

/** [flag, option, variable]; a variable without an option carries a secret. */
export const natsSettingNames = {
  servers: ["--nats", "nats", "ARRAS_NATS"],
  user: ["--nats-user", "natsUser", "ARRAS_NATS_USER"],
  password: [undefined, undefined, "ARRAS_NATS_PASSWORD"],
  passwordFile: ["--nats-password-file", "natsPasswordFile", "ARRAS_NATS_PASSWORD_FILE"],
  token: [undefined, undefined, "ARRAS_NATS_TOKEN"],
  tokenFile: ["--nats-token-file", "natsTokenFile", "ARRAS_NATS_TOKEN_FILE"],
  nkeyFile: ["--nats-nkey-file", "natsNkeyFile", "ARRAS_NATS_NKEY_FILE"],
  creds: ["--nats-creds", "natsCreds", "ARRAS_NATS_CREDS"],
  ca: ["--nats-ca", "natsCa", "ARRAS_NATS_CA"],
  cert: ["--nats-cert", "natsCert", "ARRAS_NATS_CERT"],
  key: ["--nats-key", "natsKey", "ARRAS_NATS_KEY"],
} as const satisfies Record<string, readonly [string | undefined, keyof NatsOptions | undefined, string]>;

type SettingName = keyof typeof natsSettingNames;

/**
 * undefined when neither option nor variable names a server: then there is no NATS, and the rest must be absent too.
 * @throws ArrasErrors, code `usage`, with every mistake.
 */
export function parseNatsSettings(
  options: NatsOptions,
  environment: Readonly<Record<string, string | undefined>>,
): NatsSettings | undefined {
  const mistakes: ArrasError[] = [];
  const refuse = (setting: string, message: string) => void mistakes.push(mistake(setting, message));
  const given = collect(options, environment, refuse);
  const list = given.get("servers");
  if (list === undefined) {
    for (const { setting } of given.values()) refuse(setting, `${setting} is set, but no NATS server is named`);
    if (mistakes.length > 0) throw new ArrasErrors(mistakes);
    return undefined;
  }
  const { servers, mistakes: listMistakes } = parseNatsServers(list.text);
  for (const text of listMistakes) refuse(list.setting, `${list.setting}: ${text}`);
  const login = chooseLogin(given, loginInUrl(servers, list.setting), refuse);
  const tls = chooseTls(given, servers.tls, refuse);
  if (mistakes.length > 0) throw new ArrasErrors(mistakes);
  return { servers: servers.addresses, setting: list.setting, login, tls };
}

type Refuse = (setting: string, message: string) => void;

function collect(
  options: NatsOptions,
  environment: Readonly<Record<string, string | undefined>>,
  refuse: Refuse,
): Map<SettingName, Given> {
  const given = new Map<SettingName, Given>();
  for (const name of Object.keys(natsSettingNames) as SettingName[]) {
    const [flag, option, variable] = natsSettingNames[name];
    const fromOption = option === undefined ? undefined : options[option];
    const text = fromOption ?? environment[variable];
    const setting = fromOption === undefined ? variable : (flag ?? variable);
    if (text === undefined) continue;
    // An empty variable is how shells and compose files say "not set"; an empty option is a mistake.
    if (text === "" && fromOption === undefined) continue;
    if (text === "" || /[\0\r\n]/.test(text)) refuse(setting, `${setting} is empty or has more than one line`);
    else given.set(name, { text, setting });
  }
  return given;
}

function secretOf(given: ReadonlyMap<SettingName, Given>, inline: "password" | "token"): SecretSource[] {
  const direct = given.get(inline);
  const file = given.get(`${inline}File`);
  const sources: SecretSource[] = [];
  if (direct !== undefined) sources.push({ t: "given", secret: new Secret(direct.text), setting: direct.setting });
  if (file !== undefined) sources.push({ t: "file", path: file.text, setting: file.setting });
  return sources;
}

function loginInUrl(servers: ReturnType<typeof parseNatsServers>["servers"], setting: string): NatsLogin[] {
  if (servers.token !== undefined) return [{ t: "token", token: { t: "given", secret: servers.token, setting } }];
  if (servers.user === undefined || servers.password === undefined) return [];
  return [{ t: "password", user: servers.user, password: { t: "given", secret: servers.password, setting } }];
}

function chooseLogin(given: ReadonlyMap<SettingName, Given>, inUrl: readonly NatsLogin[], refuse: Refuse): NatsLogin {
  const logins: NatsLogin[] = [...inUrl];
  const user = given.get("user");
  const passwords = secretOf(given, "password");
  for (const token of secretOf(given, "token")) logins.push({ t: "token", token });
  for (const password of passwords) {
    if (user === undefined) refuse(password.setting, `${password.setting} is set without a user`);
    else logins.push({ t: "password", user: user.text, password });
  }
  if (user !== undefined && passwords.length === 0) refuse(user.setting, `${user.setting} is set without a password`);
  const seed = given.get("nkeyFile");
  const creds = given.get("creds");
  if (seed !== undefined) logins.push({ t: "nkey", seed: { path: seed.text, setting: seed.setting } });
  if (creds !== undefined) logins.push({ t: "creds", creds: { path: creds.text, setting: creds.setting } });
  if (logins.length > 1) {
    const settings = logins.map(loginSetting).join(" and ");
    refuse(settings, `NATS takes one login, and ${settings} each give one`);
  }
  return logins[0] ?? { t: "none" };
}

/** The option or variable that a refused login should be looked for in. */
export function loginSetting(login: NatsLogin): string {
  if (login.t === "password") return login.password.setting;
  if (login.t === "token") return login.token.setting;
  if (login.t === "nkey") return login.seed.setting;
  return login.t === "creds" ? login.creds.setting : natsSettingNames.creds[0];
}

function chooseTls(given: ReadonlyMap<SettingName, Given>, inUrl: boolean, refuse: Refuse): NatsTls | undefined {
  const file = (name: "ca" | "cert" | "key") => {
    const found = given.get(name);
    return found === undefined ? {} : { [name]: { path: found.text, setting: found.setting } };
  };
  const tls: NatsTls = { ...file("ca"), ...file("cert"), ...file("key") };
  if (tls.cert !== undefined && tls.key === undefined)
    refuse(tls.cert.setting, `${tls.cert.setting} is set without a key`);
  if (tls.key !== undefined && tls.cert === undefined)
    refuse(tls.key.setting, `${tls.key.setting} is set without a certificate`);
  return inUrl || Object.keys(tls).length > 0 ? tls : undefined;
}

function mistake(setting: string, message: string): ArrasError {
  return new ArrasError("usage", {
    message,
    action: "See the options --nats… and the variables ARRAS_NATS….",
    place: { setting },
  });
}

/** For the start of a log: everything but secrets. */
export function describeNats(settings: NatsSettings): string {
  const user = settings.login.t === "password" ? ` as ${settings.login.user}` : "";
  const login = settings.login.t === "none" ? "without login" : `with ${settings.login.t}${user}`;
  return `NATS ${settings.servers.join(", ")} (${settings.setting}), ${login}, ${settings.tls === undefined ? "plain" : "TLS"}`;
}
