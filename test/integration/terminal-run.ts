// Runs the built arras-render in a pseudo-terminal (util-linux's script), on an emulated screen that answers as a terminal
// does.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { onTestFailed, onTestFinished } from "vitest";
import { packageRoot } from "../../host/package-root.ts";
import { Lookers } from "../fakes/lookers.ts";
import { TerminalEmulator } from "../fakes/terminal-emulator.ts";
import { commandPath, testFolder } from "./run-command.ts";

export interface TerminalKind {
  readonly environment: Readonly<Record<string, string>>;
  /** What it says to the questions; "": nothing. */
  readonly answers: string;
}

export const scriptPresent = spawnSync("script", ["--version"]).status === 0;

export class TerminalRun {
  readonly emulator = new TerminalEmulator(80, 24);
  /** The exit code. */
  readonly finished: Promise<number | null>;
  /** All that was written. */
  written = "";
  fault: unknown;
  readonly #child: ChildProcess;
  readonly #lookers = new Lookers();

  private constructor(child: ChildProcess, answers: string) {
    this.#child = child;
    let answered = 0;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.written += text;
      try {
        this.emulator.take(text);
      } catch (thrown) {
        this.fault ??= thrown;
      }
      const questions = this.written.split("\u001b[c").length - 1;
      for (; answered < questions; answered++) if (answers !== "") child.stdin?.write(answers);
      this.#lookers.look();
    });
    this.finished = new Promise((resolve) => child.once("close", resolve));
    onTestFailed(() => void process.stderr.write(`${JSON.stringify(this.written.slice(-3000))}\n`));
    onTestFinished(() => void child.kill("SIGKILL"));
  }

  static async start(args: readonly string[], { environment, answers }: TerminalKind): Promise<TerminalRun> {
    const command = [process.execPath, commandPath, ...args]
      .map((each) => `'${each.replaceAll("'", `'\\''`)}'`)
      .join(" ");
    const variables = { ...process.env, ARRAS_STATE_DIR: await testFolder() } as Record<string, string | undefined>;
    for (const name of ["TMUX", "STY", "COLORTERM", "KITTY_WINDOW_ID", "TERM_PROGRAM"]) delete variables[name];
    const child = spawn("script", ["-qefc", `stty cols 80 rows 24; tty; exec ${command}`, "/dev/null"], {
      cwd: packageRoot(),
      env: { ...variables, ...environment },
      stdio: ["pipe", "pipe", "inherit"],
    });
    return new TerminalRun(child, answers);
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  async said(pattern: RegExp): Promise<RegExpExecArray> {
    await this.saw(() => pattern.test(this.written));
    return pattern.exec(this.written)!;
  }

  /** When it holds, or held when something was written. */
  saw(is: () => boolean): Promise<void> {
    return this.#lookers.until(is);
  }
}
