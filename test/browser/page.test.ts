// The page in a real browser, on a real render of this machine: what it shows are the film's numbers.
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { displayRgb } from "../../proto/display-transform.ts";
import { numberText } from "../../viewer/state/pixel-text.ts";
import { fakeArgs, RunningCommand, testFolder } from "../integration/run-command.ts";
import { filmPlanes } from "./film-planes.ts";
import { chromiumPresent, openPage, pagePixel, pointAt, said, startBrowser } from "./open-page.ts";

const film = { width: 192, height: 128 };
const points = [
  [3, 5],
  [100, 64],
  [64, 127],
  [191, 0],
] as const;

/** A render that goes on for seconds, and the address of its page. */
async function startRender(knobs: Readonly<Record<string, unknown>>, ...more: readonly string[]) {
  const output = join(await testFolder(), "out.exr");
  const size = [
    "--size",
    `${film.width}x${film.height}`,
    "--spp",
    "16",
    "--exr-type",
    "float",
    "--exr-parts",
    "layers",
  ];
  const args = fakeArgs(
    knobs,
    ...size,
    "--gui",
    "--num-mcrt",
    "1",
    "--aov",
    "normal,id,samples,error",
    "-o",
    output,
    ...more,
  );
  const command = new RunningCommand(args);
  const [, url = ""] = await command.said(/Look at it: (\S+)\n/);
  return { command, output, url };
}

