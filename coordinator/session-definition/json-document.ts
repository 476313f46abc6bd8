// JSON as Arras's reader (jsoncpp) takes it: comments and trailing commas are welcome. Text in, a tree with positions
// out. Refuses what jsoncpp takes silently and nobody means: the same key twice, absurd nesting.
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { ArrasError, ArrasErrors } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";

export interface JsonDocument {
  readonly path: string;
  readonly root: Node;
  /** 1-based line of a node. */
  lineOf(node: Node): number;
}

/** Throws ArrasErrors (`session-definition-broken`) naming each line that is no JSON. */
export function parseJsonDocument(text: string, path: string): JsonDocument {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const lineAt = (offset: number): number => source.slice(0, offset).split("\n").length;
  if (nestingDepth(source) > limits.sessionDefinitionDepthMax) {
    throw broken(path, `nests deeper than ${limits.sessionDefinitionDepthMax} levels`);
  }
  const mistakes: ParseError[] = [];
  const root = parseTree(source, mistakes, { allowTrailingComma: true, allowEmptyContent: true });
  if (mistakes.length > 0) {
    const shown = mistakes.slice(0, limits.sessionDefinitionMistakesMax);
    throw new ArrasErrors(
      shown.map((mistake) =>
        brokenError(path, `is no JSON: ${words(mistake)} in line ${lineAt(mistake.offset)}`, lineAt(mistake.offset)),
      ),
    );
  }
  if (root === undefined) throw broken(path, "is empty");
  if (root.type !== "object") throw broken(path, "holds no JSON object");
  return { path, root, lineOf: (node) => lineAt(node.offset) };
}

/** The parser recurses, so depth is bounded before it runs; the scanner does not. */
function nestingDepth(text: string): number {
  const scanner = createScanner(text, true);
  let depth = 0;
  let deepest = 0;
  scanner.scan();
  while (scanner.getTokenOffset() < text.length) {
    const token = scanner.getTokenLength() === 1 ? text[scanner.getTokenOffset()] : "";
    if (token === "{" || token === "[") depth += 1;
    if (token === "}" || token === "]") depth -= 1;
    deepest = Math.max(deepest, depth);
    scanner.scan();
  }
  return deepest;
}

/** "CommaExpected" → "comma expected". */
function words(mistake: ParseError): string {
  return printParseErrorCode(mistake.error)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
}

function broken(path: string, what: string): ArrasErrors {
  return new ArrasErrors([brokenError(path, what)]);
}

function brokenError(path: string, what: string, line?: number): ArrasError {
  return new ArrasError("session-definition-broken", {
    message: `The session definition ${what}`,
    action: "Correct the file; deploy/sessions/ holds examples.",
    place: { path: line === undefined ? path : `${path}:${line}` },
  });
}
