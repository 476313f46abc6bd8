// Decodes primitives that KHR_draco_mesh_compression has packed, attribute by attribute.
import { createRequire } from "node:module";
import { z } from "zod";
import { type ComponentArray, componentArrays, componentCounts, type GltfAccessors } from "./accessors.ts";
import type { GltfPrimitive } from "./gltf-json.ts";
import type { GltfSource } from "./gltf-source.ts";

/** What of draco3dgltf (which comes without types) is called here. */
interface DracoModule {
  Decoder: new () => DracoDecoder;
  DecoderBuffer: new () => DracoBuffer;
  Mesh: new () => DracoMesh;
  TRIANGULAR_MESH: number;
  HEAPU8: Uint8Array;
  _malloc(sizeBytes: number): number;
  _free(pointer: number): void;
  destroy(value: unknown): void;
  [dataType: `DT_${string}`]: number;
}
interface DracoBuffer {
  Init(bytes: Uint8Array, sizeBytes: number): void;
}
interface DracoMesh {
  ptr: number;
  num_faces(): number;
  num_points(): number;
}
interface DracoDecoder {
  GetEncodedGeometryType(buffer: DracoBuffer): number;
  DecodeBufferToMesh(buffer: DracoBuffer, mesh: DracoMesh): { ok(): boolean; error_msg(): string };
  GetTrianglesUInt32Array(mesh: DracoMesh, sizeBytes: number, pointer: number): boolean;
  GetAttributeByUniqueId(mesh: DracoMesh, id: number): { ptr: number; num_components(): number };
  GetAttributeDataArrayForAllPoints(
    mesh: DracoMesh,
    attribute: unknown,
    dataType: number,
    sizeBytes: number,
    pointer: number,
  ): boolean;
}

const dracoSchema = z.object({ bufferView: z.int().min(0), attributes: z.record(z.string(), z.int().min(0)) });
const extensionName = "KHR_draco_mesh_compression";

const dataTypes = {
  5120: "DT_INT8",
  5121: "DT_UINT8",
  5122: "DT_INT16",
  5123: "DT_UINT16",
  5125: "DT_UINT32",
  5126: "DT_FLOAT32",
} as const;

/** Decodes every packed primitive of the file into the accessors that it stands for. */
export async function decodeDracoPrimitives(source: GltfSource, accessors: GltfAccessors): Promise<void> {
  const packed = source.json.meshes.flatMap((mesh, meshIndex) =>
    mesh.primitives.flatMap((primitive, primitiveIndex) =>
      primitive.extensions?.[extensionName] === undefined
        ? []
        : [{ primitive, place: `meshes[${meshIndex}].primitives[${primitiveIndex}]` }],
    ),
  );
  if (packed.length === 0) return;
  const createModule: { createDecoderModule(): Promise<DracoModule> } = createRequire(import.meta.url)("draco3dgltf");
  const draco = await createModule.createDecoderModule();
  for (const { primitive, place } of packed) {
    try {
      decodePrimitive(draco, source, accessors, primitive, place);
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === "ArrasError") throw thrown;
      // Emscripten aborts on some broken streams; the module is unusable then, and so is the file.
      throw source.broken(`${place}.extensions.${extensionName}`, "The Draco stream cannot be decoded", thrown);
    }
  }
}

function decodePrimitive(
  draco: DracoModule,
  source: GltfSource,
  accessors: GltfAccessors,
  primitive: GltfPrimitive,
  place: string,
): void {
  const extensionPlace = `${place}.extensions.${extensionName}`;
  const packed = source.extension(primitive, extensionName, dracoSchema, place)!;
  const bytes = accessors.viewBytes(packed.bufferView, `${extensionPlace}.bufferView`);
  const decoder = new draco.Decoder();
  const stream = new draco.DecoderBuffer();
  const mesh = new draco.Mesh();
  try {
    stream.Init(bytes, bytes.length);
    if (decoder.GetEncodedGeometryType(stream) !== draco.TRIANGULAR_MESH) {
      throw source.broken(extensionPlace, "The Draco stream holds no triangle mesh");
    }
    const status = decoder.DecodeBufferToMesh(stream, mesh);
    if (!status.ok() || mesh.ptr === 0) {
      throw source.broken(extensionPlace, `The Draco stream cannot be decoded: ${status.error_msg()}`);
    }
    if (primitive.indices !== undefined) accessors.setDecoded(primitive.indices, triangles(draco, decoder, mesh));
    for (const [semantic, id] of Object.entries(packed.attributes)) {
      const index = primitive.attributes[semantic];
      if (index === undefined)
        throw source.broken(`${extensionPlace}.attributes.${semantic}`, "The primitive has no such attribute");
      const accessor = source.at("accessors", index, `${place}.attributes.${semantic}`);
      const attribute = decoder.GetAttributeByUniqueId(mesh, id);
      const componentCount = componentCounts[accessor.type];
      if (
        attribute.ptr === 0 ||
        attribute.num_components() !== componentCount ||
        mesh.num_points() !== accessor.count
      ) {
        throw source.broken(
          `${extensionPlace}.attributes.${semantic}`,
          `The Draco stream's attribute ${id} does not agree with accessors[${index}] (${accessor.count} × ${accessor.type})`,
        );
      }
      const sizeBytes = accessor.count * componentCount * componentArrays[accessor.componentType].BYTES_PER_ELEMENT;
      const unpacked = copyFromHeap(draco, sizeBytes, (pointer) =>
        decoder.GetAttributeDataArrayForAllPoints(
          mesh,
          attribute,
          draco[dataTypes[accessor.componentType]]!,
          sizeBytes,
          pointer,
        ),
      );
      accessors.setDecoded(index, new componentArrays[accessor.componentType](unpacked) as ComponentArray);
    }
  } finally {
    draco.destroy(mesh);
    draco.destroy(stream);
    draco.destroy(decoder);
  }
}

function triangles(draco: DracoModule, decoder: DracoDecoder, mesh: DracoMesh): Uint32Array {
  const sizeBytes = mesh.num_faces() * 3 * 4;
  return new Uint32Array(
    copyFromHeap(draco, sizeBytes, (pointer) => decoder.GetTrianglesUInt32Array(mesh, sizeBytes, pointer)),
  );
}

function copyFromHeap(draco: DracoModule, sizeBytes: number, fill: (pointer: number) => boolean): ArrayBuffer {
  const pointer = draco._malloc(sizeBytes);
  try {
    if (pointer === 0 || !fill(pointer)) throw new Error("Draco could not unpack an attribute");
    return draco.HEAPU8.slice(pointer, pointer + sizeBytes).buffer as ArrayBuffer;
  } finally {
    draco._free(pointer);
  }
}
