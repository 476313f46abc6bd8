// The command line and environment of a long-running process (coordinator, node agent): a table of options in, values
// and all mistakes out, and the text of --help from the same table. Pure, but for Node's own parser.
import { parseArgs } from "node:util";
import { ArrasError } from "../proto/errors.ts";
import { type NatsOptions, natsSettingNames } from "./nats/nats-settings.ts";

export interface ServiceOption {
  readonly short?: string;
  /** What it takes, for the help; absent: a switch. */
  readonly value?: string;
  readonly repeatable?: boolean;
  /** Read where the option is not given. */
  readonly variable?: string;
  readonly help: string;
}

export type ServiceOptionTable = Readonly<Record<string, ServiceOption>>;

/** The last rows of every process's table. */
export const commonServiceOptions = {
  "log-level": {
    short: "l",
    value: "0-5",
    variable: "ARRAS_LOG_LEVEL",
    help: "0 fatal, 1 error, 2 warning, 3 information, 4 debug, 5 trace; else 3",
  },
  help: { short: "h", help: "this text" },
  version: { help: "version" },
} as const satisfies ServiceOptionTable;

/** A value and where it came from. */
export interface GivenValue {
  readonly text: string;
  readonly setting: string;
}

export interface ServiceArguments {
  /** Of each option that was given, in order; a switch has one empty text. */
  readonly values: ReadonlyMap<string, readonly GivenValue[]>;
  readonly nats: NatsOptions;
  readonly mistakes: readonly ArrasError[];
}

const natsHelp: Partial<Record<keyof typeof natsSettingNames, readonly [string, string]>> = {
  servers: ["URL[,URL]", "NATS servers of the farm"],
  user: ["NAME", "NATS user; the password is in ARRAS_NATS_PASSWORD or in a file"],
  passwordFile: ["FILE", "its first line is the password"],
  tokenFile: ["FILE", "its first line is the token (or ARRAS_NATS_TOKEN)"],
  nkeyFile: ["FILE", "nkey seed"],
  creds: ["FILE", "NATS credentials file"],
  ca: ["FILE", "certificate authority of the servers"],
  cert: ["FILE", "certificate of this process"],
  key: ["FILE", "its key"],
};

/** One row for each option of NATS; variables are parseNatsSettings' business. */
const natsTable: ServiceOptionTable = Object.fromEntries(
  Object.entries(natsHelp).map(([name, [value, help]]) => [
    (natsSettingNames[name as keyof typeof natsSettingNames][0] ?? "").slice(2),
    { value, help: `${help} [${natsSettingNames[name as keyof typeof natsSettingNames][2]}]` },
  ]),
);

export function splitServiceArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  ownTable: ServiceOptionTable,
): ServiceArguments {
  const table = { ...natsTable, ...ownTable };
  const { tokens } = parseArgs({ args: [...args], options: nodeOptions(table), strict: false, tokens: true });
  const values = new Map<string, GivenValue[]>();
  const mistakes: ArrasError[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") {
      mistakes.push(usageMistake(token.value, `${JSON.stringify(token.value)} is no option`, "See --help."));
    }
    if (token.kind !== "option") continue;
    const mistake = optionMistake(table, token, values.has(token.name));
    if (mistake !== undefined) mistakes.push(mistake);
    else
      values.set(token.name, [
        ...(values.get(token.name) ?? []),
        { text: token.value ?? "", setting: `--${token.name}` },
      ]);
  }
  for (const [name, { variable }] of Object.entries(table)) {
    const text = variable === undefined ? undefined : environment[variable];
    // An empty variable is how shells and compose files say "not set".
    if (variable !== undefined && text !== undefined && text !== "" && !values.has(name))
      values.set(name, [{ text, setting: variable }]);
  }
  return { values, nats: natsOptions(values), mistakes };
}

export function usageMistake(setting: string, message: string, action: string): ArrasError {
  return new ArrasError("usage", { message, action, place: { setting } });
}

/** Lines of --help. */
export function serviceOptionsHelp(ownTable: ServiceOptionTable): string {
  const rows = Object.entries({ ...ownTable, ...natsTable }).map(([name, { short, value, help, variable }]) => {
    const head = `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
    return [head, variable === undefined ? help : `${help} [${variable}]`] as const;
  });
  const width = Math.max(...rows.map(([head]) => head.length));
  return rows.map(([head, help]) => `  ${head.padEnd(width)}  ${help}\n`).join("");
}

function nodeOptions(table: ServiceOptionTable) {
  return Object.fromEntries(
    Object.entries(table).map(([name, { short, value }]) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        multiple: true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
}

function optionMistake(
  table: ServiceOptionTable,
  { name, rawName, value }: { readonly name: string; readonly rawName: string; readonly value?: string | undefined },
  isRepeated: boolean,
): ArrasError | undefined {
  if (!Object.hasOwn(table, name)) return usageMistake(rawName, `There is no option ${rawName}`, "See --help.");
  const row = table[name];
  if (row?.value === undefined)
    return value === undefined
      ? undefined
      : usageMistake(rawName, `${rawName} takes no value`, `Give ${rawName} alone.`);
  if (value === undefined || value === "" || value.startsWith("--"))
    return usageMistake(rawName, `${rawName} needs a value`, `Give ${rawName} ${row.value}.`);
  if (isRepeated && row.repeatable !== true) return usageMistake(rawName, `${rawName} is given twice`, "Give it once.");
  return undefined;
}

function natsOptions(values: ReadonlyMap<string, readonly GivenValue[]>): NatsOptions {
  const options: Partial<Record<keyof NatsOptions, string>> = {};
  for (const [flag, option] of Object.values(natsSettingNames)) {
    const text = flag === undefined ? undefined : values.get(flag.slice(2))?.[0]?.text;
    if (option !== undefined && text !== undefined) options[option] = text;
  }
  return options;
}
