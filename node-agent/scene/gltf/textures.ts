// Collects the textures that materials use and decodes each image once, a few at a time. One image that is used as
// colour and as numbers, or with two samplers, becomes several textures that share their pixels.
import { z } from "zod";
import { type DecodedImage, decodeImage } from "../decode-image.ts";
import type { Texture, WrapMode } from "../description.ts";
import type { GltfAccessors } from "./accessors.ts";
import { type GltfSource, unsupportedScene } from "./gltf-source.ts";
import { readUri } from "./resources.ts";

/** Decoded at once: each holds its file and its pixels, and sharp has threads of its own. */
const concurrentImagesMax = 4;

const webpSchema = z.object({ source: z.int().min(0) });
const nearestFilter = 9728;
const wrapModes: Record<33071 | 33648 | 10497, WrapMode> = { 33071: "clamp", 33648: "mirror", 10497: "repeat" };

type TextureEntry = Pick<Texture, "name" | "colorSpace" | "wrapU" | "wrapV" | "filter"> & {
  readonly imageIndex: number;
};

export class TextureTable {
  private readonly source: GltfSource;
  private readonly entries = new Map<string, TextureEntry>();
  private readonly indices = new Map<string, number>();

  constructor(source: GltfSource) {
    this.source = source;
  }

  /** The scene's texture index for a glTF texture in one colour space. */
  enter(textureIndex: number, colorSpace: "srgb" | "linear", place: string): number {
    const texture = this.source.at("textures", textureIndex, `${place}.index`);
    const texturePlace = `textures[${textureIndex}]`;
    const webp = this.source.extension(texture, "EXT_texture_webp", webpSchema, texturePlace);
    const imageIndex = webp?.source ?? texture.source;
    if (imageIndex === undefined) {
      const message = "The texture has no image in a format that is readable";
      throw unsupportedScene(this.source.path, texturePlace, message, "Export its image as PNG, JPEG or WebP.");
    }
    const image = this.source.at("images", imageIndex, `${texturePlace}.source`);
    const sampler =
      texture.sampler === undefined
        ? undefined
        : this.source.at("samplers", texture.sampler, `${texturePlace}.sampler`);
    const entry: TextureEntry = {
      name: texture.name ?? image.name ?? `images[${imageIndex}]`,
      colorSpace,
      wrapU: wrapModes[sampler?.wrapS ?? 10497],
      wrapV: wrapModes[sampler?.wrapT ?? 10497],
      filter: sampler?.magFilter === nearestFilter ? "nearest" : "linear",
      imageIndex,
    };
    const key = [this.imageKey(imageIndex), colorSpace, entry.wrapU, entry.wrapV, entry.filter].join("|");
    const known = this.indices.get(key);
    if (known !== undefined) return known;
    this.indices.set(key, this.entries.size);
    this.entries.set(key, entry);
    return this.entries.size - 1;
  }

  /** Decodes every image that was entered. */
  async decode(accessors: GltfAccessors): Promise<Texture[]> {
    const entries = [...this.entries.values()];
    const keys = [...new Set(entries.map((entry) => this.imageKey(entry.imageIndex)))];
    const indexOfKey = new Map(entries.map((entry) => [this.imageKey(entry.imageIndex), entry.imageIndex]));
    const decoded = await inParallel(keys, concurrentImagesMax, (key) =>
      this.decodeImage(indexOfKey.get(key)!, accessors),
    );
    const imageOfKey = new Map(keys.map((key, i) => [key, decoded[i]!]));
    return entries.map(({ imageIndex, ...entry }) => ({ ...entry, ...imageOfKey.get(this.imageKey(imageIndex))! }));
  }

  /** Equal for images that are the same bytes by the same way. */
  private imageKey(imageIndex: number): string {
    const image = this.source.json.images[imageIndex]!;
    return image.bufferView === undefined ? `uri ${image.uri}` : `view ${image.bufferView}`;
  }

  private async decodeImage(imageIndex: number, accessors: GltfAccessors): Promise<DecodedImage> {
    const image = this.source.json.images[imageIndex]!;
    const place = `images[${imageIndex}]`;
    const label = [image.name, image.uri?.slice(0, 100)].filter(
      (text) => text !== undefined && !text.startsWith("data:"),
    );
    const described = `${this.source.path}: ${place}${label.length > 0 ? ` (${label.join(", ")})` : ""}`;
    const reserve = (sizeBytes: number) => this.source.reserve(sizeBytes, place);
    if (image.bufferView !== undefined) {
      return decodeImage(accessors.viewBytes(image.bufferView, `${place}.bufferView`), described, reserve);
    }
    if (image.uri === undefined) throw this.source.broken(place, "The image has neither a uri nor a bufferView");
    return decodeImage(await readUri(this.source, image.uri, place, "The image"), described, reserve);
  }
}

/** Maps in order, at most `countMax` at once; the first failure ends it. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  countMax: number,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      try {
        results[index] = await map(items[index]!);
      } catch (thrown) {
        next = items.length;
        throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(countMax, items.length) }, lane));
  return results;
}
