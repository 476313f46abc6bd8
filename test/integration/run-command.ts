// Runs the built arras-render as a child process, the way a shell does, and says how to run it again when a test fails.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { inject, onTestFailed, onTestFinished } from "vitest";
import type { RenderResult } from "../../cli/result.ts";
import { packageRoot } from "../../host/package-root.ts";
import { processes } from "../../scripts/processes.ts";

export interface Finished {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The object on the last line of standard output. Throws when there is none. */
  readonly json: RenderResult;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  /** A program in front of it, e.g. `script`. */
  readonly spawnAs?: (command: readonly string[]) => readonly string[];
}

/** Less than a test may take, so that what the command said is shown. */
const runMsMax = 200_000;
export const commandPath = join(packageRoot(), "bin/arras-render.js");
/** Shared test inputs; tests that need them are skipped without. */
export const testDataPath = resolve(packageRoot(), process.env.ARRAS_TEST_DATA ?? "../shared/data");

export class RunningCommand {
  readonly finished: Promise<Finished>;
  readonly #child: ChildProcess;
  readonly #text = { stdout: "", stderr: "" };
  readonly #waiting = new Set<() => void>();
  #hasEnded = false;

  constructor(args: readonly string[], options: RunOptions = {}) {
    const plain = [process.execPath, commandPath, ...args];
    const [program = "", ...programArgs] = options.spawnAs?.(plain) ?? plain;
    // What tests stop is not kept beside what their user stopped.
    // Nor does anything open where who runs the tests has a desktop.
    const own = { ARRAS_STATE_DIR: stateFolderOf(options), BROWSER: "none" };
    const environment = { ...process.env, ...own, ...options.environment };
    this.#child = spawn(program, programArgs, {
      cwd: options.cwd ?? packageRoot(),
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const name of ["stdout", "stderr"] as const) {
      this.#child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
        this.#text[name] += chunk;
        for (const look of this.#waiting) look();
      });
    }
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), options.timeoutMs ?? runMsMax);
    this.finished = new Promise((settle) => {
      this.#child.once("close", (exitCode, signal) => {
        clearTimeout(timer);
        this.#hasEnded = true;
        for (const look of this.#waiting) look();
        settle(finishedOf(exitCode, signal, this.#text));
      });
    });
    const variables = Object.entries(options.environment ?? {}).map(([name, value]) => `${name}=${quoted(value)}`);
    const again = [...variables, "node bin/arras-render.js", ...args.map(quoted)].join(" ");
    onTestFailed(() => {
      process.stderr.write(`\nrun again: ${again}\nstdout: ${this.#text.stdout}\nstderr: ${this.#text.stderr}\n`);
    });
    onTestFinished(() => {
      clearTimeout(timer);
      if (!this.#hasEnded) this.#child.kill("SIGKILL");
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has said so far. */
  get stderr(): string {
    return this.#text.stderr;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with the match when standard error holds it; rejects when the command ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((found, missed) => {
      const look = () => {
        const match = pattern.exec(this.#text.stderr);
        if (match === null && !this.#hasEnded) return;
        this.#waiting.delete(look);
        if (match === null) missed(new Error(`the command ended without saying ${pattern}`));
        else found(match);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Processes that run the given program for this command, e.g. "node-agent/mcrt/main.js". */
  children(main = ".js"): number[] {
    return processes().flatMap(({ pid, parentPid, command }) =>
      parentPid === this.pid && command.includes(main) ? [pid] : [],
    );
  }
}

/** The test's own, removed after it. */
function stateFolderOf({ environment }: RunOptions): string {
  if (environment?.ARRAS_STATE_DIR !== undefined) return environment.ARRAS_STATE_DIR;
  const folder = mkdtempSync(join(tmpdir(), "arras-state-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Resolves when the command has ended. */
export function runCommand(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new RunningCommand(args, options).finished;
}

export const mcrtMain = "node-agent/mcrt/main.js";
export const mergerMain = "merger/main.js";

/** A folder of the test's own, removed after it. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "arras-command-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Arguments for the fake renderer with these knobs; JSON for the result. */
export function fakeArgs(knobs: Readonly<Record<string, unknown>>, ...args: readonly string[]): string[] {
  return ["--renderer", "fake", "--renderer-options", JSON.stringify(knobs), "--json", ...args];
}

const films = new Map<string, Promise<string>>();

/**
 * The hash of the fake renderer's frame on one machine to which nothing happens: rendered once for all files of a run, by
 * one computation, whatever the arguments say of computations (same-film.test.ts shows that more of them make the same).
 */
export function undisturbedFilm(...args: readonly string[]): Promise<string> {
  const picture = args.filter((_, at) => ![at, at - 1].some((word) => /^--num-(mcrt|cores)$/.test(args[word] ?? "")));
  const key = JSON.stringify(picture);
  const film = films.get(key) ?? keptFilm(key, picture);
  films.set(key, film);
  return film;
}

async function keptFilm(key: string, picture: readonly string[]): Promise<string> {
  const path = join(inject("filmFolder"), createHash("sha256").update(key).digest("hex"));
  const kept = await readFile(path, "utf8").catch(() => undefined);
  if (kept !== undefined) return kept;
  const { json } = await runCommand(fakeArgs({}, ...picture));
  if (json.outcome !== "finished") throw new Error(`the undisturbed frame ${key} did not finish: ${json.outcome}`);
  // Whole or not at all, as the other process that runs tests may read it.
  const part = `${path}.${process.pid}`;
  await writeFile(part, json.filmSha256);
  await rename(part, path);
  return json.filmSha256;
}

export interface SlowFrame {
  /** For the fake renderer. */
  readonly knobs: { readonly costMsPerSample: number; readonly costUntil: string };
  /** From now on its samples cost nothing. */
  hurry(): void;
}

/** For what happens in a frame's middle: on the slowest machine it is not over before, and then it need not be waited for. */
export function slowFrame(costMsPerSample = 0.1): SlowFrame {
  const folder = mkdtempSync(join(tmpdir(), "arras-slow-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const costUntil = join(folder, "hurry");
  return { knobs: { costMsPerSample, costUntil }, hurry: () => writeFileSync(costUntil, "") };
}

/** A frame in its middle: some of it is rendered, and the rest takes long until it is hurried. */
export async function beginSlowFrame(
  args: readonly string[],
  costMsPerSample?: number,
): Promise<{ readonly command: RunningCommand; hurry(): void }> {
  const { knobs, hurry } = slowFrame(costMsPerSample);
  const command = new RunningCommand(fakeArgs(knobs, ...args));
  await command.said(/ spp · /);
  return { command, hurry };
}

/** SIGKILL for the only one. */
export function killOnly(pids: readonly number[]): void {
  const [pid, ...others] = pids;
  // A 0 would end this process and all that it started.
  if (pid === undefined || others.length > 0) throw new Error(`${pids.length} processes where one was to be killed`);
  process.kill(pid, "SIGKILL");
}

function finishedOf(
  exitCode: number | null,
  signal: NodeJS.Signals | null,
  { stdout, stderr }: { stdout: string; stderr: string },
): Finished {
  return {
    exitCode,
    signal,
    stdout,
    stderr,
    get json() {
      return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as RenderResult;
    },
  };
}

function quoted(text: string): string {
  return /^[\w./:=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
