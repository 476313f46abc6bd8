// A rectangle on the page that is rendered alone, by keys or a drag: only its tiles get samples, all viewers see it,
// and once it is lifted the frame ends as if nobody had touched it.
import { describe, expect, it } from "vitest";
import { undisturbedFilm } from "../integration/run-command.ts";
import { chromiumPresent, dragPixels, openPage, said, startBrowser } from "./open-page.ts";
import { pausedFrame } from "./paused-frame.ts";

const film = { width: 192, height: 128 };
const size = ["--size", "192x128", "--num-mcrt", "1"];

describe.skipIf(!chromiumPresent())("a region alone", () => {
  it("by keys and taken away, then dragged, done and lifted -> samples in it alone; then the film of an undisturbed frame", async () => {
    const { command, url, program, hurry } = await pausedFrame(...size, "--spp", "32");
    await program.wish({ outputs: ["samples"] });
    const browser = await startBrowser();
    const { page, complaints } = await openPage(browser, url, 1000, 600);
    const other = await openPage(browser, url, 1000, 600);
    const facts = page.locator("header dl");
    await said(facts, /paused/);

    await page.keyboard.press("1");
    await page.getByRole("button", { name: "1:1" }).click();
    // By keys: the middle of the picture, then its corner to the right.
    const box = () => page.locator(".region").boundingBox();
    await said(other.page.locator("header dl"), /paused/);
    await other.page.keyboard.press("X");
    await other.page.locator(".region-sheet:focus").waitFor();
    for (const key of ["ArrowDown", "Shift+ArrowRight", "Enter"]) await other.page.keyboard.press(key);
    await said(page.locator(".region"), /Only this, chosen by viewer-/);
    const outline = await box();
    expect([outline?.width, outline?.height].map((length) => Math.round(length ?? 0))).toEqual([99, 64]);
    await other.page.keyboard.press("Escape");
    await page.locator(".region").waitFor({ state: "detached" });

    const only = page.getByRole("button", { name: "Only the region" });
    await only.click();
    await dragPixels(page, film, [70, 70], [100, 90]);
    await said(page.locator(".region"), /^Only this$/);
    expect(await only.getAttribute("aria-pressed")).toBe("true");
    await said(other.page.locator(".region"), /Only this, chosen by viewer-/);
    await page.keyboard.press("p");
    hurry();
    await said(facts, /region done/);
    await said(page.locator("header"), /The region is done; lift it/);
    await said(page.locator(".session > .spoken"), /region done: lift it to go on/);
    await said(facts, /32 \/ 32 spp/);

    // Its tile has all samples; what the others have does not grow, though rendering costs nothing any more.
    const tiles = [0, 64, 128].flatMap((x0) => [0, 64].map((y0) => ({ x0, y0 })));
    const sppOf = () => tiles.map(({ x0, y0 }) => program.tile("samples", x0, y0)?.sppMean ?? 0);
    await program.saw(() => program.tile("samples", 64, 64)?.sppMean === 32);
    const before = sppOf();
    expect(before.filter((spp) => spp === 32)).toHaveLength(1);
    const eventCount = program.events.length;
    await program.saw(() => program.events.length >= eventCount + 20);
    expect(sppOf()).toEqual(before);

    await other.page.keyboard.press("Escape");
    await said(facts, /finished/);
    expect([...complaints, ...other.complaints]).toEqual([]);
    command.signal("SIGINT");
    const { json } = await command.finished;
    const direct = await undisturbedFilm(...size, "--spp", "32");
    expect([json.outcome, json.spp, json.filmSha256]).toEqual(["finished", 32, direct]);
  });
});
