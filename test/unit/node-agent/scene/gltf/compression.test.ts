// Compressed scenes against the plain one: glTF-Transform writes the same sphere with Draco, with meshopt and quantised,
// and the reader must find the same surface in all of them. And random damage: read, or refused with an ArrasError.
import { createRequire } from "node:module";
import { Document, NodeIO } from "@gltf-transform/core";
import { ALL_EXTENSIONS, EXTMeshoptCompression, KHRDracoMeshCompression } from "@gltf-transform/extensions";
import { quantize, reorder } from "@gltf-transform/functions";
import fc from "fast-check";
import { MeshoptDecoder } from "meshoptimizer/decoder";
import { MeshoptEncoder } from "meshoptimizer/encoder";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sceneBounds } from "../../../../../node-agent/scene/bounds.ts";
import type { SceneDescription, Vector3 } from "../../../../../node-agent/scene/description.ts";
import { readGltf } from "../../../../../node-agent/scene/gltf/read-gltf.ts";
import { cross, dot, subtract, transformPoint } from "../../../../../node-agent/scene/matrix.ts";
import { ArrasError } from "../../../../../proto/errors.ts";
import { SceneFolder } from "./small-gltf.ts";

const draco: { createEncoderModule(): Promise<unknown>; createDecoderModule(): Promise<unknown> } = createRequire(
  import.meta.url,
)("draco3dgltf");

let folder: SceneFolder;
let io: NodeIO;
beforeAll(async () => {
  folder = await SceneFolder.create();
  await MeshoptEncoder.ready;
  io = new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({
    "draco3d.encoder": await draco.createEncoderModule(),
    "draco3d.decoder": await draco.createDecoderModule(),
    "meshopt.encoder": MeshoptEncoder,
    "meshopt.decoder": MeshoptDecoder,
  });
});
afterAll(() => folder.close());

/** A uv sphere of radius 1 under a moved and scaled node, with a small texture. */
async function sphereDocument(): Promise<Document> {
  const document = new Document();
  const buffer = document.createBuffer();
  const [rows, columns] = [12, 24];
  const positions: number[] = [];
  const texcoords: number[] = [];
  const indices: number[] = [];
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      const [theta, phi] = [(row / rows) * Math.PI, (column / columns) * 2 * Math.PI];
      positions.push(Math.sin(theta) * Math.sin(phi), Math.cos(theta), Math.sin(theta) * Math.cos(phi));
      texcoords.push(column / columns, row / rows);
      if (row === rows || column === columns) continue;
      const corner = row * (columns + 1) + column;
      if (row > 0) indices.push(corner, corner + columns + 1, corner + 1);
      if (row < rows - 1) indices.push(corner + 1, corner + columns + 1, corner + columns + 2);
    }
  }
  const accessor = (values: Float32Array | Uint16Array, type: "SCALAR" | "VEC2" | "VEC3") =>
    document.createAccessor().setType(type).setArray(values).setBuffer(buffer);
  const image = await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const texture = document.createTexture("red").setImage(image).setMimeType("image/png");
  const primitive = document
    .createPrimitive()
    .setAttribute("POSITION", accessor(Float32Array.from(positions), "VEC3"))
    .setAttribute("NORMAL", accessor(Float32Array.from(positions), "VEC3"))
    .setAttribute("TEXCOORD_0", accessor(Float32Array.from(texcoords), "VEC2"))
    .setIndices(accessor(Uint16Array.from(indices), "SCALAR"))
    .setMaterial(document.createMaterial("paint").setBaseColorTexture(texture));
  const node = document.createNode("ball").setMesh(document.createMesh("ball").addPrimitive(primitive));
  document.createScene().addChild(node.setTranslation([5, 0, -2]).setScale([2, 2, 2]));
  return document;
}

async function read(name: string, bytes: Uint8Array): Promise<SceneDescription> {
  return (await readGltf(await folder.write(name, bytes))).scene;
}

/** Volume enclosed by the only instance, by the divergence theorem: winding, indices and positions in one number. */
function enclosedVolume({ meshes, instances }: SceneDescription): number {
  const { positions, indices } = meshes[0]!;
  const world = (vertex: number): Vector3 =>
    transformPoint(instances[0]!.objectToWorld, [
      positions[vertex * 3]!,
      positions[vertex * 3 + 1]!,
      positions[vertex * 3 + 2]!,
    ]);
  const origin = world(0);
  let volume = 0;
  for (let i = 0; i < indices.length; i += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => subtract(world(indices[i + k]!), origin)) as [Vector3, Vector3, Vector3];
    volume += dot(a, cross(b, c)) / 6;
  }
  return volume;
}

