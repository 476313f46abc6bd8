// Names by which the parts of a scene are edited: their own, made different where several have the same. Pure.
import { limits } from "../../proto/limits.ts";

/** Room for `#` and a number. */
const suffixChars = 8;

/** One for each of the first `limits.contentsListedMax` names; `kind` for those without. */
export function sceneIds(names: readonly string[], kind: string): string[] {
  const used = new Set<string>();
  const counts = new Map<string, number>();
  return names.slice(0, limits.contentsListedMax).map((name) => {
    const base = (name === "" ? kind : name).slice(0, limits.editIdCharsMax - suffixChars);
    let count = (counts.get(base) ?? 0) + 1;
    let id = count === 1 ? base : `${base}#${count}`;
    for (; used.has(id); id = `${base}#${count}`) count += 1;
    counts.set(base, count);
    used.add(id);
    return id;
  });
}
