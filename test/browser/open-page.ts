// A real browser without a screen, WebGL in software, that looks at a page as a user does; what it complains about counts.
import { existsSync } from "node:fs";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";

const chromiumPath = "/usr/bin/chromium";

/** Without it (scripts/setup.sh --tests) there is nothing to look with. */
export function chromiumPresent(): boolean {
  return existsSync(chromiumPath);
}

export interface OpenedPage {
  readonly page: Page;
  /** Errors and warnings of the console, and what was thrown. */
  readonly complaints: readonly string[];
}

export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    // As root there is no sandbox; the pages are our own.
    args: ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader-webgl", "--enable-unsafe-swiftshader"],
  });
  onTestFinished(() => browser.close());
  return browser;
}

/** `isPhone`: with fingers instead of a mouse. */
export async function openPage(
  browser: Browser,
  url: string,
  width = 640,
  height = 480,
  isPhone = false,
): Promise<OpenedPage> {
  const phone = { isMobile: isPhone, hasTouch: isPhone };
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: 1, ...phone });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    // What software drawing says of itself is no fault of the page.
    const isOurs = !/GPU stall|software WebGL/i.test(message.text());
    if (isOurs && ["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

/** When the place's text fits. */
export async function said(place: Locator, pattern: RegExp): Promise<string> {
  await place.filter({ hasText: pattern }).waitFor();
  return (await place.textContent()) ?? "";
}

/** Points at a film pixel of a picture that is shown one to one in the middle of its canvas, wherever that moves meanwhile. */
export async function pointAt(page: Page, film: { width: number; height: number }, x: number, y: number) {
  const probed = async () => {
    const at = await pagePixel(page, film, x, y);
    await page.mouse.move(at.x, at.y);
    return page.locator(".probe .place").allTextContents();
  };
  await expect.poll(probed).toEqual([`${x}, ${y}`]);
}

/** Drags from one film pixel to another; the same conditions. */
export async function dragPixels(page: Page, film: { width: number; height: number }, from: Point, to: Point) {
  const [begin, end] = [await pagePixel(page, film, ...from), await pagePixel(page, film, ...to)];
  await page.mouse.move(begin.x, begin.y);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y, { steps: 4 });
  await page.mouse.up();
}

type Point = readonly [x: number, y: number];

/** Where on the page that film pixel's middle is; the same conditions. */
export async function pagePixel(page: Page, film: { width: number; height: number }, x: number, y: number) {
  const box = await page.locator("canvas").boundingBox();
  if (box === null) throw new Error("there is no canvas");
  const left = Math.round((box.width - film.width) / 2);
  const top = Math.round((box.height - film.height) / 2);
  return { x: box.x + left + x + 0.5, y: box.y + top + y + 0.5 };
}