describe.skipIf(!chromiumPresent())("the page of a session", () => {
  it("looked at from the beginning and late -> the EXR's numbers, exposed as computed, without a complaint", async () => {
    const { command, output, url } = await startRender({ costMsPerSample: 0.005 });
    const browser = await startBrowser();
    const first = await openPage(browser, url);
    await said(first.page.locator("header dl"), /finished/);
    const late = await openPage(browser, url);
    await said(late.page.locator("header dl"), /finished/);
    await command.said(/the page stays until Ctrl-C/);
    const plane = await filmPlanes(output);
    const [r, g, b] = [plane("R"), plane("G"), plane("B")] as [Float32Array, Float32Array, Float32Array];
    expect(points.every(([x, y]) => r[y * film.width + x] !== 0)).toBe(true);
    for (const { page } of [first, late]) {
      await page.getByLabel("Sent as").selectOption("half");
      await page.getByRole("button", { name: "1:1" }).click();
      for (const [x, y] of points) {
        await pointAt(page, film, x, y);
        const at = y * film.width + x;
        const shown = () => page.locator(".probe").textContent();
        // Frames may still be on their way.
        await expect
          .poll(async () =>
            isNear(
              numbers(await shown()),
              [r, g, b].map((values) => values[at] ?? 0),
            ),
          )
          .toBe(true);
        // The same moment of the same film, so the same numbers, to four digits.
        const error = numberText(plane("error.error")[at] ?? Number.NaN, false);
        const object = plane("id.id")[at] === 0 ? "nothing" : "fake";
        await said(page.locator(".probe .film"), new RegExp(`^Samples 16Error ${error}Object ${object}$`));
      }
    }
    expect(points.map(([x, y]) => plane("samples.count")[y * film.width + x])).toEqual([16, 16, 16, 16]);
    const { page } = first;
    // Over: what can be done no more is there, and says why; only more samples are taken.
    await said(
      page.getByRole("note"),
      /frame is done and its computations have left\. With more samples \(b\) it goes on/,
    );
    for (const name of ["Pause", "Restart", "Region"])
      expect(await page.getByRole("button", { name, exact: true }).isDisabled()).toBe(true);
    expect(await page.getByLabel("Samples", { exact: true }).isDisabled()).toBe(false);
    await page.keyboard.press("e");
    // While the list of keys is open none of them does anything but close it.
    const keys = page.getByRole("dialog", { name: "Keys" });
    await page.keyboard.press("?");
    await keys.waitFor();
    await page.keyboard.press("e");
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("e");
    await page.mouse.move(1, 1);
    const picture = sharp(await page.screenshot())
      .removeAlpha()
      .raw();
    const { data, info } = await picture.toBuffer({ resolveWithObject: true });
    const codes = displayRgb({ r, g, b }, { exposureStops: 1, tone: "srgb" });
    for (const [x, y] of points) {
      const place = await pagePixel(page, film, x, y);
      const from = 3 * (Math.floor(place.y) * info.width + Math.floor(place.x));
      for (let channel = 0; channel < 3; channel++) {
        const exact = codes[3 * (y * film.width + x) + channel] ?? 0;
        // Half floats, and the browser's own arithmetic, may fall on the other side of a code's edge.
        expect(Math.abs((data[from + channel] ?? 0) - exact)).toBeLessThanOrEqual(1);
      }
    }
    expect([...first.complaints, ...late.complaints]).toEqual([]);
    command.signal("SIGINT");
    expect((await command.finished).exitCode).toBe(0);
  });

  it("its link stands still -> 1:1 chosen meanwhile holds when the film comes; who comes back to the beauty sees it at once", async () => {
    const { command, output, url } = await startRender({ costMsPerSample: 0.005 });
    const { page, complaints } = await openPage(await startBrowser(), url);
    await said(page.locator("header dl"), /finished/);
    await command.said(/the page stays until Ctrl-C/);
    const link = await HeldLink.of(page);
    link.hold();
    await page.reload();
    await page.getByRole("button", { name: "1:1" }).click();
    link.release();
    await pointAt(page, film, 100, 64);
    const plane = await filmPlanes(output);
    const exact = ["R", "G", "B"].map((name) => plane(name)[64 * film.width + 100] ?? 0);
    const beauty = async () => numbers(await page.locator(".probe").textContent());
    await expect.poll(async () => isNear(await beauty(), exact)).toBe(true);
    await page.getByLabel("Output").selectOption("normal");
    await said(page.locator(".probe"), /Normal X/);
    link.hold();
    await page.getByLabel("Output").selectOption("beauty");
    await expect.poll(async () => isNear(await beauty(), exact)).toBe(true);
    expect(complaints).toEqual([]);
    command.signal("SIGINT");
    expect((await command.finished).exitCode).toBe(0);
  });

  it("samples asked for, then stop twice, on a phone -> the map's numbers; the session ends as stopped", async () => {
    const { command, url } = await startRender({ costMsPerSample: 2 });
    const { page, complaints } = await openPage(await startBrowser(), url);
    await said(page.locator("header dl"), /rendering/);
    await page.getByLabel("Output").selectOption("samples");
    await page.getByLabel("Compare").selectOption("normal");
    await page.getByRole("button", { name: "1:1" }).click();
    await pointAt(page, film, 20, 20);
    await said(page.locator(".probe"), /Sample count [1-9].*Normal X/);
    await page.getByRole("button", { name: "Details" }).click();
    await said(page.getByRole("complementary", { name: "Details" }), /mcrt_i0.*100%/);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Stop now?" }).click();
    expect((await command.finished).json.outcome).toBe("stopped");
    expect(complaints.filter((text) => !/WebSocket/.test(text))).toEqual([]);
  });
});

/** What a page is told from its next connection on, as long as a test lets it through. */
class HeldLink {
  #isHeld = false;
  readonly #passOn: (() => void)[] = [];

  static async of(page: Page): Promise<HeldLink> {
    const link = new HeldLink();
    await page.routeWebSocket(/\/live/, (toPage) => {
      toPage.connectToServer().onMessage((message) => link.#pass(() => toPage.send(message)));
    });
    return link;
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    for (const passOn of this.#passOn.splice(0)) passOn();
  }

  #pass(passOn: () => void): void {
    if (this.#isHeld) this.#passOn.push(passOn);
    else passOn();
  }
}

/** "3, 5  Beauty R 0.1  G 0.2 …" → the values of R, G, B. */
function numbers(text: string | null): number[] {
  return ["R", "G", "B"].map((name) => Number(new RegExp(`${name} (\\S+)`).exec(text ?? "")?.[1]));
}

/** Within a half float's rounding and that of four printed digits. */
function isNear(values: readonly number[], exact: readonly number[]): boolean {
  return values.every(
    (value, index) => Math.abs(value - (exact[index] ?? 0)) <= Math.abs(exact[index] ?? 0) * (2 ** -11 + 5e-4) + 1e-6,
  );
}
