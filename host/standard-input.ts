// The life line of a computation: its first line is the launch order, its end means that the launcher is gone.

export interface StandardInput {
  /** Resolves with the first line; rejects if the input ends before it. */
  readonly firstLine: Promise<string>;
  /** Resolves when the input ends. */
  readonly ended: Promise<void>;
}

export function readStandardInput(input: NodeJS.ReadableStream, maxSizeBytes: number): StandardInput {
  let text = "";
  let resolveLine: (line: string) => void = () => {};
  let rejectLine: (error: Error) => void = () => {};
  const firstLine = new Promise<string>((resolve, reject) => {
    resolveLine = resolve;
    rejectLine = reject;
  });
  const ended = new Promise<void>((resolve) => {
    input.on("end", () => {
      rejectLine(new Error("standard input ended before the launch order"));
      resolve();
    });
  });
  let seen = false;
  input.setEncoding("utf8");
  input.on("data", (chunk: string) => {
    // What follows the first line is read and dropped, so that the end is noticed.
    if (seen) return;
    text += chunk;
    const end = text.indexOf("\n");
    if (end < 0 && text.length <= maxSizeBytes) return;
    seen = true;
    resolveLine(end < 0 ? text : text.slice(0, end));
    text = "";
  });
  return { firstLine, ended };
}
