// Runs arras-farm: built, the way a shell does; or within this process, for what is asked again and again.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { runFarmCommand as carryOut } from "../../cli/farm-command/farm.ts";
import { FarmClient } from "../../cli/farm-command/farm-client.ts";
import { isImageAction, readFarmCommand } from "../../cli/farm-command/farm-settings.ts";
import type { eventForm } from "../../cli/farm-command/json-forms.ts";
import { packageRoot } from "../../host/package-root.ts";
import { readAccess } from "../../host/read-access.ts";

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

/** The lines of `--json` within this process, not about images: to start one takes half a second of a core. */
async function askedHere<Form>(port: string, ...args: readonly string[]): Promise<Form[]> {
  const command = readFarmCommand(["--json", ...args], { environment: { ARRAS_PORT: port }, nowMs: Date.now() });
  if (command.t !== "run" || isImageAction(command.settings.action)) throw new Error(`not asked here: ${args}`);
  const { address, access, action, json } = command.settings;
  const client = new FarmClient({ address, access: readAccess(access, Date.now()) });
  const said: string[] = [];
  const terminal = { write: (text: string) => void said.push(text), remark: () => {}, width: 100 };
  const time = { wallMs: () => Date.now(), pause: () => Promise.reject(new Error("nothing here is asked twice")) };
  await carryOut({ action, json }, client, { ...terminal, ...time }).finally(() => client.close());
  return said
    .join("")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** What the farm says to a command with one answer, e.g. "nodes". */
export async function farmAnswer<Form>(port: string, ...args: readonly string[]): Promise<Form> {
  const [answer] = await askedHere<Form>(port, ...args);
  if (answer === undefined) throw new Error(`arras-farm ${args.join(" ")} said nothing`);
  return answer;
}

/** What has happened, in that order. */
export function farmEvents(port: string): Promise<ReturnType<typeof eventForm>[]> {
  return askedHere(port, "events");
}
