// Intel Open Image Denoise as a command beside the merger (oidnDenoise, from its release or a package that has it): what
// fails in it takes nothing with it, and nothing of it is needed where nobody denoises. Pictures go through files in a
// temporary folder.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { Denoiser, NoisyPicture } from "./denoiser.ts";
import { fromPfm, type PfmPicture, toPfm } from "./pfm.ts";

const plainName = "Intel Open Image Denoise";
/** Rendering goes first: denoising takes what that leaves. */
const niceness = 10;
const saidSizeMax = 64 * 1024;

export class OidnCommand implements Denoiser {
  readonly #program: string;
  #version = "";
  #missing: Promise<string | undefined> | undefined;

  /** `program`: a path, or a name along PATH. */
  constructor(program: string) {
    this.#program = program;
  }

  get name(): string {
    return this.#version === "" ? plainName : `${plainName} ${this.#version}`;
  }

  missing(): Promise<string | undefined> {
    this.#missing ??= this.#run(["--list_devices"], new AbortController().signal).then(
      () => undefined,
      () =>
        `There is no denoiser where the film is: ${this.#program} of Open Image Denoise 2 is not on the PATH there, nor named by ARRAS_OIDN_DENOISE.`,
    );
    return this.#missing;
  }

  async denoise({ color, albedo, normal }: NoisyPicture, isFast: boolean, signal: AbortSignal): Promise<PfmPicture> {
    const folder = await mkdtemp(join(tmpdir(), "arras-denoise-"));
    try {
      const path = (name: string) => join(folder, `${name}.pfm`);
      const inputs = { hdr: color, alb: albedo, nrm: normal };
      const args: string[] = [];
      for (const [name, picture] of Object.entries(inputs)) {
        if (picture === undefined) continue;
        await writeFile(path(name), toPfm(picture), { signal });
        args.push(`--${name}`, path(name));
      }
      args.push("-d", "cpu", "-q", isFast ? "fast" : "high", "--maxmem", String(limits.denoiserMemoryMbMax));
      const said = await this.#run([...args, "-o", path("out")], signal);
      this.#version = /version=(\d[\w.]*)/.exec(said)?.[1] ?? this.#version;
      return fromPfm(await readFile(path("out"), { signal }), color.widthPx, color.heightPx);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Resolves with what it said; ended with `signal`, and after limits.denoisingMsMax. */
  #run(args: readonly string[], signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.#program, args, {
        stdio: ["ignore", "pipe", "pipe"],
        signal,
        timeout: limits.denoisingMsMax,
        killSignal: "SIGKILL",
      });
      yieldTo(child);
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => {
          said = `${said}${text}`.slice(-saidSizeMax);
        });
      child.once("error", reject);
      child.once("close", (exitCode, killedBy) => {
        if (exitCode === 0) resolve(said);
        else reject(failed(this.#program, killedBy ?? `exit code ${exitCode}`, said));
      });
    });
  }
}

function yieldTo({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // It has ended already.
  }
}

function failed(program: string, how: string, said: string): ArrasError {
  const last = said.trim().split("\n").at(-1)?.slice(-300) ?? "";
  return new ArrasError("output-failed", {
    message: `The denoiser ${program} ended with ${how}: ${last}`,
    action: "Look without denoising, and check the denoiser on the merge computation's node.",
  });
}
