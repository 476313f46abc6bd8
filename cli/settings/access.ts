// How the command comes through the door of a farm: TLS and a token.
import { type AccessSettings, accessOptions, parseAccess } from "../../host/access-settings.ts";
import type { OptionValues } from "../option-table.ts";
import type { ValueReader } from "../value-readers.ts";

export interface AccessOptions {
  /** Files are named and not read yet. Of no use without a farm. */
  readonly access: AccessSettings;
}

export function readAccessOptions(
  values: OptionValues,
  environment: Readonly<Record<string, string | undefined>>,
  reader: ValueReader,
): AccessOptions {
  if (!values.has("host"))
    for (const name of Object.keys(accessOptions) as (keyof typeof accessOptions)[])
      if (values.has(name)) reader.mistake(`--${name}`, `--${name} without a host`, "Give --host NAME too.");
  return { access: parseAccess((name) => values.get(name)?.[0], environment, reader.mistakes) };
}
