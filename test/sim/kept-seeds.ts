// Seeds that once failed, from seeds.txt: every series of runs begins with them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../host/package-root.ts";

/** Throws where a line is neither a whole number (with a comment behind #) nor a comment. */
export function keptSeeds(): number[] {
  const lines = readFileSync(join(packageRoot(), "test/sim/seeds.txt"), "utf8").split("\n");
  return lines.flatMap((line) => {
    const text = line.replace(/#.*/, "").trim();
    if (text === "") return [];
    if (!/^\d{1,9}$/.test(text)) throw new Error(`test/sim/seeds.txt has a line that is no seed: ${line}`);
    return [Number(text)];
  });
}
