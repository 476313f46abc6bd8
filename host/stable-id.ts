// Ids that follow from what they name: the same names, the same id, on every machine. Nobody guesses the names from it,
// and nobody who does not know them guesses it.
import { createHash } from "node:crypto";

/** 128 bits of SHA-256 over the names, in the form of a UUID. */
export function stableId(...names: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(names)).digest("hex");
  return [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join("-");
}
