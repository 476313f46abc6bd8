// The command's look at its session's film: LookService.WatchPreview, tile by tile, again and again until it is closed.
// What goes wrong here costs the picture, never the render.
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { Clock, Timer } from "../../host/clock.ts";
import { ArrasError, type ErrorCode } from "../../proto/errors.ts";
import { type WatchPreviewRequest, WatchPreviewRequestSchema } from "../../proto/gen/arras/v1/look_pb.ts";
import {
  PreviewEncoding,
  type PreviewFrame,
  type PreviewRequest,
  PreviewRequestSchema,
  type PreviewTile,
  PreviewWishSchema,
} from "../../proto/gen/arras/v1/preview_pb.ts";
import { limits } from "../../proto/limits.ts";
import { valueGrid } from "../../proto/value-grid.ts";
import { type PreviewPixels, previewPixels, type TileForm, tileParts } from "./preview-pixels.ts";

const inflate = promisify(inflateRaw);

const againAfterMsMin = 250;
const againAfterMsMax = 4_000;

/** What a merger or a coordinator that goes away, or is about to come, ends a stream with. */
const passingCodes: ReadonlySet<ErrorCode> = new Set(["unavailable", "timed-out", "cancelled", "rate-exceeded"]);

export type PreviewStream = ClientDuplexStream<WatchPreviewRequest, PreviewFrame>;

/** A coordinator's LookService; which one, `attempt` decides (from 0). */
export interface PreviewDoor {
  open(attempt: number): PreviewStream;
  error(thrown: unknown): ArrasError;
}

export interface PreviewLinkOptions {
  readonly door: PreviewDoor;
  readonly sessionId: string;
  readonly framesPerSecond: number;
  readonly clock: Clock;
  /** `isWhole`: with these, all that there was when it was asked for. */
  drawn(tiles: readonly PreviewPixels[], isWhole: boolean): void;
  /** Told at most once: there will be no picture. */
  failed(error: ArrasError): void;
}

export class PreviewLink {
  readonly #options: PreviewLinkOptions;
  #stream: PreviewStream | undefined;
  #again: Timer | undefined;
  #attempt = 0;
  #failuresInARow = 0;
  #isClosed = false;
  /** Called when the last picture is there, or will not be. */
  #ended: (() => void) | undefined;
  /** Frames are drawn in their order, one after the other. */
  #drawing: Promise<void> = Promise.resolve();

  constructor(options: PreviewLinkOptions) {
    this.#options = options;
    this.#open(options.framesPerSecond);
  }

  /** Everything is asked for again. */
  again(): void {
    if (this.#isClosed) return;
    this.#leave();
    this.#open(this.#options.framesPerSecond);
  }

  /**
   * Resolves when the whole film, as it is now, was drawn; at the latest after previewLastMsMax, and at once where there
   * is no picture. Then the link is closed.
   */
  async finish(): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.after(limits.previewLastMsMax, resolve);
      this.#ended = () => {
        timer.cancel();
        resolve();
      };
      // A frame of the present stream may be older than the film's end; one of a new stream is not.
      this.#leave();
      this.#open(0);
    });
    this.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#leave();
    this.#ended?.();
  }

  #open(framesPerSecond: number): void {
    const { door, sessionId } = this.#options;
    const stream = door.open(this.#attempt);
    this.#attempt += 1;
    this.#stream = stream;
    const ask = (request: PreviewRequest["request"]) =>
      stream.write(
        create(WatchPreviewRequestSchema, { sessionId, request: create(PreviewRequestSchema, { request }) }),
      );
    stream.on("data", (frame: PreviewFrame) => {
      this.#drawing = this.#drawing.then(async () => {
        if (this.#stream !== stream) return;
        await this.#draw(stream, frame);
        if (this.#stream !== stream) return;
        ask({ case: "acknowledge", value: frame.frameIndex });
      });
    });
    stream.on("error", (thrown: unknown) => this.#lost(stream, door.error(thrown)));
    stream.on("end", () => this.#lost(stream, undefined));
    const wish = { outputs: ["beauty"], encoding: PreviewEncoding.HALF, framesPerSecond };
    ask({ case: "wish", value: create(PreviewWishSchema, wish) });
  }

  async #draw(stream: PreviewStream, frame: PreviewFrame): Promise<void> {
    try {
      const tiles = (await Promise.all(frame.tiles.map(pixelsOf))).flat();
      if (this.#stream !== stream) return;
      this.#failuresInARow = 0;
      this.#options.drawn(tiles, frame.isWhole);
      if (frame.isWhole && this.#stream === stream) this.#ended?.();
    } catch (thrown) {
      const message = `A preview tile cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      const action = "Compare software versions of command and coordinator.";
      this.#lost(stream, new ArrasError("message-malformed", { message, action, cause: thrown }));
    }
  }

  /** `error` undefined: the merger has ended, another one may come. */
  #lost(stream: PreviewStream, error: ArrasError | undefined): void {
    if (this.#stream !== stream || this.#isClosed) return;
    this.#leave();
    if (this.#ended !== undefined) {
      this.#ended();
      return;
    }
    if (error !== undefined && !passingCodes.has(error.code)) {
      this.#isClosed = true;
      this.#options.failed(error);
      return;
    }
    const delayMs = Math.min(againAfterMsMax, againAfterMsMin * 2 ** Math.min(this.#failuresInARow, 16));
    this.#failuresInARow += 1;
    this.#again = this.#options.clock.after(delayMs, () => this.#open(this.#options.framesPerSecond));
  }

  #leave(): void {
    this.#again?.cancel();
    this.#again = undefined;
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.cancel();
  }
}

async function pixelsOf({ rect, content, stridePx, channelCount }: PreviewTile): Promise<PreviewPixels[]> {
  const valueCount = rect === undefined ? 0 : gridCount({ rect, stridePx });
  if (rect === undefined || valueCount > limits.tileSizePxMax ** 2) throw new RangeError("no tile of a film");
  // Two bytes for each of four channels: what inflates to more is no tile.
  const values = await inflate(content, { maxOutputLength: 8 * valueCount + 1 });
  return tileParts(rect).map((part) => previewPixels(values, { rect, stridePx, channelCount }, part));
}

/** How many values there are for `rect`; RangeError for what no film's tile can be. */
function gridCount({ rect, stridePx }: Pick<TileForm, "rect" | "stridePx">): number {
  const isInFilm = rect.x0 < rect.x1 && rect.y0 < rect.y1 && Math.max(rect.x1, rect.y1) <= limits.filmSidePxMax;
  if (!isInFilm || (stridePx !== 1 && stridePx !== limits.coarseStridePx)) throw new RangeError("no tile of a film");
  const { columnCount, rowCount } = valueGrid(rect, stridePx);
  return columnCount * rowCount;
}
