// Denoising in the page: what is there, and what is said where it is not. A stand-in for the denoiser halves nothing and
// invents nothing: it gives back what it gets.
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fakeArgs, RunningCommand, testFolder } from "../integration/run-command.ts";
import { chromiumPresent, openPage, pointAt, said, startBrowser } from "./open-page.ts";

const film = { width: 96, height: 64 };
const copies = `#!/bin/sh
echo "version=2.0.0"
for a; do case $last in --hdr) in=$a;; -o) out=$a;; esac; last=$a; done
if [ -n "$out" ]; then cp "$in" "$out"; fi
`;

async function startRender(denoiser: string) {
  const size = ["--size", `${film.width}x${film.height}`, "--spp", "4", "--aov", "albedo,normal"];
  const command = new RunningCommand(fakeArgs({}, ...size, "--gui", "--num-mcrt", "1"), {
    environment: { ARRAS_OIDN_DENOISE: denoiser },
  });
  const [, url = ""] = await command.said(/Look at it: (\S+)\n/);
  return { command, url };
}

describe.skipIf(!chromiumPresent())("denoising in the page", () => {
  it("a denoiser is there -> named when it is on; its pixels are shown beside the film's", async () => {
    const path = join(await testFolder(), "oidnDenoise");
    await writeFile(path, copies);
    await chmod(path, 0o755);
    const { command, url } = await startRender(path);
    const { page, complaints } = await openPage(await startBrowser(), url);
    await page.getByRole("checkbox", { name: "Denoise" }).check();
    await said(page.locator(".toggle"), /Intel Open Image Denoise.*with albedo and normal/);
    await page.getByLabel("Compare").selectOption("beauty");
    await page.getByRole("button", { name: "1:1" }).click();
    await pointAt(page, film, 20, 20);
    // Both, and the same, because of the stand-in.
    await said(page.locator(".probe"), /Denoised (R \S+ +G \S+ +B \S+ +A \S+)Beauty \1/);
    await page.keyboard.press("n");
    expect(await page.getByLabel("Output").inputValue()).toBe("beauty");
    expect(complaints).toEqual([]);
    command.signal("SIGINT");
    expect((await command.finished).exitCode).toBe(0);
  });

  it("none is there -> the toggle is off for good, with the reason; n does nothing", async () => {
    const { command, url } = await startRender("/no/such/oidnDenoise");
    const { page, complaints } = await openPage(await startBrowser(), url);
    await said(page.locator(".toggle"), /no denoiser there/);
    expect(await page.getByRole("checkbox", { name: "Denoise" }).isDisabled()).toBe(true);
    expect(await page.locator(".toggle").getAttribute("title")).toMatch(/no\/such\/oidnDenoise/);
    await page.keyboard.press("n");
    expect(await page.getByLabel("Output").inputValue()).toBe("beauty");
    expect(complaints).toEqual([]);
    command.signal("SIGINT");
    await command.finished;
  });
});
