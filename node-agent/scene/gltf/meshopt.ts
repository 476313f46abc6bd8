// Decodes the buffer views that EXT_meshopt_compression has packed.
import { z } from "zod";
import type { GltfSource } from "./gltf-source.ts";
import { type GltfBuffers, sourceBytes } from "./resources.ts";

export type MeshoptViews = ReadonlyMap<number, Uint8Array<ArrayBuffer>>;

const meshoptSchema = z.object({
  buffer: z.int().min(0),
  byteOffset: z.int().min(0).default(0),
  byteLength: z.int().min(1),
  byteStride: z.int().min(1).max(256),
  count: z.int().min(1),
  mode: z.enum(["ATTRIBUTES", "TRIANGLES", "INDICES"]),
  filter: z.enum(["NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL"]).default("NONE"),
});

/** Each packed view's unpacked bytes, by its index. */
export async function readMeshoptViews(source: GltfSource, buffers: GltfBuffers): Promise<MeshoptViews> {
  const views = new Map<number, Uint8Array<ArrayBuffer>>();
  for (const [index, view] of source.json.bufferViews.entries()) {
    const place = `bufferViews[${index}]`;
    const packed = source.extension(view, "EXT_meshopt_compression", meshoptSchema, place);
    if (packed === undefined) continue;
    const extensionPlace = `${place}.extensions.EXT_meshopt_compression`;
    if (packed.count * packed.byteStride !== view.byteLength) {
      throw source.broken(
        extensionPlace,
        `count × byteStride is ${packed.count * packed.byteStride}, the view has ${view.byteLength} bytes`,
      );
    }
    const decoder = await readyDecoder();
    source.reserve(view.byteLength, extensionPlace);
    const unpacked = new Uint8Array(view.byteLength);
    const bytes = sourceBytes(source, buffers, packed, extensionPlace);
    try {
      decoder.decodeGltfBuffer(unpacked, packed.count, packed.byteStride, bytes, packed.mode, packed.filter);
    } catch (cause) {
      throw source.broken(extensionPlace, "The meshopt stream cannot be decoded", cause);
    }
    views.set(index, unpacked);
  }
  return views;
}

/** Loaded here: it compiles its WebAssembly when it is loaded, which scenes without packed views need not wait for. */
async function readyDecoder() {
  const { MeshoptDecoder } = await import("meshoptimizer/decoder");
  await MeshoptDecoder.ready;
  return MeshoptDecoder;
}
