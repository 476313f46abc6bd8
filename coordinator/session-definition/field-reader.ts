// Walks a definition's tree field by field and collects what it finds wrong or without meaning, so that all mistakes
// of a file are reported together. It never throws by itself; the reader does, at the end.
import { getNodeValue, type Node } from "jsonc-parser";
import { ArrasError } from "../../proto/errors.ts";
import type { JsonValue } from "./definition.ts";
import type { JsonDocument } from "./json-document.ts";

/** What was found while reading one file. */
export class Findings {
  readonly errors: ArrasError[] = [];
  readonly #ignored = new Set<string>();
  readonly #document: JsonDocument;

  constructor(document: JsonDocument) {
    this.#document = document;
  }

  refuse(node: Node | undefined, field: string, message: string, action: string): void {
    const line = node === undefined ? "" : ` (line ${this.#document.lineOf(node)})`;
    const place = { path: `${this.#document.path}: ${field}` };
    this.errors.push(new ArrasError("session-definition-broken", { message: `${message}${line}`, action, place }));
  }

  ignore(what: string): void {
    this.#ignored.add(what);
  }

  get ignored(): string[] {
    return [...this.#ignored].sort();
  }
}

/** One JSON object of the file. Fields that nobody asked for are left over and reported by `rest`. */
export class FieldReader {
  /** `computations.mcrt.requirements`; empty at the top. */
  readonly field: string;
  readonly findings: Findings;
  readonly #members = new Map<string, Node>();

  constructor(node: Node, field: string, findings: Findings) {
    this.field = field;
    this.findings = findings;
    for (const property of node.children ?? []) {
      const [key, value] = property.children ?? [];
      if (key === undefined || value === undefined) continue;
      const name = String(key.value);
      if (this.#members.has(name)) {
        findings.refuse(key, this.path(name), `"${name}" is given twice`, "Keep one of the two.");
      }
      this.#members.set(name, value);
    }
  }

  names(): string[] {
    return [...this.#members.keys()];
  }

  path(name: string): string {
    return this.field === "" ? name : `${this.field}.${name}`;
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  node(name: string): Node | undefined {
    return this.#members.get(name);
  }

  refuse(name: string, message: string, action: string): void {
    this.findings.refuse(this.#members.get(name), this.path(name), message, action);
  }

  /** Takes a field out: what is left at the end was not asked for. */
  take(name: string): JsonValue | undefined {
    const node = this.#members.get(name);
    if (node === undefined) return undefined;
    this.#members.delete(name);
    return getNodeValue(node) as JsonValue;
  }

  /** A member object; anything else there is refused. */
  object(name: string): FieldReader | undefined {
    const node = this.#members.get(name);
    if (node === undefined) return undefined;
    if (node.type !== "object") {
      this.refuse(name, `${name} is ${describe(getNodeValue(node))}, not an object`, "Write { … }.");
      this.#members.delete(name);
      return undefined;
    }
    this.#members.delete(name);
    return new FieldReader(node, this.path(name), this.findings);
  }

  string(name: string): string | undefined {
    if (!this.has(name)) return undefined;
    const value = getNodeValue(this.#members.get(name) as Node) as JsonValue;
    if (typeof value === "string") return this.take(name) as string;
    this.refuse(name, `${name} is ${describe(value)}, not a text`, 'Write it in quotes: "…".');
    this.take(name);
    return undefined;
  }

  /** A finite number within the bounds; anything else, also a number in quotes, is refused. */
  number(name: string, bounds: { readonly min: number; readonly max: number; readonly whole?: boolean }) {
    const node = this.#members.get(name);
    if (node === undefined) return undefined;
    const value = getNodeValue(node) as JsonValue;
    const kind = bounds.whole ? "a whole number" : "a number";
    const action = `Write ${kind} from ${bounds.min} to ${bounds.max}, without quotes.`;
    let number: number | undefined;
    if (typeof value !== "number" || (bounds.whole && !Number.isInteger(value))) {
      this.refuse(name, `${name} is ${describe(value)}, not ${kind}`, action);
    } else if (!(value >= bounds.min && value <= bounds.max)) {
      this.refuse(name, `${name} is ${value}, outside ${bounds.min} to ${bounds.max}`, action);
    } else {
      number = value;
    }
    this.#members.delete(name);
    return number;
  }

  /** Takes every remaining field. */
  *rest(): Generator<{ readonly name: string; readonly value: JsonValue }> {
    for (const name of [...this.#members.keys()]) yield { name, value: this.take(name) as JsonValue };
  }
}

/** A value in a message: what it is, and the value where it is short. */
export function describe(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 40))}`;
  return typeof value === "number" ? `the number ${value}` : String(value);
}
