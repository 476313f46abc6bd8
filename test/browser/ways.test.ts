// Ways to look at a picture, in a real browser: false colour as computed, a wipe against a snapshot, fingers on a phone.
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { displayRgb } from "../../proto/display-transform.ts";
import { fakeArgs, RunningCommand, testFolder } from "../integration/run-command.ts";
import { filmPlanes, type Planes } from "./film-planes.ts";
import { chromiumPresent, openPage, pagePixel, said, startBrowser } from "./open-page.ts";

const film = { width: 192, height: 128 };
const points = [
  [30, 20],
  [60, 100],
  [130, 40],
  [180, 90],
] as const;
type Color = readonly [number, number, number];

/** A finished render whose page is open, and its film. */
async function finishedRender() {
  const output = join(await testFolder(), "out.exr");
  const size = ["--size", `${film.width}x${film.height}`, "--spp", "8", "--aov", "normal", "--num-mcrt", "1"];
  const form = ["--exr-type", "float", "--exr-parts", "layers", "-o", output];
  const command = new RunningCommand(fakeArgs({}, ...size, ...form, "--gui"));
  await command.said(/the page stays until Ctrl-C/);
  const plane = await filmPlanes(output);
  return { command, url: /Look at it: (\S+)/.exec(command.stderr)?.[1] ?? "", plane };
}

async function end(command: RunningCommand): Promise<void> {
  command.signal("SIGINT");
  expect((await command.finished).exitCode).toBe(0);
}

/** What is on the page at these film pixels, one to one. */
async function shownCodes(page: Page): Promise<number[][]> {
  await page.mouse.move(1, 1);
  const { data, info } = await sharp(await page.screenshot())
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const codes: number[][] = [];
  for (const [x, y] of points) {
    const place = await pagePixel(page, film, x, y);
    const from = 3 * (Math.floor(place.y) * info.width + Math.floor(place.x));
    codes.push([...data.subarray(from, from + 3)]);
  }
  return codes;
}

/** Half floats, and the browser's own arithmetic, may fall on the other side of a code's edge. */
async function expectShown(page: Page, wanted: readonly Color[]): Promise<void> {
  const furthest = async () => {
    const shown = await shownCodes(page);
    return Math.max(
      ...wanted.flatMap((color, at) => color.map((code, of) => Math.abs((shown[at]?.[of] ?? 999) - code))),
    );
  };
  await expect.poll(furthest, { message: `wanted ${JSON.stringify(wanted)}` }).toBeLessThanOrEqual(2);
}

const steps: readonly Color[] = [
  [0.02, 0.02, 0.02],
  [0.1, 0.15, 0.6],
  [0, 0.55, 0.65],
  [0.15, 0.65, 0.2],
  [0.9, 0.85, 0.1],
  [0.85, 0.15, 0.1],
  [1, 1, 1],
];

/** Twelve stops round middle grey in six steps, from black over blue and red to white. */
function falseColor(luminance: number): Color {
  const at = 6 * Math.min(1, Math.max(0, (Math.log2(Math.max(luminance, 1e-9) / 0.18) + 6) / 12));
  const step = Math.min(5, Math.floor(at));
  const [low, high] = [steps[step] ?? [0, 0, 0], steps[step + 1] ?? [0, 0, 0]];
  const code = (of: 0 | 1 | 2) => 255 * (low[of] + (at - step) * (high[of] - low[of]));
  return [code(0), code(1), code(2)];
}

const values = (plane: Planes, names: readonly string[], [x, y]: readonly [number, number]) =>
  names.map((name) => plane(name)[y * film.width + x] ?? Number.NaN) as unknown as Color;

function beautyCodes(plane: Planes, place: readonly [number, number]): Color {
  const [r, g, b] = values(plane, ["R", "G", "B"], place).map((value) => Float32Array.of(value)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return [...displayRgb({ r, g, b }, { exposureStops: 0, tone: "srgb" })] as unknown as Color;
}

describe.skipIf(!chromiumPresent())("ways to look at the picture", () => {
  it("false colour, then a snapshot of the normals behind a wipe -> the colours that the EXR's numbers make", async () => {
    const { command, url, plane } = await finishedRender();
    const { page, complaints } = await openPage(await startBrowser(), url);
    await page.getByLabel("Sent as").selectOption("half");
    await page.getByRole("button", { name: "1:1" }).click();
    await page.getByLabel("Tone").selectOption("false-color");
    const luminances = points.map((place) => {
      const [r, g, b] = values(plane, ["R", "G", "B"], place);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    });
    await expectShown(page, luminances.map(falseColor));
    await page.getByLabel("Tone").selectOption("srgb");

    await page.getByLabel("Output").selectOption("normal");
    const normals = points.map(
      (place) =>
        values(plane, ["normal.x", "normal.y", "normal.z"], place).map((v) => 127.5 * v + 127.5) as never as Color,
    );
    await expectShown(page, normals);
    await page.getByRole("button", { name: "Snapshot" }).click();
    await page.getByLabel("Output").selectOption("beauty");
    await page.getByLabel("Compare").selectOption("snapshot");
    const beauty = points.map((place) => beautyCodes(plane, place));
    // The wipe is in the middle: two points on each side of it.
    await expectShown(page, [...beauty.slice(0, 2), ...normals.slice(2)]);
    const wipe = page.getByRole("slider", { name: "Wipe" });
    await wipe.press("Home");
    await expectShown(page, normals);
    await wipe.press("End");
    await expectShown(page, beauty);
    expect(complaints).toEqual([]);
    await end(command);
  });

  it("two fingers, then one, on a phone -> twice as large; the pixel under the finger goes with it", async () => {
    const { command, url } = await finishedRender();
    const { page, complaints } = await openPage(await startBrowser(), url, 390, 844, true);
    await said(page.locator("header dl"), /finished/);
    await page.getByRole("button", { name: "1:1" }).click();
    const zoom = page.getByLabel("Zoom", { exact: true });
    await said(zoom, /^100%$/);
    const box = (await page.locator("canvas").boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const fingers = await fingersOn(page);
    await fingers.down([x - 40, y], [x + 40, y]);
    for (const by of [50, 60, 70, 80]) await fingers.move([x - by, y], [x + by, y]);
    await fingers.up();
    await said(zoom, /^200%$/);
    await fingers.down([x, y]);
    const before = await placeUnder(page.locator(".probe .place"));
    for (const by of [20, 40, 60]) await fingers.move([x - by, y + by / 2]);
    expect(await placeUnder(page.locator(".probe .place"))).toBe(before);
    await fingers.up();
    // Elsewhere on the page it would have been another one.
    await fingers.down([x, y]);
    await expect.poll(() => placeUnder(page.locator(".probe .place"))).not.toBe(before);
    await fingers.up();
    expect(complaints).toEqual([]);
    await end(command);
  });
});

async function placeUnder(place: Locator): Promise<string> {
  return said(place, /\d+, \d+/);
}

type Finger = readonly [number, number];

async function fingersOn(page: Page) {
  const session = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", places: readonly Finger[]) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints: places.map(([x, y], id) => ({ x, y, id })) });
  return {
    down: (...places: Finger[]) => touch("touchStart", places),
    move: (...places: Finger[]) => touch("touchMove", places),
    up: () => touch("touchEnd", []),
  };
}
