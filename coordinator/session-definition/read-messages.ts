// `messages.<source>`: "*", "Type", ["Type", …], {accept: …}, {ignore: …}. Read as Arras does; our links between
// computations are fixed, so the result only serves those who look at a definition.
import type { JsonValue, MessageFilter } from "./definition.ts";
import { describe, type FieldReader } from "./field-reader.ts";

export function readMessages(reader: FieldReader): MessageFilter[] {
  const filters: MessageFilter[] = [];
  for (const { name: source, value } of reader.rest()) {
    const field = reader.path(source);
    if (isObject(value)) {
      const accept = typesOf(value.accept);
      const ignore = typesOf(value.ignore);
      if (accept === undefined || ignore === undefined) refuse(reader, field, value);
      else filters.push({ source, accept: everything(accept), ignore });
      continue;
    }
    const accept = typesOf(value);
    if (accept === undefined) refuse(reader, field, value);
    else filters.push({ source, accept: everything(accept), ignore: [] });
  }
  return filters;
}

/** undefined: not a list of message types. */
function typesOf(value: JsonValue | undefined): string[] | undefined {
  if (value === undefined) return [];
  if (typeof value === "string") return value === "*" ? [] : [value];
  if (!Array.isArray(value) || !value.every((type) => typeof type === "string")) return undefined;
  return value.length === 1 && value[0] === "*" ? [] : (value as string[]);
}

/** Oddly, an empty list accepts everything (minicoord, `normalize_message_list`). */
function everything(types: readonly string[]): readonly string[] | "all" {
  return types.length === 0 ? "all" : types;
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(reader: FieldReader, field: string, value: JsonValue): void {
  const action = 'Write "*", "Type", ["Type", …], {"accept": […]} or {"ignore": […]}.';
  reader.findings.refuse(undefined, field, `messages are ${describe(value)}, not types of messages`, action);
}
