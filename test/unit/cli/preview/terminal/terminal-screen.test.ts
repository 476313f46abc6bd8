// Picture, progress and lines on an emulated terminal.
import { describe, expect, it } from "vitest";
import { TerminalScreen } from "../../../../../cli/preview/terminal/terminal-screen.ts";
import { settled } from "../../../../fakes/settled.ts";
import { TerminalEmulator } from "../../../../fakes/terminal-emulator.ts";

/** Takes one piece at a time, when it is let. */
class SlowDevice {
  columns = 20;
  rows = 10;
  readonly emulator = new TerminalEmulator(20, 10);
  isSlow = false;
  pieceCount = 0;
  readonly #waiting: (() => void)[] = [];

  write(text: string): Promise<void> {
    this.pieceCount += 1;
    this.emulator.take(text);
    return this.isSlow ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  takeOne(): Promise<void> {
    this.#waiting.shift()?.();
    return settled();
  }
}

function stage() {
  const device = new SlowDevice();
  return {
    device,
    screen: new TerminalScreen(device),
    shown: () => device.emulator.text.filter((line) => line !== ""),
  };
}

const picture = (rows: string[]) => ({
  text: rows.join("\r\u001b[1B"),
  columns: Math.max(...rows.map((row) => row.length)),
  rows: rows.length,
  isText: true,
});

describe("a terminal's screen", () => {
  it("progress, then a picture, then another -> the picture above the progress, each in its place", async () => {
    const { screen, shown } = stage();
    screen.status("1 %");
    screen.show(picture(["ab", "cd"]));
    await settled();
    expect(shown()).toEqual(["ab", "cd", "1 %"]);
    screen.status("2 %");
    screen.show(picture(["ef", "gh"]));
    await settled();
    expect(shown()).toEqual(["ef", "gh", "2 %"]);
  });

  it("something is said -> above the picture, and it stays when more is said", async () => {
    const { screen, shown } = stage();
    screen.show(picture(["ab", "cd"]));
    screen.status("1 %");
    screen.say("first");
    await settled();
    screen.say("second");
    await settled();
    expect(shown()).toEqual(["first", "second", "ab", "cd", "1 %"]);
  });

  it("more than the terminal has rows -> what was said scrolls away, the picture stays whole", async () => {
    const { screen, shown } = stage();
    screen.show(picture(["ab", "cd"]));
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
    for (const line of lines) {
      screen.say(line);
      await settled();
    }
    screen.status("9 %");
    await settled();
    expect(shown()).toEqual([...lines, "ab", "cd", "9 %"]);
  });

  it("a smaller picture, a larger one -> nothing is left of the one before", async () => {
    const { screen, shown } = stage();
    for (const rows of [["abc", "def", "ghi"], ["xy"], ["kl", "mn"], ["o", "p"]]) {
      screen.show(picture(rows));
      screen.status("5 %");
      await settled();
      expect(shown()).toEqual([...rows, "5 %"]);
    }
  });

  it("closed -> picture and progress stay, what is said comes below", async () => {
    const { screen, shown, device } = stage();
    screen.show(picture(["ab", "cd"]));
    screen.status("100 %");
    await settled();
    screen.end();
    screen.close();
    screen.say("finished");
    await screen.written();
    expect(shown()).toEqual(["ab", "cd", "100 %", "finished"]);
    expect([device.emulator.isCursorShown, device.emulator.text.at(-1)]).toEqual([true, ""]);
  });

  it("no picture at all -> lines and progress as without one", async () => {
    const { screen, shown } = stage();
    screen.status("1 %");
    screen.say("first");
    await settled();
    screen.status("");
    await settled();
    screen.close();
    screen.say("second");
    await screen.written();
    expect(shown()).toEqual(["first", "second"]);
  });

  it("the terminal takes nothing while much changes -> one piece waits, and has the newest of all", async () => {
    const { screen, device, shown } = stage();
    device.isSlow = true;
    screen.status("0 %");
    for (let percent = 1; percent <= 50; percent++) {
      screen.status(`${percent} %`);
      screen.show(picture([`p${percent}`]));
    }
    screen.say("said meanwhile");
    expect([device.pieceCount, screen.isIdle]).toEqual([1, false]);
    await device.takeOne();
    expect(device.pieceCount).toBe(2);
    expect(shown()).toEqual(["said meanwhile", "p50", "50 %"]);
    await device.takeOne();
    await screen.written();
    expect([device.pieceCount, screen.isIdle]).toEqual([2, true]);
  });

  it("the line of progress is longer than the terminal -> cut", async () => {
    const { screen, shown } = stage();
    screen.status("x".repeat(50));
    await settled();
    expect(shown()).toEqual(["x".repeat(19)]);
  });

  it("any piece -> ends with the cursor shown", async () => {
    const { screen, device } = stage();
    screen.show(picture(["ab"]));
    expect(device.emulator.isCursorShown).toBe(true);
    await settled();
  });
});
