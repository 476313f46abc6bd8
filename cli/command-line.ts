// Splits a command line into options and plain arguments by the option table. Knows nothing of what values mean.
// Pure, but for Node's own parser.
import { parseArgs } from "node:util";
import { ArrasError } from "../proto/errors.ts";
import { type OptionName, type OptionRow, type OptionValues, optionTable } from "./option-table.ts";

export interface CommandLine {
  readonly values: OptionValues;
  readonly plain: readonly string[];
  /** Unknown options, missing values, values of switches. */
  readonly mistakes: readonly ArrasError[];
}

export function splitCommandLine(args: readonly string[]): CommandLine {
  const rows: [string, OptionRow][] = Object.entries(optionTable);
  const options = Object.fromEntries(
    rows.map(([name, { short, value, repeatable }]) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        multiple: repeatable ?? false,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  // boost::program_options, and so Arras, takes -exr; nothing else here has a long name behind one dash.
  const given = args.map((arg) => arg.replace(/^-exr(?==|$)/, "--exr"));
  const { tokens } = parseArgs({ args: given, options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<OptionName, string[]>();
  const plain: string[] = [];
  const mistakes: ArrasError[] = [];
  let unknownAt = -1;
  for (const token of tokens) {
    // What follows an unknown option and is no file was meant as its value.
    const isValue = token.index === unknownAt + 1 && token.kind === "positional" && !/\.[a-z]\w*$/i.test(token.value);
    if (token.kind === "positional" && !isValue) plain.push(token.value);
    if (token.kind !== "option") continue;
    if (!Object.hasOwn(optionTable, token.name)) unknownAt = token.index;
    const mistake = mistakeOf(token.name, token.rawName, token.value, values);
    if (mistake !== undefined) mistakes.push(mistake);
    else values.set(token.name as OptionName, [...(values.get(token.name as OptionName) ?? []), token.value ?? ""]);
  }
  return { values, plain, mistakes };
}

function mistakeOf(
  name: string,
  rawName: string,
  value: string | undefined,
  before: ReadonlyMap<string, readonly string[]>,
): ArrasError | undefined {
  if (!Object.hasOwn(optionTable, name)) return usage(rawName, `There is no option ${rawName}`, "See --help.");
  const row: OptionRow = optionTable[name as OptionName];
  if (row.value === undefined) {
    return value === undefined ? undefined : usage(rawName, `${rawName} takes no value`, `Give ${rawName} alone.`);
  }
  if (value === undefined || value === "" || value.startsWith("--")) {
    return usage(rawName, `${rawName} needs a value`, `Give ${rawName} ${row.value}.`);
  }
  if (before.has(name) && row.repeatable !== true) return usage(rawName, `${rawName} is given twice`, "Give it once.");
  return undefined;
}

export function usage(setting: string, message: string, action: string): ArrasError {
  return new ArrasError("usage", { message, action, place: { setting } });
}
