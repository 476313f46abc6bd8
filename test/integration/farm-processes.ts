// Coordinators and node agents as processes of their own, the way a shell starts them, and what runs below them.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFailed, onTestFinished } from "vitest";
import { packageRoot } from "../../host/package-root.ts";

export class FarmProcess {
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #text = "";
  #hasExited = false;

  /** `command`: "arras-coordinator" or "arras-node". `spawnAs`: a program in front of it. Ended with the test. */
  constructor(
    command: string,
    args: readonly string[],
    spawnAs: (command: readonly string[]) => readonly string[] = (plain) => plain,
  ) {
    const plain = [process.execPath, join(packageRoot(), `bin/${command}.js`), ...args];
    const [program = "", ...programArgs] = spawnAs(plain);
    // Not the user's own: its scenes are none of ours.
    const cache = mkdtempSync(join(tmpdir(), "arras-node-cache-"));
    this.#child = spawn(program, programArgs, {
      env: { ...process.env, ARRAS_NODE_CACHE: cache },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        this.#text += chunk;
        for (const look of this.#waiting) look();
      });
    }
    this.exited = new Promise((resolve) => {
      this.#child.once("close", (code) => {
        this.#hasExited = true;
        for (const look of this.#waiting) look();
        resolve(code);
      });
    });
    onTestFailed(() => void process.stderr.write(`\n${command} ${args.join(" ")}:\n${this.#text}\n`));
    onTestFinished(async () => {
      this.signal("SIGKILL");
      await this.exited;
      rmSync(cache, { recursive: true, force: true });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get text(): string {
    return this.#text;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#hasExited) this.#child.kill(signal);
  }

  /** Resolves with the match when it has said it; rejects when it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((found, missed) => {
      const look = () => {
        const match = pattern.exec(this.#text);
        if (match !== null) found(match);
        else if (this.#hasExited) missed(new Error(`it ended without saying ${pattern}: ${this.#text}`));
        else return;
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Its children that run the given program, e.g. "merger/main.js". */
  children(main: string): number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          const parent = readFileSync(`/proc/${pid}/stat`, "utf8")
            .replace(/^.*\) /s, "")
            .split(" ")[1];
          return Number(parent) === this.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(main);
        } catch {
          // It ended meanwhile.
          return false;
        }
      });
  }
}
