// A glTF scene for tests of the command: a textured square that faces the camera, its parts in files of their own, so
// that each can be missing or broken.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

export interface SceneChanges {
  /** Takes part in the JSON as it is. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** Instead of all JSON. */
  readonly text?: string;
  readonly withoutBuffer?: boolean;
  readonly texture?: Uint8Array;
}

/** Resolves with the path of the .gltf; the folder is made. */
export async function writeSmallScene(folder: string, changes: SceneChanges = {}): Promise<string> {
  await mkdir(folder, { recursive: true });
  const positions = Float32Array.of(-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0);
  const corners = Float32Array.of(0, 1, 1, 1, 1, 0, 0, 0);
  const indices = Uint16Array.of(0, 1, 2, 0, 2, 3);
  const buffer = Buffer.concat([positions, corners, indices].map((part) => Buffer.from(part.buffer)));
  const texture = changes.texture ?? (await checker());
  const scene = {
    asset: { version: "2.0" },
    scene: 0,
    scenes: [{ nodes: [0, 1] }],
    nodes: [
      { mesh: 0, name: "square" },
      { camera: 0, name: "front", translation: [0.2, 0.1, 3] },
    ],
    cameras: [{ type: "perspective", name: "front", perspective: { yfov: 0.8, znear: 0.1 } }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0, TEXCOORD_0: 1 }, indices: 2, material: 0 }] }],
    materials: [{ doubleSided: true, pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicFactor: 0 } }],
    textures: [{ source: 0 }],
    images: [{ uri: "checker.png" }],
    buffers: [{ uri: "square.bin", byteLength: buffer.length }],
    bufferViews: [
      { buffer: 0, byteOffset: 0, byteLength: 48 },
      { buffer: 0, byteOffset: 48, byteLength: 32 },
      { buffer: 0, byteOffset: 80, byteLength: 12 },
    ],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 4, type: "VEC3", min: [-1, -1, 0], max: [1, 1, 0] },
      { bufferView: 1, componentType: 5126, count: 4, type: "VEC2" },
      { bufferView: 2, componentType: 5123, count: 6, type: "SCALAR" },
    ],
    ...changes.json,
  };
  const path = join(folder, "square.gltf");
  await writeFile(path, changes.text ?? JSON.stringify(scene));
  if (changes.withoutBuffer !== true) await writeFile(join(folder, "square.bin"), buffer);
  await writeFile(join(folder, "checker.png"), texture);
  return path;
}

function checker(): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => ((at / 3 + at / 24) & 1 ? 230 : 40));
  return sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
    .png()
    .toBuffer();
}
