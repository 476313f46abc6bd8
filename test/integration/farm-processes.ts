// Coordinators and node agents as processes of their own, the way a shell starts them, and what runs below them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../host/package-root.ts";
import { childrenOf, Program } from "../../scripts/programs.ts";
import { type Lifetime, ofTest } from "./lifetime.ts";

export class FarmProcess extends Program {
  /** `command`: "arras-coordinator" or "arras-node". `spawnAs`: a program in front of it. */
  constructor(
    command: string,
    args: readonly string[],
    spawnAs: (command: readonly string[]) => readonly string[] = (plain) => plain,
    lifetime: Lifetime = ofTest,
  ) {
    const plain = [process.execPath, join(packageRoot(), `bin/${command}.js`), ...args];
    const [program = "", ...programArgs] = spawnAs(plain);
    // Not the user's own: its scenes are none of ours.
    const cache = mkdtempSync(join(tmpdir(), "arras-node-cache-"));
    super(command, program, programArgs, { env: { ...process.env, ARRAS_NODE_CACHE: cache } });
    lifetime.onFailure(() => void process.stderr.write(`\n${command} ${args.join(" ")}:\n${this.text}\n`));
    lifetime.atEnd(async () => {
      this.signal("SIGKILL");
      await this.exited;
      rmSync(cache, { recursive: true, force: true });
    });
  }

  /** Its children that run the given program, e.g. "merger/main.js". */
  children(main: string): number[] {
    return childrenOf([this.pid], main);
  }
}