describe("compression", () => {
  it.each<[string, number, (document: Document) => Promise<void> | void]>([
    [
      "Draco",
      1e-3,
      (document) => {
        document
          .createExtension(KHRDracoMeshCompression)
          .setRequired(true)
          .setEncoderOptions({ quantizationBits: { POSITION: 14, NORMAL: 12, TEXCOORD_0: 12 } });
      },
    ],
    [
      "meshopt",
      1e-3,
      async (document) => {
        await document.transform(reorder({ encoder: MeshoptEncoder }), quantize());
        document.createExtension(EXTMeshoptCompression).setRequired(true);
      },
    ],
    [
      "meshopt with filters",
      2e-3,
      async (document) => {
        await document.transform(reorder({ encoder: MeshoptEncoder }), quantize());
        document
          .createExtension(EXTMeshoptCompression)
          .setRequired(true)
          .setEncoderOptions({ method: EXTMeshoptCompression.EncoderMethod.FILTER });
      },
    ],
    ["quantised", 1e-3, (document) => document.transform(quantize({ quantizePosition: 16 })).then(() => undefined)],
  ])("%s → the surface of the plain file within %d", async (name, tolerance, compress) => {
    const plain = await read(`${name}-plain.glb`, await io.writeBinary(await sphereDocument()));
    const document = await sphereDocument();
    await compress(document);
    const bytes = await io.writeBinary(document);
    expect(
      Buffer.from(bytes).includes(
        name.startsWith("meshopt") ? "EXT_meshopt" : name === "Draco" ? "KHR_draco" : "KHR_mesh_quantization",
      ),
    ).toBe(true);
    const packed = await read(`${name}.glb`, bytes);
    expect(packed.meshes[0]!.indices.length).toBe(plain.meshes[0]!.indices.length);
    expect(enclosedVolume(plain)).toBeGreaterThan(30);
    expect(Math.abs(enclosedVolume(packed) / enclosedVolume(plain) - 1)).toBeLessThan(tolerance);
    const [a, b] = [sceneBounds(plain), sceneBounds(packed)];
    for (const k of [0, 1, 2] as const) {
      expect(Math.abs(a.min[k] - b.min[k])).toBeLessThan(4 * tolerance);
      expect(Math.abs(a.max[k] - b.max[k])).toBeLessThan(4 * tolerance);
    }
    const { normals, texcoords, positions } = packed.meshes[0]!;
    expect(texcoords[0]!.length / 2).toBe(positions.length / 3);
    for (let i = 0; i < normals!.length; i += 3) expect(Math.hypot(...normals!.subarray(i, i + 3))).toBeCloseTo(1, 4);
    expect(packed.textures[0]).toMatchObject({ widthPx: 4, heightPx: 4 });
  });
});

describe("random damage", () => {
  it.each(["plain", "Draco", "meshopt"])(
    "bytes of a %s .glb changed or cut off → read or refused with an ArrasError",
    async (kind) => {
      const document = await sphereDocument();
      if (kind === "Draco") document.createExtension(KHRDracoMeshCompression).setRequired(true);
      if (kind === "meshopt") document.createExtension(EXTMeshoptCompression).setRequired(true);
      const whole = await io.writeBinary(document);
      let refusedCount = 0;
      const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) });
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { maxLength: 8 }),
          fc.oneof(
            { arbitrary: fc.constant(whole.length), weight: 6 },
            { arbitrary: fc.nat(whole.length - 1), weight: 1 },
          ),
          async (changes, cutAt) => {
            const bytes = whole.slice(0, cutAt);
            for (const { at, to } of changes) if (at < bytes.length) bytes[at] = to;
            try {
              await read(`damaged-${kind}.glb`, bytes);
            } catch (thrown) {
              refusedCount++;
              if (!(thrown instanceof ArrasError) || thrown.code === "internal") throw thrown;
              expect(thrown.place.path).toContain(`damaged-${kind}.glb`);
            }
          },
        ),
        { numRuns: 300 },
      );
      expect(refusedCount).toBeGreaterThan(0);
    },
  );

  it("values in the JSON replaced by others → read or refused with an ArrasError", async () => {
    const { json, resources } = await io.writeJSON(await sphereDocument());
    for (const [uri, bytes] of Object.entries(resources)) await folder.write(uri, bytes);
    const paths = leafPaths(json, []);
    const values = fc.constantFrom<unknown>(-1, 0, 1, 1e9, 2 ** 53, 0.5, "", "x", null, [], {}, true, 5121, 5123);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...paths), values), { minLength: 1, maxLength: 3 }),
        async (changes) => {
          const changed = structuredClone(json) as unknown as Record<string, unknown>;
          for (const [path, value] of changes) replaceAt(changed, path, value);
          try {
            await readGltf(await folder.write("changed.gltf", changed));
          } catch (thrown) {
            if (!(thrown instanceof ArrasError) || thrown.code === "internal") throw thrown;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function leafPaths(value: unknown, path: string[]): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  const inside = Object.entries(value).flatMap(([key, entry]) => leafPaths(entry, [...path, key]));
  return path.length > 0 ? [path, ...inside] : inside;
}

function replaceAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let holder: Record<string, unknown> = root;
  for (const key of path.slice(0, -1)) {
    const next = holder[key];
    if (typeof next !== "object" || next === null) return;
    holder = next as Record<string, unknown>;
  }
  holder[path.at(-1)!] = value;
}
