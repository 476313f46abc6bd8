// A film in a terminal: tiles become a small picture, at most four times a second, and seldom enough that it costs a
// tenth of a core at most.
import type { Clock, Timer } from "../../../host/clock.ts";
import { type DisplayOptions, displayRgb } from "../../../proto/display-transform.ts";
import { limits } from "../../../proto/limits.ts";
import { heightPx, type PixelRect, widthPx } from "../../../proto/rect.ts";
import type { PictureView } from "../preview.ts";
import type { PreviewPixels } from "../preview-pixels.ts";
import { FilmPicture } from "./film-picture.ts";
import { halfBlocks } from "./half-blocks.ts";
import { kittyPicture } from "./kitty-graphics.ts";
import { indexed } from "./palette.ts";
import { pictureLayout } from "./picture-layout.ts";
import type { Cell, Graphics, Raster } from "./raster.ts";
import { sixelPicture } from "./sixel.ts";
import type { TerminalScreen } from "./terminal-screen.ts";

export interface TerminalViewOptions {
  readonly screen: TerminalScreen;
  readonly graphics: Graphics;
  /** Asked at each picture: who changes the font changes it. */
  cell(): Cell;
  /** What of the film is shown. */
  readonly window: PixelRect;
  readonly display: DisplayOptions;
  readonly imageId: number;
  readonly clock: Clock;
}

/** Colours of a VT340, and of all that came after it. */
const sixelColorsMax = 256;
/** Of the time between two pictures, one may take this part. */
const costShareMax = 1 / 10;

export class TerminalView implements PictureView {
  readonly #options: TerminalViewOptions;
  readonly #film: FilmPicture;
  #due: Timer | undefined;
  #nextMs = Number.NEGATIVE_INFINITY;
  #hasPixels = false;

  constructor(options: TerminalViewOptions) {
    this.#options = options;
    this.#film = new FilmPicture(options.window, limits.terminalPictureSidePxMax);
  }

  draw(tile: PreviewPixels): void {
    this.#film.draw(tile);
    // The first tile alone is not worth a picture: others come with it.
    if (!this.#hasPixels) this.#nextMs = this.#options.clock.nowMs() + limits.terminalPictureIntervalMs;
    this.#hasPixels = true;
    this.#plan();
  }

  /** The terminal has another size. */
  resized(): void {
    if (this.#hasPixels) this.#plan();
  }

  async close(): Promise<void> {
    this.#due?.cancel();
    const { screen, clock } = this.#options;
    if (this.#hasPixels) this.#show();
    screen.close();
    await new Promise<void>((resolve) => {
      const timer = clock.after(limits.previewLastMsMax, resolve);
      void screen.written().then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #plan(): void {
    const { clock } = this.#options;
    this.#due ??= clock.after(Math.max(0, this.#nextMs - clock.nowMs()), () => {
      this.#due = undefined;
      // One that has not taken the last picture gets the next one later, and then the newest.
      if (this.#options.screen.isIdle) this.#show();
      else void this.#options.screen.written().then(() => this.#plan());
    });
  }

  #show(): void {
    const { screen, graphics, cell, window, display, imageId, clock } = this.#options;
    const startedMs = clock.nowMs();
    const { columns, rows } = screen.device;
    const film = { widthPx: widthPx(window), heightPx: heightPx(window) };
    const layout = pictureLayout({ graphics, columns, rows, cell: cell(), film });
    if (layout !== undefined) {
      const rgb = displayRgb(this.#film.scaled(layout.widthPx, layout.heightPx), display);
      const raster = { widthPx: layout.widthPx, heightPx: layout.heightPx, rgb };
      screen.show({
        text: encoded(raster, graphics, imageId),
        columns: layout.columns,
        rows: layout.rows,
        isText: graphics === "blocks",
      });
    }
    const costMs = clock.nowMs() - startedMs;
    this.#nextMs = startedMs + Math.max(limits.terminalPictureIntervalMs, costMs / costShareMax);
  }
}

function encoded(raster: Raster, graphics: Graphics, imageId: number): string {
  if (graphics === "kitty") return kittyPicture(raster, imageId);
  return graphics === "sixel" ? sixelPicture(indexed(raster, sixelColorsMax)) : halfBlocks(raster);
}
