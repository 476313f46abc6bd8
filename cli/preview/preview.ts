// What of a render is looked at while it renders, without a browser: the link to its film, and who shows it.
import type { ArrasError } from "../../proto/errors.ts";
import type { PreviewLink, PreviewLinkOptions } from "./preview-link.ts";
import type { PreviewPixels } from "./preview-pixels.ts";

/** Shows a film somewhere. */
export interface PictureView {
  /** Does not wait, and does not throw. */
  draw(tile: PreviewPixels): void;
  /** Shows what it has yet to show, in bounded time; leaves what it showed. */
  close(): Promise<void>;
}

export interface PreviewOptions {
  /** Of a session; called once. */
  openViews(sessionId: string): readonly PictureView[];
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
    this.#views = this.#options.openViews(sessionId);
    if (this.#views.length === 0) return;
    this.#link = this.#options.openLink({
      sessionId,
      drawn: (tiles) => {
        for (const view of this.#views) for (const tile of tiles) view.draw(tile);
      },
      failed: (error: ArrasError) => this.#options.say(`There is no picture to look at: ${error.toString()}`),
    });
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
