// What a long-running process says when it ends or cannot begin, and the exit code that goes with it.
import { ArrasError, ArrasErrors } from "../proto/errors.ts";

export function sayTo(stream: NodeJS.WritableStream, text: string): 0 {
  stream.write(text);
  return 0;
}

/** "signal" and undefined are ends that were wished. */
export function describeServiceEnd(end: ArrasError | "signal" | undefined): number {
  if (!(end instanceof ArrasError)) return 0;
  process.stderr.write(`${end.toString()}\n`);
  return end.exitCode;
}

/** Mistakes of ours keep their stack; what can be mended is one line each. */
export function tellMistakes(thrown: unknown): number {
  if (thrown instanceof ArrasErrors || thrown instanceof ArrasError) {
    const errors = thrown instanceof ArrasErrors ? thrown.errors : [thrown];
    // Giving up a connection because of a signal is no failure.
    if (errors.every(({ code }) => code === "cancelled")) return 0;
    for (const error of errors) process.stderr.write(`${error.toString()}\n`);
    return thrown.exitCode;
  }
  process.stderr.write(`[internal] ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`);
  return 1;
}
