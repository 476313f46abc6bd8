// arras-farm's command line and environment as complete settings, with all mistakes at once. Pure, but for Node's own
// parser; time is an argument.
import { parseArgs } from "node:util";
import { type AccessSettings, parseAccess } from "../../host/access-settings.ts";
import { type ArrasError, ArrasErrors } from "../../proto/errors.ts";
import { hostPortText, parseHostPort } from "../../proto/host-port.ts";
import { usage } from "../command-line.ts";
import { quoted } from "../value-readers.ts";
import { type FarmCommandName, type FarmOption, farmCommands, farmOptions } from "./farm-options.ts";

/** Where to begin in the journal. */
export type EventsFrom =
  | { readonly t: "start" }
  | { readonly t: "since"; readonly sinceMs: number }
  | { readonly t: "after"; readonly sequence: number };

export type SessionChange = "pause" | "resume" | "cancel";

export type FarmAction =
  | { readonly t: "nodes"; readonly node: string | undefined }
  | { readonly t: "sessions" }
  | { readonly t: "session"; readonly session: string }
  | { readonly t: "drain"; readonly node: string }
  | { readonly t: SessionChange; readonly session: string }
  | { readonly t: "images"; readonly session: string | undefined }
  | { readonly t: "fetch"; readonly session: string; readonly output: string | undefined }
  | { readonly t: "events"; readonly from: EventsFrom; readonly follow: boolean };

/** Of finished images; all others are of what the farm has now. */
export type ImageAction = Extract<FarmAction, { readonly t: "images" | "fetch" }>;

export function isImageAction(action: FarmAction): action is ImageAction {
  return action.t === "images" || action.t === "fetch";
}

/** What is to be done, and whether what came of it is said as JSON. */
export interface Asked<Action extends FarmAction> {
  readonly action: Action;
  readonly json: boolean;
}

export interface FarmSettings extends Asked<FarmAction> {
  /** The coordinator's. */
  readonly address: string;
  /** Files are named and not read yet. */
  readonly access: AccessSettings;
}

export type FarmCommand =
  | { readonly t: "help" }
  | { readonly t: "version" }
  | { readonly t: "run"; readonly settings: FarmSettings };

export interface FarmSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: number;
}

/** Throws ArrasErrors, code `usage`, with every mistake. */
export function readFarmCommand(args: readonly string[], world: FarmSurroundings): FarmCommand {
  const { values, plain, mistakes } = split(args);
  if (values.has("help")) return { t: "help" };
  if (values.has("version")) return { t: "version" };
  const address = readAddress(values, world.environment, mistakes);
  const access = parseAccess((name) => values.get(name), world.environment, mistakes);
  const action = readAction(values, plain, world.nowMs, mistakes);
  if (address === undefined || action === undefined || mistakes.length > 0) throw new ArrasErrors(mistakes);
  return { t: "run", settings: { address, access, json: values.has("json"), action } };
}

type Values = ReadonlyMap<string, string>;

function split(args: readonly string[]) {
  const table: Readonly<Record<string, FarmOption>> = farmOptions;
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { short, value }]) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string>();
  const plain: string[] = [];
  const mistakes: ArrasError[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") plain.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value = "" } = token;
    const row = Object.hasOwn(table, name) ? table[name] : undefined;
    if (row === undefined) mistakes.push(usage(rawName, `There is no option ${rawName}`, "See --help."));
    else if (row.value === undefined && token.value !== undefined)
      mistakes.push(usage(rawName, `${rawName} takes no value`, `Give ${rawName} alone.`));
    else if (row.value !== undefined && (value === "" || value.startsWith("--")))
      mistakes.push(usage(rawName, `${rawName} needs a value`, `Give ${rawName} ${row.value}.`));
    else if (values.has(name)) mistakes.push(usage(rawName, `${rawName} is given twice`, "Give it once."));
    else values.set(name, value);
  }
  return { values, plain, mistakes };
}

