// A frame that is finished gets more samples on its page: it renders on, and the command writes what there is then.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fakeArgs, RunningCommand, testFolder, undisturbedFilm } from "../integration/run-command.ts";
import { chromiumPresent, openPage, said, startBrowser } from "./open-page.ts";

const size = ["--size", "192x128", "--num-mcrt", "2"];

describe.skipIf(!chromiumPresent())("more samples for a finished frame", () => {
  it("typed, then by a key -> the film of so many both times; Ctrl-C -> written, with its hash", async () => {
    const file = join(await testFolder(), "out.exr");
    const command = new RunningCommand(fakeArgs({}, ...size, "--spp", "4", "--gui", "--json", "-o", file));
    await command.said(/the page stays until Ctrl-C/);
    const url = /Look at it: (\S+)/.exec(command.stderr)?.[1] ?? "";
    const { page, complaints } = await openPage(await startBrowser(), url, 1000, 600);
    const facts = page.locator("header dl");
    await said(facts, /finished.*4 \/ 4 spp/);
    await said(page.locator("header"), /With more samples \(b\) it goes on/);
    const samples = page.getByLabel("Samples", { exact: true });
    await samples.fill("16");
    await samples.press("Enter");
    await said(facts, /finished.*16 \/ 16 spp/);
    await page.locator("h1").click();
    await page.keyboard.press("b");
    await said(facts, /finished.*32 \/ 32 spp/);
    expect(complaints).toEqual([]);
    command.signal("SIGINT");
    const { json } = await command.finished;
    const direct = await undisturbedFilm(...size, "--spp", "32");
    expect([json.outcome, json.spp, json.filmSha256]).toEqual(["finished", 32, direct]);
    expect(readFileSync(file).includes(direct)).toBe(true);
  });
});
