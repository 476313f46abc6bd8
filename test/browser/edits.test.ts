// The scene changed from the page while it renders: a new picture, the same one for everybody who looks, and whose it is.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../host/package-root.ts";
import { editsFromText } from "../../proto/edits-file.ts";
import { RunningCommand, testFolder } from "../integration/run-command.ts";
import { type SceneChanges, writeSmallScene } from "../integration/small-scene.ts";
import { chromiumPresent, openPage, pagePixel, pointAt, said, startBrowser } from "./open-page.ts";

const film = { width: 192, height: 128 };
const middle = [96, 64] as const;

/** A square before the sky, which renders for longer than anybody looks, and leaves some of the machine to who looks. */
async function startRender(changes: SceneChanges = {}, ...more: readonly string[]) {
  const scene = await writeSmallScene(join(await testFolder(), "scene"), changes);
  const size = ["--size", `${film.width}x${film.height}`, "--spp", "65536"];
  const computation = ["--num-mcrt", "1", "--num-cores", "1"];
  const command = new RunningCommand([scene, ...size, "--gui", ...computation, "--json", ...more]);
  const [, url = ""] = await command.said(/Look at it: (\S+)\n/);
  return { command, url };
}

/** One to one as soon as it renders: as large as the page, the processor, which draws it, would be busy with that. */
async function openSmall(browser: Browser, url: string, width: number, height: number) {
  const opened = await openPage(browser, url, width, height);
  await said(opened.page.locator("header dl"), /rendering/);
  await opened.page.getByRole("button", { name: "1:1" }).click();
  return opened;
}

async function openScene(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Scene" }).click();
  await page.getByLabel("Sent as").selectOption("half");
}

/** A lamp beside the camera, and a small square half-way to the large one. */
const lit: SceneChanges = {
  json: {
    extensionsUsed: ["KHR_lights_punctual"],
    extensions: { KHR_lights_punctual: { lights: [{ type: "point", name: "lamp", intensity: 100 }] } },
    scenes: [{ nodes: [0, 1, 2, 3] }],
    nodes: [
      { mesh: 0, name: "square" },
      { camera: 0, name: "front", translation: [0.2, 0.1, 3] },
      { name: "lamp", translation: [-1, 1, 3], extensions: { KHR_lights_punctual: { light: 0 } } },
      { mesh: 0, name: "near", translation: [0.5, 0.3, 1.5], scale: [0.15, 0.15, 0.15] },
    ],
  },
};
const sky = [3, 64] as const;
const besideSquare = [33, 64] as const;
const nearSquare = [126, 44] as const;

const lastEdit = (page: Page) => page.getByRole("complementary", { name: "Scene" }).getByRole("status");

/** Red, green and blue under the pointer. */
async function probed(page: Page): Promise<number[]> {
  const text = (await page.locator(".probe").textContent()) ?? "";
  return ["R", "G", "B"].map((name) => Number(new RegExp(`Beauty.*? ${name} (\\S+)`).exec(text)?.[1]));
}

/** Resolves when that edit has made a new epoch, and another colour (by a tenth, in some channel) at that pixel. */
async function changes(page: Page, [x, y]: readonly [number, number], edit: () => Promise<void>): Promise<void> {
  await pointAt(page, film, x, y);
  await said(page.locator(".probe"), /Beauty.*R/);
  const [epoch, before] = [await lastEdit(page).getAttribute("title"), await probed(page)];
  await edit();
  await expect.poll(() => lastEdit(page).getAttribute("title")).not.toBe(epoch);
  await pointAt(page, film, x, y);
  const isOther = async () =>
    (await probed(page)).some((value, channel) => Math.abs(value - before[channel]!) > 0.1 * before[channel]!);
  await expect.poll(isOther, { message: `was ${before} at ${x}, ${y}` }).toBe(true);
}

const slide = (place: Locator, label: string, value: number) => () => place.getByLabel(label).fill(`${value}`);

async function savedEdits(page: Page) {
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save edits" }).click();
  const path = await (await saving).path();
  return editsFromText(await readFile(path, "utf8"), path);
}

