// A render looked at in terminals: real processes in a pseudo-terminal, what is shown read back and compared.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeBlocks, decodeKitty, decodeSixel } from "../unit/cli/preview/terminal/decoders.ts";
import { fakeArgs, runCommand, testFolder } from "./run-command.ts";
import { scriptPresent, TerminalRun } from "./terminal-run.ts";

const environment = { TERM: "xterm-256color", COLORTERM: "truecolor" };
const kitty = { environment, answers: "\u001b_Gi=31;OK\u001b\\\u001b[6;20;10t\u001b[?62;52;c" };
const foot = { environment, answers: "\u001b[6;20;10t\u001b[?62;4;22c" };
const plain = { environment, answers: "\u001b[?1;2c" };

const film = ["--size", "60x36", "--spp", "8"];
/** Without the object, which would be longer than a line. */
const args = (...more: string[]) => [...fakeArgs({}, ...film).filter((arg) => arg !== "--json"), ...more];

async function pixelsOf(path: string): Promise<Buffer> {
  return sharp(path).removeAlpha().raw().toBuffer();
}

/** Greatest difference. */
function apart(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? 0))), 0);
}

describe.skipIf(!scriptPresent)("a render in a terminal", () => {
  it("kitty graphics -> in the end the PNG's pixels; progress and what is said are text below and above", async () => {
    const output = join(await testFolder(), "a.png");
    const run = await TerminalRun.start(args("--preview", "terminal", "-o", output), kitty);
    expect([await run.finished, run.fault]).toEqual([0, undefined]);
    const [placed] = [...run.emulator.pictures.values()];
    const { rgb, widthPx, heightPx } = decodeKitty(placed?.text ?? "");
    expect([widthPx, heightPx]).toEqual([60, 36]);
    // The PNG divides by alpha, which is one here but for rounding; half floats take another bit.
    expect(apart(rgb, await pixelsOf(output))).toBeLessThanOrEqual(1);
    const { text } = run.emulator;
    const progressRow = text.findLastIndex((line) => / spp · /.test(line));
    expect(progressRow).toBe((placed?.row ?? 0) + 2);
    expect(text.slice(progressRow + 1).join("\n")).toMatch(/^finished: 8 spp.*\nfilm [0-9a-f]{64}\nwrote /);
  });

  it("sixels, half blocks -> the same picture, as far as they can show it", async () => {
    const output = join(await testFolder(), "a.png");
    const sixels = await TerminalRun.start(args("--preview", "terminal", "-o", output), foot);
    expect([await sixels.finished, sixels.fault]).toEqual([0, undefined]);
    const [placed] = [...sixels.emulator.pictures.values()];
    expect(apart(decodeSixel(placed?.text ?? "").rgb, await pixelsOf(output))).toBeLessThan(40);
    const blocks = await TerminalRun.start(args("--preview", "terminal"), plain);
    expect([await blocks.finished, blocks.fault]).toEqual([0, undefined]);
    const last = blocks.written.split("\u001b7").at(-1)?.split("\u001b8")[0] ?? "";
    const cells = decodeBlocks(last);
    const wanted = await sharp(output).removeAlpha().raw().toBuffer();
    const color = (x: number, y: number) => wanted.readUIntBE(3 * (60 * y + x), 3);
    const channels = (value: number) => Uint8Array.of(value >> 16, (value >> 8) & 255, value & 255);
    expect([cells.length, cells[0]?.length]).toEqual([18, 60]);
    for (const [x, row] of [
      [0, 0],
      [31, 9],
      [59, 17],
    ] as const) {
      const [upper = 0, lower = 0] = cells[row]?.[x] ?? [];
      expect(apart(channels(upper), channels(color(x, 2 * row)))).toBeLessThanOrEqual(1);
      expect(apart(channels(lower), channels(color(x, 2 * row + 1)))).toBeLessThanOrEqual(1);
    }
  });

  it("the window becomes smaller -> the picture does, and nothing of the large one is left", async () => {
    const slow = fakeArgs({ costMsPerSample: 0.02 }, "--size", "320x180", "--spp", "256", "--preview", "blocks");
    const run = await TerminalRun.start(
      slow.filter((arg) => arg !== "--json"),
      plain,
    );
    const [, place = ""] = await run.said(/^(\/dev\/pts\/\d+)/m);
    const pictures = () => run.written.split("\u001b7").length - 1;
    await run.saw(() => pictures() > 0);
    const before = pictures();
    execFileSync("stty", ["-F", place, "cols", "40", "rows", "24"]);
    // The next one may have been on its way.
    await run.saw(() => pictures() > before + 2);
    run.type("\u0003");
    expect(await run.finished).toBe(0);
    const last = run.written.split("\u001b7").at(-1)?.split("\u001b8")[0] ?? "";
    expect(decodeBlocks(last).map((row) => row.length)).toEqual(Array.from({ length: 11 }, () => 39));
  });

  it("one that never answers -> its variables decide, and the render begins all the same", async () => {
    const run = await TerminalRun.start(args("--preview", "terminal"), {
      environment: { TERM: "xterm-kitty", KITTY_WINDOW_ID: "1" },
      answers: "",
    });
    expect([await run.finished, run.fault]).toEqual([0, undefined]);
    expect(run.emulator.pictures.size).toBe(1);
  });

  it("keys are typed all the time -> none is written into the picture", async () => {
    const run = await TerminalRun.start(args("--preview", "blocks"), plain);
    for (let count = 0; count < 200; count++) run.type("x");
    expect([await run.finished, run.fault]).toEqual([0, undefined]);
    expect(run.written.split("\u001b[c")[1]).not.toContain("x");
  });

  it("Ctrl-C -> stops as ever, the last picture stays, the cursor is there", async () => {
    const slow = fakeArgs({ costMsPerSample: 0.05 }, "--size", "320x180", "--spp", "512", "--preview", "blocks");
    const run = await TerminalRun.start(
      slow.filter((arg) => arg !== "--json"),
      plain,
    );
    await run.saw(() => / spp · /.test(run.written) && run.written.includes("▀"));
    run.type("\u0003");
    expect([await run.finished, run.fault]).toEqual([0, undefined]);
    const text = run.emulator.text.join("\n");
    expect(text).toContain("Stopping; what there is will be written.");
    expect(text).toContain("stopped: ");
    expect(run.emulator.isCursorShown).toBe(true);
  });

  it("a dumb terminal -> told, and progress as always", async () => {
    const run = await TerminalRun.start(args("--preview", "terminal"), { environment: { TERM: "dumb" }, answers: "" });
    expect([await run.finished, run.fault]).toEqual([0, undefined]);
    expect(run.written).toContain('No picture here: a terminal of type "dumb" (TERM) shows none.');
    expect(run.emulator.pictureCount).toBe(0);
    expect(run.written).not.toContain("▀");
  });
});

describe("a render that is no terminal's", () => {
  it("a picture in the terminal is wanted, and demanded -> told, and not a single escape", async () => {
    for (const name of ["terminal", "kitty"]) {
      const { exitCode, stderr, stdout } = await runCommand(fakeArgs({}, ...film, "--preview", name), { environment });
      expect(exitCode).toBe(0);
      expect(stderr).toContain("No picture here: standard error is no terminal.");
      expect(`${stdout}${stderr}`).not.toContain("\u001b");
    }
  });
});
