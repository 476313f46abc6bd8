// The denoiser as a command: with stand-ins for it, and with itself where it is installed.
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { OidnCommand } from "../../../../merger/denoise/oidn-command.ts";
import type { PfmPicture } from "../../../../merger/denoise/pfm.ts";

const real = process.env.ARRAS_OIDN_DENOISE || "oidnDenoise";
const isRealPresent = (await new OidnCommand(real).missing()) === undefined;
const never = new AbortController().signal;

function grey(value: (index: number) => number): PfmPicture {
  const plane = () => Float32Array.from({ length: 64 * 48 }, (_, index) => value(index));
  return { widthPx: 64, heightPx: 48, planes: [plane(), plane(), plane()] };
}

/** A shell script in its place; temporary files go beside it. */
async function standIn(script: string) {
  const folder = await mkdtemp(join(tmpdir(), "arras-test-"));
  const former = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  onTestFinished(() => {
    if (former === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = former;
    return rm(folder, { recursive: true, force: true });
  });
  const path = join(folder, "oidnDenoise");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return { command: new OidnCommand(path), files: () => readdir(folder) };
}

describe("Open Image Denoise's command", () => {
  it("is not there -> the reason, and what is looked for", async () => {
    expect(await new OidnCommand("/no/such/oidnDenoise").missing()).toMatch(
      /no\/such\/oidnDenoise.*ARRAS_OIDN_DENOISE/,
    );
  });

  it("answers -> its picture, its version in the name, no file left", async () => {
    // Gives back its --hdr, whatever else it is told.
    const { command, files } = await standIn(
      'echo "device=CPU, version=9.8.7"; for a; do case $last in --hdr) in=$a;; -o) out=$a;; esac; last=$a; done; cp "$in" "$out"',
    );
    const color = grey((index) => index);
    expect((await command.denoise({ color }, true, never)).planes).toEqual(color.planes);
    expect(command.name).toBe("Intel Open Image Denoise 9.8.7");
    expect(await files()).toEqual(["oidnDenoise"]);
  });

  it("fails -> its last words", async () => {
    const { command, files } = await standIn("echo out of luck >&2; exit 3");
    const failed = command.denoise({ color: grey(() => 1) }, true, never);
    await expect(failed).rejects.toMatchObject({
      code: "output-failed",
      message: expect.stringMatching(/3: out of luck/),
    });
    expect(await files()).toEqual(["oidnDenoise"]);
  });

  it("nobody wants it any more -> it ends", async () => {
    const { command } = await standIn("exec sleep 600");
    const stop = new AbortController();
    const denoised = command.denoise({ color: grey(() => 1) }, true, stop.signal);
    stop.abort();
    await expect(denoised).rejects.toThrow(/abort/i);
  });

  it.skipIf(!isRealPresent)("itself, given noise on grey -> much nearer to the grey", async () => {
    const noise = (index: number) => 0.5 + 0.4 * Math.sin(index * 12.9898 + Math.sin(index * 78.233) * 43758);
    const [albedo, normal] = [grey(() => 0.5), grey(() => 0.577)];
    const { planes } = await new OidnCommand(real).denoise({ color: grey(noise), albedo, normal }, true, never);
    const error = (plane: Float32Array) =>
      Math.sqrt(plane.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / plane.length);
    expect(error(planes[0])).toBeLessThan(error(grey(noise).planes[0]) / 4);
  });
});
