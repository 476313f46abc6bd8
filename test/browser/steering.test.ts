// The page's buttons and keys that steer a render of this machine: paused, a region, more samples, the EXR of now.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readExr } from "../../host/exr/read-exr.ts";
import { testFolder, undisturbedFilm } from "../integration/run-command.ts";
import { chromiumPresent, dragPixels, openPage, said, startBrowser } from "./open-page.ts";
import { pausedFrame } from "./paused-frame.ts";

const film = { width: 192, height: 128 };
const size = ["--size", "192x128", "--num-mcrt", "1"];

describe.skipIf(!chromiumPresent())("steering from the page", () => {
  it("paused, a region, more samples, resumed -> the film of that many samples; the EXR of now has the present ones", async () => {
    const { command, url, hurry } = await pausedFrame(...size, "--spp", "16");
    const browser = await startBrowser();
    const { page, complaints } = await openPage(browser, url, 900, 600);
    const other = await openPage(browser, url, 900, 600);
    const facts = page.locator("header dl");
    await said(facts, /paused/);
    await page.keyboard.press("p");
    await said(facts, /rendering/);
    await page.keyboard.press("p");
    await said(facts, /paused/);
    await page.getByRole("button", { name: "Resume" }).waitFor();
    const path = new URL(page.url()).pathname;
    const exrOfNow = async () => {
      const answer = await page.request.get(`${new URL(url).origin}${path}/picture.exr?type=float`);
      const file = join(await testFolder(), "now.exr");
      writeFileSync(file, await answer.body());
      return readExr(file);
    };
    const { widthPx, heightPx } = await exrOfNow();
    expect([widthPx, heightPx]).toEqual([film.width, film.height]);

    await page.keyboard.press("1");
    await page.getByRole("button", { name: "1:1" }).click();
    await page.keyboard.press("x");
    await dragPixels(page, film, [70, 70], [100, 90]);
    const outline = await page.locator(".region").boundingBox();
    expect([outline?.width, outline?.height].map((length) => Math.round(length ?? 0))).toEqual([31, 21]);

    // It belongs to the session: others see it too, and whose it is, also those who come later; and any of them ends it.
    await said(other.page.locator(".region"), /First, chosen by viewer-/);
    await said(page.locator(".region"), /^First$/);
    await other.page.reload();
    await said(other.page.locator(".region"), /First, chosen by viewer-/);

    await page.getByLabel("Samples", { exact: true }).fill("32");
    await page.getByLabel("Samples", { exact: true }).press("Enter");
    await said(facts, /\/ 32 spp/);
    await page.getByRole("button", { name: "Resume" }).click();
    await said(facts, /rendering/);
    await other.page.keyboard.press("Escape");
    for (const each of [page, other.page]) await each.locator(".region").waitFor({ state: "detached" });
    hurry();
    await said(facts, /finished/);
    expect([...complaints, ...other.complaints]).toEqual([]);
    command.signal("SIGINT");
    const { json } = await command.finished;
    const direct = await undisturbedFilm(...size, "--spp", "32");
    expect([json.outcome, json.spp, json.filmSha256]).toEqual(["finished", 32, direct]);
  });
});
