// Runs the built arras-farm, the way a shell does.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { eventForm } from "../../cli/farm-command/json-forms.ts";
import { packageRoot } from "../../host/package-root.ts";

export interface Said {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `port`: of a coordinator's door on this machine. */
export function runFarmCommand(port: string, ...args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(packageRoot(), "bin/arras-farm.js"), ...args], {
      env: { ...process.env, ARRAS_PORT: port },
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

export async function farmCommandJson<Form>(port: string, ...args: readonly string[]): Promise<Form> {
  return JSON.parse((await runFarmCommand(port, "--json", ...args)).stdout);
}

/** What has happened, in that order. */
export async function farmEvents(port: string): Promise<ReturnType<typeof eventForm>[]> {
  const { stdout } = await runFarmCommand(port, "--json", "events");
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