describe.skipIf(!chromiumPresent())("the scene, edited from the page", () => {
  it("an object hidden by one, shown by the other -> both see each picture, and whose edit it was", async () => {
    const { command, url } = await startRender();
    const browser = await startBrowser();
    const [first, second] = [await openSmall(browser, url, 1000, 700), await openSmall(browser, url, 1000, 700)];
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
      await said(page.locator(".probe .values"), /A 1$/);
    }
    // The film has no ids: a computation says what is there.
    await said(first.page.locator(".probe .film"), /Samples [1-9]\d*Error .*Object square$/);
    await pointAt(first.page, film, ...sky);
    await said(first.page.locator(".probe .film"), /Samples [1-9]\d*Error .*Object nothing$/);
    await first.page.getByRole("button", { name: "Pick" }).click();
    const at = await pagePixel(first.page, film, ...middle);
    await first.page.mouse.click(at.x, at.y);
    const picked = first.page.getByRole("region", { name: "Picked" });
    await said(picked, /Object.*square.*Normal.*0, 0, 1/s);
    const panel = first.page.getByRole("button", { name: "Scene" });
    await panel.click();
    await said(picked, /Object.*square.*Normal.*0, 0, 1/s);
    await panel.click();
    await first.page.getByLabel("Your name").fill("Ada");
    await first.page.getByRole("checkbox", { name: "square" }).uncheck();
    await said(lastEdit(first.page), /The last edit is yours/);
    await said(lastEdit(second.page), /Last edited by Ada/);
    for (const { page } of [first, second]) {
      await pointAt(page, film, ...middle);
      await said(page.locator(".probe .values"), /A 0$/);
    }
    expect(await second.page.getByRole("checkbox", { name: "square" }).isChecked()).toBe(false);
    await second.page.getByRole("checkbox", { name: "square" }).check();
    await said(lastEdit(first.page), /Last edited by viewer-/);
    for (const { page } of [first, second]) {
      await pointAt(page, film, ...middle);
      await said(page.locator(".probe .values"), /A 1$/);
    }
    expect([...first.complaints, ...second.complaints]).toEqual([]);
    command.signal("SIGINT");
    await command.finished;
  });

  it("orbited until the square is seen from its edge -> a new epoch and picture; saved edits have that camera", async () => {
    const { command, url } = await startRender();
    const { page, complaints } = await openSmall(await startBrowser(), url, 1000, 700);
    await openScene(page);
    await pointAt(page, film, ...middle);
    await said(page.locator(".probe .values"), /A 1$/);
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
    await said(page.locator(".probe .values"), /A 0$/);
    expect(await lastEdit(page).getAttribute("title")).not.toBe(epochBefore);
    const { camera } = await savedEdits(page);
    expect(Math.abs(camera?.lookFrom[0] ?? 0)).toBeGreaterThan(2);
    await page.keyboard.press("r");
    await pointAt(page, film, 60, 64);
    await said(page.locator(".probe .values"), /A 1$/);
    expect(complaints).toEqual([]);
    command.signal("SIGINT");
    await command.finished;
  });

  it("sliders of light, environment and material -> a new epoch and picture each, and saved", async () => {
    const { command, url } = await startRender(lit, "--env", join(packageRoot(), "deploy/demo/sky.hdr"));
    const { page, complaints } = await openSmall(await startBrowser(), url, 1000, 900);
    await openScene(page);
    await changes(page, middle, slide(page.getByRole("group", { name: "lamp" }), "Strength", 4));
    await changes(page, sky, slide(page.getByRole("group", { name: "Environment" }), "Turned", 150));
    const material = page.getByRole("region", { name: "Material" });
    await changes(page, middle, slide(material, "Metalness", 1));
    await changes(page, middle, slide(material, "Roughness", 0.05));
    expect(await savedEdits(page)).toMatchObject({
      environment: { rotationDeg: 150 },
      lights: [{ id: "lamp" }],
      materials: [{ roughness: 0.05, metallic: 1 }],
    });
    expect(complaints).toEqual([]);
    command.signal("SIGINT");
    await command.finished;
  });

  it("a longer lens, a wide one, and a click on what is to be sharp -> a new epoch and picture each, and saved", async () => {
    const { command, url } = await startRender(lit);
    const { page, complaints } = await openSmall(await startBrowser(), url, 1000, 900);
    await openScene(page);
    const camera = page.getByRole("region", { name: "Camera" });
    await changes(page, sky, slide(camera, "Focal length", Math.log2(80)));
    await changes(page, sky, () => camera.getByRole("button", { name: "Reset camera" }).click());
    await slide(camera, "Lens radius", 1)();
    // Black until the edge of the square, which was sharp, is blurred into it.
    await changes(page, besideSquare, async () => {
      await page.getByRole("button", { name: "Focus on" }).click();
      const at = await pagePixel(page, film, ...nearSquare);
      await page.mouse.click(at.x, at.y);
      await said(camera, /sharp at 1\.5\d* m/);
    });
    const { focusDistance, apertureRadius } = (await savedEdits(page)).camera ?? {};
    expect([focusDistance, apertureRadius]).toEqual([expect.closeTo(1.5, 1), expect.closeTo(0.15, 1)]);
    expect(complaints).toEqual([]);
    command.signal("SIGINT");
    await command.finished;
  });
});
