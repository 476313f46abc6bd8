// One entry of `computations`: every field of Arras's, in its type or reported.
import { environmentNameMistake } from "../../proto/environment-names.ts";
import { limits } from "../../proto/limits.ts";
import { arrayVariable } from "./array-variables.ts";
import { computationKind } from "./computation-kind.ts";
import type { ComputationArray, ComputationDefinition, ComputationKind, JsonValue } from "./definition.ts";
import { describe, type FieldReader } from "./field-reader.ts";
import { computationOptions, ignoredObjects } from "./known-fields.ts";
import { readMessages } from "./read-messages.ts";
import { isYes, readRequirements } from "./read-requirements.ts";

/** What is wrong goes to the reader's findings; the value is only good when there is none. */
export function readComputation(reader: FieldReader, name: string): ComputationDefinition {
  if (!reader.has("dso")) {
    reader.refuse("dso", `${name} names no dso`, "Add the library, e.g. libcomputation_progmcrt.so.");
  }
  const dso = reader.string("dso") ?? "";
  const kind = computationKind(dso);
  const array = readArray(reader, kind);
  const { logLevel: resourcesLogLevel, ...requirements } = readRequirements(reader.object("requirements"), kind);
  const messagesReader = reader.object("messages");
  if (messagesReader !== undefined) reader.findings.ignore("messages");
  const logLevel = reader.number("logLevel", { min: 0, max: 5, whole: true }) ?? resourcesLogLevel;
  return {
    name,
    dso,
    kind,
    entry: readEntry(reader),
    array,
    ...requirements,
    environment: readEnvironment(reader.object("environment")),
    maxThreads: readMaxThreads(reader.object("limits")),
    logLevel,
    messages: messagesReader === undefined ? [] : readMessages(messagesReader),
    options: readOptions(reader),
  };
}

function readArray(reader: FieldReader, kind: ComputationKind): ComputationArray {
  const bounds = { min: 1, max: limits.mcrtCountMax, whole: true };
  const ranged = reader.has("arrayMin") || reader.has("arrayMax");
  if (reader.has("arrayExpand") && ranged) {
    reader.refuse("arrayExpand", "arrayExpand contradicts arrayMin and arrayMax", "Keep arrayExpand or the range.");
  }
  if (reader.has("arrayMin") && !reader.has("arrayMax")) {
    reader.refuse("arrayMin", "arrayMin is given without arrayMax", "Add arrayMax, or use arrayExpand.");
  }
  const minNode = reader.node("arrayMin");
  const countNode = reader.node("arrayExpand") ?? reader.node("arrayMax");
  const count = reader.number("arrayExpand", bounds);
  const min = reader.number("arrayMin", bounds);
  const max = reader.number("arrayMax", bounds);
  if (min !== undefined && max !== undefined && min > max) {
    const message = `arrayMin ${min} is greater than arrayMax ${max}`;
    reader.findings.refuse(minNode, reader.path("arrayMin"), message, "Exchange the two.");
  }
  if ((kind === "merge" || kind === "dispatch") && Math.max(count ?? 1, max ?? 1) > 1) {
    const message = `A session has one ${kind} computation, here it is an array`;
    reader.findings.refuse(countNode, reader.path("arrayExpand"), message, "Remove the array.");
  }
  if (ranged) return { t: "range", min: min ?? 1, max: max ?? min ?? 1 };
  return count === undefined ? { t: "single" } : { t: "fixed", count };
}

function readEntry(reader: FieldReader): boolean {
  if (!reader.has("entry")) return false;
  reader.findings.ignore("entry");
  return isYes(reader.take("entry"));
}

function readEnvironment(reader: FieldReader | undefined): { [name: string]: string } {
  if (reader === undefined) return {};
  const entries: [string, string][] = [];
  for (const { name, value } of reader.rest()) {
    const mistake = environmentNameMistake(name);
    if (mistake !== undefined) {
      const message = `The environment variable ${name} ${mistake}`;
      reader.findings.refuse(undefined, reader.path(name), message, "Remove it.");
    } else if (typeof value === "object" || String(value).includes("\0")) {
      const message = `The environment variable ${name} is ${describe(value)}, not a text`;
      reader.findings.refuse(undefined, reader.path(name), message, 'Write it in quotes: "…".');
    } else {
      entries.push([name, String(value)]);
    }
  }
  return Object.fromEntries(entries);
}

function readMaxThreads(reader: FieldReader | undefined): number | undefined {
  if (reader === undefined) return undefined;
  const maxThreads = reader.number("maxThreads", { min: 1, max: limits.coresMax, whole: true });
  for (const { name } of reader.rest()) reader.findings.ignore(`${reader.path(name)} (unknown)`);
  return maxThreads;
}

/** All that is left. Known values keep their type; others are reported and kept too, since a renderer may know them. */
function readOptions(reader: FieldReader): { [name: string]: string | number | boolean } {
  const options: [string, string | number | boolean][] = [];
  for (const { name, value } of reader.rest()) {
    const known = Object.hasOwn(computationOptions, name) ? computationOptions[name] : undefined;
    if (known === undefined) {
      reader.findings.ignore(ignoredObjects.has(name) ? name : `${reader.path(name)} (unknown)`);
    } else {
      reader.findings.ignore(
        isOfType(value, known) ? name : `${reader.path(name)} (${describe(value)}, not a ${known})`,
      );
    }
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      options.push([name, value]);
    }
  }
  return Object.fromEntries(options);
}

function isOfType(value: JsonValue, type: string): boolean {
  return (
    typeof value === type || (typeof value === "string" && type === "number" && arrayVariable(value) !== undefined)
  );
}
