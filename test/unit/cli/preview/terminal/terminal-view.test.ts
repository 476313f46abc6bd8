// A film in an emulated terminal: what is drawn, how often, and how it ends.
import { describe, expect, it } from "vitest";
import type { Graphics } from "../../../../../cli/preview/terminal/raster.ts";
import { TerminalScreen } from "../../../../../cli/preview/terminal/terminal-screen.ts";
import { TerminalView } from "../../../../../cli/preview/terminal/terminal-view.ts";
import { limits } from "../../../../../proto/limits.ts";
import { FakeClock } from "../../../../fakes/fake-clock.ts";
import { settled } from "../../../../fakes/settled.ts";
import { TerminalEmulator } from "../../../../fakes/terminal-emulator.ts";
import { decodeBlocks, decodeKitty, decodeSixel } from "./decoders.ts";

function stage(graphics: Graphics, exposureStops = 0) {
  const emulator = new TerminalEmulator(40, 12);
  const pieces: string[] = [];
  const device = {
    columns: 40,
    rows: 12,
    write: async (text: string) => {
      pieces.push(text);
      emulator.take(text);
    },
  };
  const screen = new TerminalScreen(device);
  const clock = new FakeClock();
  const view = new TerminalView({
    screen,
    graphics,
    cell: () => ({ widthPx: 8, heightPx: 16 }),
    window: { x0: 0, y0: 0, x1: 32, y1: 18 },
    display: { exposureStops, tone: "srgb" },
    imageId: 5,
    clock,
  });
  return { emulator, pieces, device, screen, clock, view };
}

/** Half of the film. */
const tile = (x0: number, color: readonly [number, number, number]) => ({
  rect: { x0, y0: 0, x1: x0 + 16, y1: 18 },
  rgba: Float32Array.from({ length: 4 * 16 * 18 }, (_, at) => (at % 4 === 3 ? 1 : (color[at % 4] ?? 0))),
});

describe("a film in a terminal", () => {
  it("two tiles -> kitty graphics of the film's pixels, exposed and encoded", async () => {
    const { emulator, clock, view } = stage("kitty", 1);
    view.draw(tile(0, [0.5, 0, 0]));
    view.draw(tile(16, [0, 0.108, 0]));
    clock.advance(limits.terminalPictureIntervalMs);
    await settled();
    const shown = decodeKitty(emulator.pictures.get("kitty 5")?.text ?? "");
    expect([shown.widthPx, shown.heightPx]).toEqual([32, 18]);
    expect([...shown.rgb.subarray(0, 3), ...shown.rgb.subarray(48, 51)]).toEqual([255, 0, 0, 0, 128, 0]);
  });

  it("as sixels -> the same; as half blocks -> a pixel for each half of a cell", async () => {
    const sixels = stage("sixel");
    sixels.view.draw(tile(0, [1, 1, 1]));
    sixels.clock.advance(limits.terminalPictureIntervalMs);
    await settled();
    const [placed] = [...sixels.emulator.pictures.values()];
    expect(decodeSixel(placed?.text ?? "").rgb.subarray(0, 3)).toEqual(Uint8Array.of(255, 255, 255));
    const blocks = stage("blocks");
    blocks.view.draw(tile(0, [1, 1, 1]));
    blocks.clock.advance(limits.terminalPictureIntervalMs);
    await settled();
    const drawn = (blocks.pieces[0] ?? "").split("\u001b7")[1]?.split("\u001b8")[0] ?? "";
    const cells = decodeBlocks(drawn);
    expect([cells.length, cells[0]?.length, cells[0]?.[0], cells[0]?.at(-1)]).toEqual([
      ...[9, 32],
      [0xffffff, 0xffffff],
      [0, 0],
    ]);
  });

  it("tiles come all the time -> some time for the first ones, then four pictures a second", async () => {
    const { emulator, clock, view } = stage("kitty");
    for (let ms = 0; ms < 1240; ms += 10) {
      view.draw(tile(0, [ms / 1000, 0, 0]));
      clock.advance(10);
      await settled();
    }
    expect(emulator.pictureCount).toBe(4);
  });

  it("the terminal has another size -> drawn for it", async () => {
    const { emulator, device, clock, view } = stage("kitty");
    view.resized();
    view.draw(tile(0, [1, 0, 0]));
    clock.advance(limits.terminalPictureIntervalMs);
    await settled();
    device.columns = 3;
    view.resized();
    clock.advance(limits.terminalPictureIntervalMs);
    await settled();
    expect(decodeKitty(emulator.pictures.get("kitty 5")?.text ?? "").widthPx).toBe(16);
    expect(clock.timerCount).toBe(0);
  });

  it("the end -> the newest picture at once, and it stays", async () => {
    const { emulator, clock, view, screen } = stage("blocks");
    screen.status("100 %");
    view.draw(tile(0, [1, 1, 1]));
    await view.close();
    expect(emulator.text.filter((line) => line.startsWith("▀"))).toHaveLength(9);
    expect(emulator.text.filter((line) => line !== "").at(-1)).toBe("100 %");
    expect(clock.timerCount).toBe(0);
  });

  it("the end, and the terminal takes nothing -> given up in time", async () => {
    const { device, clock, view } = stage("blocks");
    device.write = () => new Promise(() => {});
    view.draw(tile(0, [1, 1, 1]));
    const closed = view.close();
    await settled();
    clock.advance(limits.previewLastMsMax);
    await closed;
  });
});
