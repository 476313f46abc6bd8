// The file that says who may do what: one line for each token, with the token's hash in its place. Pure.
import { createHash, timingSafeEqual } from "node:crypto";
import { ArrasError, ArrasErrors } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { type Right, rights } from "./caller.ts";

export interface TokenEntry {
  readonly user: string;
  /** Of the token's text, 32 bytes. */
  readonly sha256: Uint8Array;
  readonly right: Right;
}

const userPattern = /^[A-Za-z0-9][A-Za-z0-9._@-]*$/;

/** `path` is for messages. Throws ArrasErrors, code `usage`, with every mistake; no message repeats a line. */
export function parseTokenList(text: string, path: string): readonly TokenEntry[] {
  const entries: TokenEntry[] = [];
  const mistakes: ArrasError[] = [];
  const seen = new Set<string>();
  for (const [index, line] of text.split("\n").entries()) {
    const words = line.replace(/#.*/, "").trim().split(/\s+/);
    if (words[0] === "") continue;
    const entry = readLine(words);
    if (typeof entry === "string") {
      mistakes.push(mistake(path, index + 1, entry));
      continue;
    }
    const hash = Buffer.from(entry.sha256).toString("hex");
    if (seen.has(hash)) mistakes.push(mistake(path, index + 1, "repeats a token of a line above"));
    seen.add(hash);
    entries.push(entry);
  }
  if (entries.length > limits.tokensMax)
    mistakes.push(mistake(path, undefined, `names more than tokensMax = ${limits.tokensMax} tokens`));
  if (entries.length === 0 && mistakes.length === 0) mistakes.push(mistake(path, undefined, "names no token"));
  if (mistakes.length > 0) throw new ArrasErrors(mistakes);
  return entries;
}

export function isUserName(text: string): boolean {
  return userPattern.test(text) && text.length <= limits.userCharsMax;
}

/** The entry, or what is wrong with the line. */
function readLine(words: readonly string[]): TokenEntry | string {
  const [user = "", hash = "", right = ""] = words;
  if (words.length !== 3) return "has not three words: a user, sha256:… and a right";
  if (!isUserName(user))
    return `begins with no name of a user (letters, digits and ._@-, at most userCharsMax = ${limits.userCharsMax})`;
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(hash) ?? [];
  if (hex === undefined) return "has no sha256: with 64 hexadecimal digits as its second word";
  const known = rights.find((name) => name === right);
  if (known === undefined) return `ends with no right (${rights.join(", ")})`;
  return { user, sha256: Buffer.from(hex, "hex"), right: known };
}

/** Every entry is compared, each in constant time: how long it takes says nothing of how near a guess is. */
export function findToken(entries: readonly TokenEntry[], token: string): TokenEntry | undefined {
  const hash = sha256Of(token);
  let found: TokenEntry | undefined;
  for (const entry of entries) if (timingSafeEqual(entry.sha256, hash)) found = entry;
  return found;
}

export function sha256Of(token: string): Uint8Array {
  return createHash("sha256").update(token, "utf8").digest();
}

/** A token as a file or a pipe has it: its first line. Throws `usage` for what is too short to be kept secret. */
export function tokenOfText(text: string, setting: string): string {
  const token = (text.split("\n")[0] ?? "").trim();
  const length = token.length;
  if (length >= limits.tokenCharsMin && length <= limits.tokenCharsMax && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new ArrasError("usage", {
    message: `The token has ${length} characters, or others than letters, digits and signs`,
    action: `Take ${limits.tokenCharsMin} to ${limits.tokenCharsMax}, from chance: openssl rand -hex 32.`,
    place: { setting },
  });
}

function mistake(path: string, line: number | undefined, what: string): ArrasError {
  return new ArrasError("usage", {
    message: line === undefined ? `The list of tokens ${what}` : `Line ${line} of the list of tokens ${what}`,
    action: "docs/security.md shows one; arras-coordinator --hash-token makes the second word.",
    place: { path },
  });
}