function readAddress(
  values: Values,
  environment: FarmSurroundings["environment"],
  mistakes: ArrasError[],
): string | undefined {
  const given = (name: string, variable: string) => {
    const text = values.get(name);
    return text === undefined
      ? { text: environment[variable] || undefined, setting: variable }
      : { text, setting: `--${name}` };
  };
  const host = given("host", "ARRAS_HOST");
  const port = given("port", "ARRAS_PORT");
  const name = host.text ?? "127.0.0.1";
  const bracketed = /^[0-9a-f.]*(:[0-9a-f.]*){2,}$/i.test(name) ? `[${name}]` : name;
  const parsedHost = parseHostPort(`${bracketed}:1`);
  if (parsedHost === undefined)
    mistakes.push(usage(host.setting, `${quoted(name)} is no host`, "Give a name or an address; the port is --port."));
  const portText = port.text ?? "8888";
  const portNumber = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (portNumber < 1 || portNumber > 65_535)
    mistakes.push(usage(port.setting, `${quoted(portText)} is no port`, "Give 1 to 65535."));
  return parsedHost === undefined ? undefined : hostPortText({ host: parsedHost.host, port: portNumber });
}

function readAction(
  values: Values,
  plain: readonly string[],
  nowMs: number,
  mistakes: ArrasError[],
): FarmAction | undefined {
  const [name, given, ...more] = plain;
  const names = Object.keys(farmCommands).join(", ");
  if (name === undefined) {
    mistakes.push(usage("COMMAND", "No command is named", `Give one of ${names}; see --help.`));
    return undefined;
  }
  if (!Object.hasOwn(farmCommands, name)) {
    mistakes.push(usage(name, `There is no command ${quoted(name)}`, `Give one of ${names}; see --help.`));
    return undefined;
  }
  const command = name as FarmCommandName;
  const { takes } = farmCommands[command];
  for (const extra of takes === "" && given !== undefined ? [given, ...more] : more)
    mistakes.push(
      usage(extra, `${quoted(extra)} is one argument too many`, `Give ${command} ${takes}`.trimEnd().concat(".")),
    );
  if (given === undefined && takes !== "" && !takes.startsWith("["))
    mistakes.push(usage(command, `${command} needs a ${takes}`, `Give ${command} ${takes}.`));
  if (command !== "events") {
    for (const option of ["follow", "since", "after"])
      if (values.has(option)) mistakes.push(usage(`--${option}`, `--${option} is for events`, "Leave it out."));
  }
  if (command !== "fetch" && values.has("output"))
    mistakes.push(usage("--output", "--output is for fetch", "Leave it out."));
  return actionOf(command, given ?? "", values, nowMs, mistakes);
}

function actionOf(
  command: FarmCommandName,
  given: string,
  values: Values,
  nowMs: number,
  mistakes: ArrasError[],
): FarmAction {
  switch (command) {
    case "nodes":
      return { t: "nodes", node: given === "" ? undefined : given };
    case "sessions":
      return { t: "sessions" };
    case "session":
      return { t: "session", session: given };
    case "drain":
      return { t: "drain", node: given };
    case "pause":
    case "resume":
    case "cancel":
      return { t: command, session: given };
    case "images":
      return { t: "images", session: given === "" ? undefined : given };
    case "fetch":
      return { t: "fetch", session: given, output: readOutput(values, mistakes) };
    case "events":
      return { t: "events", from: readFrom(values, nowMs, mistakes), follow: values.has("follow") };
  }
}

function readOutput(values: Values, mistakes: ArrasError[]): string | undefined {
  const output = values.get("output");
  if (output !== undefined && !/\.(exr|png)$/i.test(output))
    mistakes.push(
      usage("--output", `${quoted(output)} is no finished image`, "Give a file that ends in .exr or .png."),
    );
  return output;
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function readFrom(values: Values, nowMs: number, mistakes: ArrasError[]): EventsFrom {
  const since = values.get("since");
  const after = values.get("after");
  if (since !== undefined && after !== undefined)
    mistakes.push(usage("--after", "--since and --after contradict each other", "Give one of them."));
  if (after !== undefined) {
    if (/^\d{1,15}$/.test(after)) return { t: "after", sequence: Number(after) };
    mistakes.push(usage("--after", `${quoted(after)} is no number of an event`, "Give one that events shows."));
  }
  if (since === undefined) return { t: "start" };
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(since) ?? [];
  const sinceMs = unit === undefined ? timeOf(since) : nowMs - Number(digits) * (unitMs[unit] ?? 0);
  if (Number.isNaN(sinceMs))
    mistakes.push(usage("--since", `${quoted(since)} is no time`, "Give for example 10m, or 2026-05-01T12:00:00Z."));
  return { t: "since", sinceMs: Math.max(0, sinceMs) };
}

/** NaN for what is none. Only ISO forms: what else Date.parse reads depends on the system. */
function timeOf(text: string): number {
  return /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}
