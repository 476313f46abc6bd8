// Runs a Node program to its end and says how long that took and what its last line of output was.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../../host/package-root.ts";

export interface TimedProcess {
  readonly wallMs: number;
  readonly lastLine: string;
}

/** `program` is a path below the package. Rejects when it ends with another code than 0. */
export async function timedProcess(
  program: string,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<TimedProcess> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...nodeFlags, join(packageRoot(), program), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, UV_THREADPOOL_SIZE: "8" },
  });
  let output = "";
  let complaints = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with code ${code}:\n${complaints}`);
  return { wallMs: performance.now() - startedMs, lastLine: output.trimEnd().split("\n").pop() ?? "" };
}
