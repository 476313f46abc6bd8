// Finds what a person means by the beginning of an id. Pure.
import { ArrasError } from "../../proto/errors.ts";

/** Throws `session-missing` or `node-missing` where there is none, `usage` where there are several. */
export function meantId(kind: "session" | "node", given: string, ids: readonly string[]): string {
  if (ids.includes(given)) return given;
  const found = ids.filter((id) => id.startsWith(given));
  const [only] = found;
  if (only === undefined) {
    throw new ArrasError(`${kind}-missing`, {
      message: `There is no ${kind} ${JSON.stringify(given.slice(0, 80))}`,
      action: `See arras-farm ${kind}s.`,
    });
  }
  if (found.length === 1) return only;
  const some = found.slice(0, 4).join(", ");
  throw new ArrasError("usage", {
    message: `${JSON.stringify(given.slice(0, 80))} is the beginning of ${found.length} ${kind}s: ${some}${found.length > 4 ? ", …" : ""}`,
    action: "Give more of it.",
    place: { setting: kind.toUpperCase() },
  });
}

/** How many characters tell all ids apart; at least 8. */
export function tellingChars(ids: readonly string[]): number {
  const sorted = [...ids].sort();
  let chars = 8;
  for (let index = 1; index < sorted.length; index += 1) {
    const [a, b] = [sorted[index - 1] ?? "", sorted[index] ?? ""];
    let same = 0;
    while (same < a.length && a[same] === b[same]) same += 1;
    chars = Math.max(chars, same + 1);
  }
  return chars;
}
