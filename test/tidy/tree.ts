// The project's own source files, as the tidy tests read them. Not what is generated, built or installed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, normalize } from "node:path";
import { packageRoot } from "../../host/package-root.ts";

/** The parts of the product; each imports only proto/, host/ and itself. */
export const parts = ["coordinator", "node-agent", "merger", "cli", "viewer"] as const;
const productFolders = ["proto", "host", ...parts];
const allFolders = [...productFolders, "scripts", "test"];

export interface SourceFile {
  /** From the package's root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** TypeScript of the product, without generated code. */
export const productFiles = (): SourceFile[] => read(productFolders, [".ts", ".tsx"]);
/** TypeScript of product, scripts and tests. */
export const typeScriptFiles = (): SourceFile[] => read(allFolders, [".ts", ".tsx"]);
export const nativeFiles = (): SourceFile[] => read(productFolders, [".cc", ".h"]);
export const protoFiles = (): SourceFile[] => read(["proto"], [".proto"]);
export const testFiles = (): SourceFile[] => read(["test"], [".ts"]);

/** A document's text. Throws where it is missing. */
export function documentText(path: string): string {
  return readFileSync(join(packageRoot(), path), "utf8");
}

export function isThere(path: string): boolean {
  return existsSync(join(packageRoot(), path));
}

export interface Import {
  /** Resolved, from the package's root; or the name of a package. */
  readonly target: string;
  readonly isRelative: boolean;
  readonly typeOnly: boolean;
}

const importPattern = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|import\(\s*"([^"]+)"/g;

export function importsOf(file: SourceFile): Import[] {
  return [...file.text.matchAll(importPattern)].map(([, typeOnly, named, dynamic]) => {
    const specifier = named ?? dynamic ?? "";
    const isRelative = specifier.startsWith(".");
    return {
      target: isRelative ? normalize(join(dirname(file.path), specifier)) : specifier,
      isRelative,
      typeOnly: typeOnly !== undefined,
    };
  });
}

/** The code alone: what comments say is nobody's business here. Lines stay where they are. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, "")).replace(/(^|\s)\/\/.*$/gm, "$1");
}

/** The cells of a document's table rows whose first cell is one name in backquotes; the name without them. */
export function namedRows(markdown: string): string[][] {
  return markdown
    .split("\n")
    .filter((line) => /^\| *`[^`]+` *\|/.test(line))
    .map((line) => line.replaceAll("\\|", "\u0001").split("|").slice(1, -1))
    .map((cells) => cells.map((cell) => cell.replaceAll("\u0001", "|").trim()))
    .map(([first, ...rest]) => [(first ?? "").replaceAll("`", ""), ...rest]);
}

function read(folders: readonly string[], extensions: readonly string[]): SourceFile[] {
  const files: SourceFile[] = [];
  for (const folder of folders) if (isThere(folder)) walk(folder, extensions, files);
  return files;
}

function walk(folder: string, extensions: readonly string[], files: SourceFile[]): void {
  if (folder === "proto/gen") return;
  const entries = readdirSync(join(packageRoot(), folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) walk(path, extensions, files);
    else if (extensions.includes(extname(entry.name))) files.push({ path, text: documentText(path) });
  }
}
