// Builds small glTF files by hand for tests: JSON and bytes as the specification lays them out, nothing of the reader.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArrasError } from "../../../../../proto/errors.ts";

export type Json = Record<string, unknown>;
type Values = Int8Array | Uint8Array | Int16Array | Uint16Array | Uint32Array | Float32Array;

const componentTypes = new Map<unknown, number>([
  [Int8Array, 5120],
  [Uint8Array, 5121],
  [Int16Array, 5122],
  [Uint16Array, 5123],
  [Uint32Array, 5125],
  [Float32Array, 5126],
]);
const sizes: Record<string, number> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT4: 16 };

/** Collects views and accessors into one binary buffer. */
export class SmallGltf {
  readonly bufferViews: Json[] = [];
  readonly accessors: Json[] = [];
  private readonly pieces: Uint8Array[] = [];
  private sizeBytes = 0;

  view(bytes: Uint8Array, more: Json = {}): number {
    const padding = (4 - (this.sizeBytes % 4)) % 4;
    this.pieces.push(new Uint8Array(padding));
    this.bufferViews.push({ buffer: 0, byteOffset: this.sizeBytes + padding, byteLength: bytes.length, ...more });
    this.pieces.push(bytes);
    this.sizeBytes += padding + bytes.length;
    return this.bufferViews.length - 1;
  }

  accessor(values: Values, type: string, more: Json = {}): number {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const componentType = componentTypes.get(values.constructor)!;
    const count = values.length / sizes[type]!;
    this.accessors.push({ bufferView: this.view(bytes), componentType, type, count, ...more });
    return this.accessors.length - 1;
  }

  floats(values: readonly number[], type: string, more: Json = {}): number {
    return this.accessor(Float32Array.from(values), type, more);
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.pieces);
  }

  /** Everything but what `json` says, with the bytes as one buffer without a uri. */
  json(json: Json): Json {
    const buffers = this.sizeBytes > 0 ? { buffers: [{ byteLength: this.sizeBytes }] } : {};
    return { asset: { version: "2.0" }, ...buffers, bufferViews: this.bufferViews, accessors: this.accessors, ...json };
  }

  glb(json: Json): Uint8Array {
    return glbOf(this.json(json), this.bytes);
  }
}

/** A triangle (0,0,0) (1,0,0) (0,1,0) as the only mesh and node; `more` overrides or adds top-level properties. */
export function triangleGlb(more: Json = {}, primitive: Json = {}): Uint8Array {
  const gltf = new SmallGltf();
  const POSITION = gltf.floats([0, 0, 0, 1, 0, 0, 0, 1, 0], "VEC3");
  return gltf.glb({
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION }, ...primitive }] }],
    ...more,
  });
}

export function glbOf(json: Json | string, binary?: Uint8Array): Uint8Array {
  const text = Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
  const chunk = (type: number, bytes: Uint8Array, padding: number): Buffer => {
    const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4, padding)]);
    const header = Buffer.alloc(8);
    header.writeUInt32LE(padded.length, 0);
    header.writeUInt32LE(type, 4);
    return Buffer.concat([header, padded]);
  };
  const chunks = [chunk(0x4e4f534a, text, 0x20), ...(binary?.length ? [chunk(0x004e4942, binary, 0)] : [])];
  const header = Buffer.alloc(12);
  header.write("glTF", 0, "latin1");
  header.writeUInt32LE(2, 4);
  header.writeUInt32LE(12 + chunks.reduce((sum, { length }) => sum + length, 0), 8);
  return Buffer.concat([header, ...chunks]);
}

/** A folder of its own for each test; removed by `close`. */
export class SceneFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<SceneFolder> {
    return new SceneFolder(await mkdtemp(join(tmpdir(), "arras-scene-")));
  }

  async write(name: string, content: Uint8Array | string | Json): Promise<string> {
    const path = join(this.path, name);
    const isText = typeof content === "string" || content instanceof Uint8Array;
    await writeFile(path, isText ? content : JSON.stringify(content));
    return path;
  }

  async close(): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

/** The ArrasError that a promise rejects with; anything else fails the test. */
export async function refusal(promise: Promise<unknown>): Promise<ArrasError> {
  const outcome = await promise.then(
    () => "nothing was thrown",
    (thrown: unknown) => thrown,
  );
  if (outcome instanceof ArrasError) return outcome;
  throw outcome instanceof Error ? outcome : new Error(String(outcome));
}
