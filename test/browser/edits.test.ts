// The scene changed from the page while it renders: a new picture, the same one for everybody who looks, and whose it is.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { editsFromText } from "../../proto/edits-file.ts";
import { RunningCommand, testFolder } from "../integration/run-command.ts";
import { writeSmallScene } from "../integration/small-scene.ts";
import { chromiumPresent, openPage, pagePixel, pointAt, said, startBrowser } from "./open-page.ts";

const film = { width: 192, height: 128 };
const middle = [96, 64] as const;

/** A square before the sky, which renders for longer than anybody looks. */
async function startRender() {
  const scene = await writeSmallScene(join(await testFolder(), "scene"));
  const size = ["--size", `${film.width}x${film.height}`, "--spp", "65536"];
  const command = new RunningCommand([scene, ...size, "--gui", "--num-mcrt", "1", "--json"]);
  await command.said(/Look at it: \S+\n/);
  return { command, url: /Look at it: (\S+)/.exec(command.stderr)?.[1] ?? "" };
}

async function openScene(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Scene" }).click();
  await page.getByRole("button", { name: "1:1" }).click();
  await page.getByLabel("Sent as").selectOption("half");
}

const lastEdit = (page: Page) => page.getByRole("complementary", { name: "Scene" }).getByRole("status");

describe.skipIf(!chromiumPresent())("the scene, edited from the page", () => {
  it("an object hidden by one, shown by the other -> both see each picture, and whose edit it was", async () => {
    const { command, url } = await startRender();
    const browser = await startBrowser();
    const [first, second] = [await openPage(browser, url, 1000, 700), await openPage(browser, url, 1000, 700)];
    // It looks, and takes nothing: nobody waits for it.
    await second.page.evaluate(
      (address) => {
        const socket = new WebSocket(address);
        // A wish for half floats of the beauty, by hand: field 1 of ViewerRequest, fields 1 and 2 of PreviewWish.
        socket.onopen = () => socket.send(Uint8Array.of(10, 10, 10, 6, ...new TextEncoder().encode("beauty"), 16, 1));
      },
      `${url.replace(/^http/, "ws").replace(/\?.*/, "")}/live`,
    );
    for (const { page } of [first, second]) {
      await openScene(page);
      await pointAt(page, film, ...middle);
      await said(page.locator(".probe"), /A 1$/);
    }
    await first.page.getByRole("button", { name: "Pick" }).click();
    const at = await pagePixel(first.page, film, ...middle);
    await first.page.mouse.click(at.x, at.y);
    await said(first.page.getByRole("region", { name: "Picked" }), /Object.*square.*Normal.*0, 0, 1/s);
    await first.page.getByLabel("Your name").fill("Ada");
    await first.page.getByRole("checkbox", { name: "square" }).uncheck();
    await said(lastEdit(first.page), /The last edit is yours/);
    await said(lastEdit(second.page), /Last edited by Ada/);
    for (const { page } of [first, second]) {
      await pointAt(page, film, ...middle);
      await said(page.locator(".probe"), /A 0$/);
    }
    expect(await second.page.getByRole("checkbox", { name: "square" }).isChecked()).toBe(false);
    await second.page.getByRole("checkbox", { name: "square" }).check();
    await said(lastEdit(first.page), /Last edited by viewer-/);
    for (const { page } of [first, second]) {
      await pointAt(page, film, ...middle);
      await said(page.locator(".probe"), /A 1$/);
    }
    expect([...first.complaints, ...second.complaints]).toEqual([]);
    command.signal("SIGINT");
    await command.finished;
  });

  it("orbited until the square is seen from its edge -> a new epoch and picture; saved edits have that camera", async () => {
    const { command, url } = await startRender();
    const { page, complaints } = await openPage(await startBrowser(), url, 1000, 700);
    await openScene(page);
    await pointAt(page, film, ...middle);
    await said(page.locator(".probe"), /A 1$/);
    const epochBefore = await lastEdit(page).getAttribute("title");
    await page.getByRole("button", { name: "Camera", exact: true }).click();
    // Half the picture's height is a quarter turn.
    const box = await page.locator("canvas").boundingBox();
    const from = { x: (box?.x ?? 0) + 100, y: (box?.y ?? 0) + 300 };
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + film.height / 2, from.y, { steps: 8 });
    await page.mouse.up();
    await pointAt(page, film, 60, 64);
    await said(page.locator(".probe"), /A 0$/);
    expect(await lastEdit(page).getAttribute("title")).not.toBe(epochBefore);
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save edits" }).click();
    const path = await (await saving).path();
    const { camera } = editsFromText(await readFile(path, "utf8"), path);
    expect(Math.abs(camera?.lookFrom[0] ?? 0)).toBeGreaterThan(2);
    await page.keyboard.press("r");
    await pointAt(page, film, 60, 64);
    await said(page.locator(".probe"), /A 1$/);
    expect(complaints).toEqual([]);
    command.signal("SIGINT");
    await command.finished;
  });
});
