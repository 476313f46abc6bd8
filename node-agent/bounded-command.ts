// Runs a program of this machine for its answer: by an argument list, never a shell, with a bound on its time and its
// words.
import { execFile } from "node:child_process";

export interface CommandBounds {
  readonly timeoutMs: number;
  readonly environment: Readonly<Record<string, string>>;
}

export type CommandOutcome =
  | { readonly t: "ended"; readonly exitCode: number; readonly output: string }
  /** It could not be started, was ended for taking too long or saying too much, or died of a signal. */
  | { readonly t: "failed"; readonly reason: string };

/** An answer of ours is a few lines; a program that says more is another one. */
const outputBytesMax = 256 * 1024;

/** Never rejects. */
export function runBounded(command: readonly string[], bounds: CommandBounds): Promise<CommandOutcome> {
  const { timeoutMs, environment } = bounds;
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, maxBuffer: outputBytesMax, killSignal: "SIGKILL", env: environment } as const;
    execFile(program, args, { ...options, shell: false, windowsHide: true }, (error, output) => {
      if (error === null) resolve({ t: "ended", exitCode: 0, output });
      else if (typeof error.code === "number") resolve({ t: "ended", exitCode: error.code, output });
      else if (error.killed === true) resolve({ t: "failed", reason: `no end within ${timeoutMs} ms` });
      else resolve({ t: "failed", reason: error.code ?? error.signal ?? error.message });
    }).stdin?.end();
  });
}
