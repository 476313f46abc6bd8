// What of a render is looked at while it renders, without a browser: the link to its film, and who shows it.

import type { ArrasError } from "../../proto/errors.ts";
import { isEmpty, type PixelRect } from "../../proto/rect.ts";
import type { PreviewLink, PreviewLinkOptions } from "./preview-link.ts";
import type { PreviewPixels } from "./preview-pixels.ts";

/** Shows a film somewhere. */
export interface PictureView {
  /** Does not wait, and does not throw. */
  draw(tile: PreviewPixels): void;
  /** Shows what it has yet to show, in bounded time; leaves what it showed. */
  close(): Promise<void>;
}

/** What of the display window is rendered, and how large that is. */
export interface FilmExtent {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly window: PixelRect;
}

export interface PreviewOptions {
  /** undefined: found out from the first whole picture, as of a session that is gone on with. */
  readonly film: FilmExtent | undefined;
  /** Of a session; called once. */
  openViews(sessionId: string, film: FilmExtent): readonly PictureView[];
  openLink(options: Pick<PreviewLinkOptions, "sessionId" | "drawn" | "failed">): PreviewLink;
  /** Nothing more is asked for. */
  closed?(): void;
  say(line: string): void;
}

export class Preview {
  readonly #options: PreviewOptions;
  #views: readonly PictureView[] = [];
  #link: PreviewLink | undefined;

  constructor(options: PreviewOptions) {
    this.#options = options;
  }

  begin(sessionId: string): void {
    const { film, openViews, openLink, say } = this.#options;
    if (film !== undefined) {
      this.#views = openViews(sessionId, film);
      if (this.#views.length === 0) return;
    }
    let seen: PixelRect | undefined;
    let isLaidOut = film !== undefined;
    const drawn = (tiles: readonly PreviewPixels[], isWhole: boolean) => {
      for (const view of this.#views) for (const tile of tiles) view.draw(tile);
      if (isLaidOut) return;
      for (const { rect } of tiles) seen = around(seen, rect);
      if (!isWhole || seen === undefined || isEmpty(seen)) return;
      isLaidOut = true;
      this.#views = openViews(sessionId, { widthPx: seen.x1, heightPx: seen.y1, window: seen });
      // What has gone by was kept nowhere.
      this.#link?.again();
    };
    const failed = (error: ArrasError) => say(`There is no picture to look at: ${error.toString()}`);
    this.#link = openLink({ sessionId, drawn, failed });
  }

  /** The session has ended, and is still there: its last picture is shown. Bounded; never rejects. */
  async finish(): Promise<void> {
    await this.#link?.finish();
    await this.close();
  }

  async close(): Promise<void> {
    this.#link?.close();
    const views = this.#views;
    this.#views = [];
    await Promise.all(views.map((view) => view.close()));
    this.#options.closed?.();
  }
}

function around(a: PixelRect | undefined, b: PixelRect): PixelRect {
  if (a === undefined) return b;
  return { x0: Math.min(a.x0, b.x0), y0: Math.min(a.y0, b.y0), x1: Math.max(a.x1, b.x1), y1: Math.max(a.y1, b.y1) };
}
