// Tiles encoded for viewers, each once: what several viewers look at, or one looks at again, is taken from a bounded
// store of the newest versions. Pictures are compressed beside the film's own thread.
import { displayRgb } from "../../proto/display-transform.ts";
import { PreviewEncoding } from "../../proto/gen/arras/v1/preview_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { DenoisedFilm } from "../denoise/denoised-film.ts";
import type { FilmEpoch } from "../film-epoch.ts";
import { encodePicture } from "../picture.ts";
import type { CoarseBlock } from "./coarse-blocks.ts";
import { deflateHalves } from "./deflate-halves.ts";
import { halfPlanes } from "./half-float.ts";
import type { PreviewWishes } from "./preview-wishes.ts";
import { Scratch } from "./scratch.ts";
import { coarseBlockImage, type PreviewOutput, planeValues, type TileImage, tileImage } from "./tile-image.ts";

/** Or, coarse, a block of them. */
export interface EncodedTile {
  readonly image: Omit<TileImage, "planes">;
  readonly channelCount: number;
  readonly version: number;
  readonly content: Uint8Array;
}

interface Kept {
  readonly state: FilmEpoch;
  readonly version: number;
  readonly tile: Promise<EncodedTile | undefined>;
  sizeBytes: number;
}

export class TileEncoder {
  readonly #denoised: DenoisedFilm | undefined;
  /** The least recently used first. */
  readonly #kept = new Map<string, Kept>();
  #keptBytes = 0;
  readonly #scratch = { halves: new Scratch(), deflated: new Scratch() };

  constructor(denoised?: DenoisedFilm) {
    this.#denoised = denoised;
  }

  /** The tile of now; undefined: there is nothing of it yet. Rejects with `output-failed`. */
  encode(
    state: FilmEpoch,
    tileIndex: number,
    output: PreviewOutput,
    wishes: PreviewWishes,
  ): Promise<EncodedTile | undefined> {
    const version = output === "denoised" ? (this.#denoised?.version(state) ?? 0) : state.versions.of(tileIndex);
    const image = () =>
      output === "denoised" ? this.#denoised?.tile(state, tileIndex) : tileImage(state, tileIndex, output);
    return this.#once(`${tileIndex}`, { state, version }, output, wishes, image);
  }

  /**
   * These tiles as the coarse preview has them, whatever the film has; undefined: it has not all of them. Rejects with
   * `output-failed`.
   */
  encodeCoarse(
    state: FilmEpoch,
    { rect, tileIndices }: CoarseBlock,
    output: PreviewOutput,
    wishes: PreviewWishes,
  ): Promise<EncodedTile | undefined> {
    const version = tileIndices.reduce((newest, tile) => Math.max(newest, state.versions.of(tile)), 0);
    const place = `coarse ${rect.x0} ${rect.y0} ${rect.x1} ${rect.y1}`;
    return this.#once(place, { state, version }, output, wishes, () => coarseBlockImage(state, rect, output));
  }

  #once(
    place: string,
    { state, version }: Pick<Kept, "state" | "version">,
    output: PreviewOutput,
    wishes: PreviewWishes,
    imageOf: () => TileImage | undefined,
  ): Promise<EncodedTile | undefined> {
    const key = `${place} ${output} ${wishes.formKey}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      if (kept.state === state && kept.version === version) {
        this.#kept.set(key, kept);
        return kept.tile;
      }
      this.#keptBytes -= kept.sizeBytes;
    }
    const image = imageOf();
    const tile = image === undefined ? Promise.resolve(undefined) : this.#encoded(image, output, version, wishes);
    const entry: Kept = { state, version, tile, sizeBytes: 0 };
    this.#kept.set(key, entry);
    tile.then(
      (made) => this.#weigh(key, entry, made?.content.length ?? 0),
      () => this.#forget(key, entry),
    );
    return tile;
  }

  #weigh(key: string, entry: Kept, sizeBytes: number): void {
    if (this.#kept.get(key) !== entry) return;
    entry.sizeBytes = sizeBytes;
    this.#keptBytes += sizeBytes;
    for (const [oldest, old] of this.#kept) {
      if (this.#keptBytes <= limits.previewCacheSizeBytesMax) break;
      this.#forget(oldest, old);
    }
  }

  #forget(key: string, entry: Kept): void {
    if (this.#kept.get(key) !== entry) return;
    this.#kept.delete(key);
    this.#keptBytes -= entry.sizeBytes;
  }

  async #encoded(
    { planes, ...image }: TileImage,
    output: PreviewOutput,
    version: number,
    wishes: PreviewWishes,
  ): Promise<EncodedTile> {
    const channelCount = planes.length;
    if (wishes.encoding === PreviewEncoding.HALF) {
      const { halves, deflated } = this.#scratch;
      // At once: another thread takes longer to be told than this takes.
      return { image, channelCount, version, content: deflateHalves(halfPlanes(planes, halves), deflated) };
    }
    const [r, g = r, b = r] = planes.map(planeValues);
    const isColor = ["beauty", "albedo", "denoised"].includes(output);
    const bytes = displayRgb({ r, g, b }, isColor ? wishes.display : { exposureStops: 0, tone: "srgb" });
    const { encoding, quality } = wishes.picture;
    const pixels = { widthPx: image.widthValues, heightPx: image.heightValues, bytes };
    const content = await encodePicture(pixels, { encoding, ...(quality === 0 ? {} : { quality }) });
    return { image, channelCount: 3, version, content };
  }
}
