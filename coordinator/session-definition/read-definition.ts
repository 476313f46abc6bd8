// Text of a `*.sessiondef` → SessionDefinition, or every mistake of the file at once.
import { ArrasErrors } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { arrayVariable } from "./array-variables.ts";
import type { ComputationDefinition, JsonValue, MessageFilter, SessionDefinition } from "./definition.ts";
import { FieldReader, Findings } from "./field-reader.ts";
import { parseJsonDocument } from "./json-document.ts";
import { readComputation } from "./read-computation.ts";
import { readMessages } from "./read-messages.ts";

const clientName = "(client)";

/** `path` opens the place of every error. Throws ArrasErrors (`session-definition-broken`). */
export function readSessionDefinition(text: string, path: string): SessionDefinition {
  const document = parseJsonDocument(text, path);
  const findings = new Findings(document);
  const top = new FieldReader(document.root, "", findings);
  const name = top.string("name") ?? fileStem(path);
  const description = top.string("description") ?? "";
  const contexts = readContexts(top.object("contexts"));
  if (!top.has("computations")) {
    top.refuse("computations", "The definition has no computations", "Add one whose dso renders.");
  }
  const computations = readComputations(top.object("computations"));
  for (const { name: unknown } of top.rest()) findings.ignore(`${unknown} (unknown)`);
  if (findings.errors.length > 0) throw new ArrasErrors(findings.errors.slice(0, limits.sessionDefinitionMistakesMax));
  return { name, description, path, computations, contexts, ignored: findings.ignored };
}

function readComputations(reader: FieldReader | undefined): ComputationDefinition[] {
  if (reader === undefined) return [];
  const clientMessages = readClient(reader);
  const computations: ComputationDefinition[] = [];
  for (const name of reader.names()) {
    if (!/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(name)) {
      const action = "Use letters, digits, '_', '-' and '.', at most 64.";
      reader.refuse(name, `${JSON.stringify(name.slice(0, 80))} is no name of a computation`, action);
    }
    const member = reader.object(name);
    if (member !== undefined) computations.push(readComputation(member, name));
  }
  if (computations.length === 0 || computations.length > limits.sessionComputationsMax) {
    const message = `The definition has ${computations.length} computations`;
    const action = `Give 1 to ${limits.sessionComputationsMax}.`;
    reader.findings.refuse(undefined, "computations", message, action);
  }
  checkEntries(reader, computations);
  checkNames(reader, computations);
  checkReferences(reader, computations, clientMessages);
  return computations;
}

/** The far end of the messages; it has no process. */
function readClient(reader: FieldReader): MessageFilter[] {
  const client = reader.object(clientName);
  const messages = client?.object("messages");
  for (const { name } of client?.rest() ?? []) reader.findings.ignore(`${clientName}.${name}`);
  if (messages === undefined) return [];
  reader.findings.ignore("messages");
  return readMessages(messages);
}

function checkEntries(reader: FieldReader, computations: readonly ComputationDefinition[]): void {
  const [first, ...others] = computations.filter((computation) => computation.entry);
  for (const other of others) {
    const message = `${other.name} is an entry, and ${first.name} is one already`;
    reader.findings.refuse(undefined, reader.path(`${other.name}.entry`), message, "Keep one entry.");
  }
}

/** An array's copies are named `<name>_i<index>`; another computation must not have such a name. */
function checkNames(reader: FieldReader, computations: readonly ComputationDefinition[]): void {
  const arrays = new Set(computations.filter(({ array }) => array.t !== "single").map(({ name }) => name));
  for (const { name } of computations) {
    const copy = /^(.*)_i\d+$/.exec(name);
    if (copy === null || !arrays.has(copy[1])) continue;
    const message = `${name} is also the name of a copy of the array ${copy[1]}`;
    reader.findings.refuse(undefined, reader.path(name), message, "Name it differently.");
  }
}

function checkReferences(
  reader: FieldReader,
  computations: readonly ComputationDefinition[],
  clientMessages: readonly MessageFilter[],
): void {
  const names = new Set([clientName, ...computations.map(({ name }) => name)]);
  const filters = [{ name: clientName, messages: clientMessages }, ...computations];
  for (const { name, messages } of filters) {
    for (const { source } of messages) {
      if (!names.has(source)) reader.findings.ignore(`${name}.messages.${source} (no such computation)`);
    }
  }
  for (const { name, options } of computations) {
    for (const [option, value] of Object.entries(options)) {
      const variable = typeof value === "string" ? arrayVariable(value) : undefined;
      if (variable?.t !== "count" || variable.of === undefined || names.has(variable.of)) continue;
      const message = `${JSON.stringify(value)} asks for the length of ${JSON.stringify(variable.of)}, which is no computation`;
      const action = `Name one of: ${computations.map((computation) => computation.name).join(", ")}.`;
      reader.findings.refuse(undefined, reader.path(`${name}.${option}`), message, action);
    }
  }
}

function readContexts(reader: FieldReader | undefined): { [name: string]: JsonValue } {
  if (reader === undefined) return {};
  reader.findings.ignore("contexts");
  return Object.fromEntries([...reader.rest()].map(({ name, value }) => [name, value]));
}

function fileStem(path: string): string {
  return (path.split("/").pop() ?? path).replace(/\.sessiondef(\.in)?$/, "");
}
