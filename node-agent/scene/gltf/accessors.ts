// Reads accessors: any component type, interleaved or not, normalised, sparse, compressed by meshopt. Where the file
// holds plain packed 32-bit values the result is a view of the file's own bytes, not a copy: it must not be written to.
import type { GltfAccessor } from "./gltf-json.ts";
import type { GltfSource } from "./gltf-source.ts";
import { type MeshoptViews, readMeshoptViews } from "./meshopt.ts";
import { type GltfBuffers, sourceBytes } from "./resources.ts";

export type ComponentArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Uint32Array | Float32Array;
export type AccessorType = GltfAccessor["type"];

export const componentArrays = {
  5120: Int8Array,
  5121: Uint8Array,
  5122: Int16Array,
  5123: Uint16Array,
  5125: Uint32Array,
  5126: Float32Array,
} as const;

export const componentCounts = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT2: 4, MAT3: 9, MAT4: 16 } as const;

/** What a signed or unsigned normalised integer is divided by (glTF 2.0, 3.11). */
const normalDivisors: Record<number, number> = { 5120: 127, 5121: 255, 5122: 32767, 5123: 65535 };

interface ElementLayout {
  readonly componentType: keyof typeof componentArrays;
  readonly componentCount: number;
  readonly count: number;
  readonly viewIndex: number;
  readonly byteOffset: number;
  /** Matrices of 1- and 2-byte components pad each column to 4 bytes. */
  readonly rowsPerColumn: number;
}

export class GltfAccessors {
  private readonly source: GltfSource;
  private readonly buffers: GltfBuffers;
  private readonly meshoptViews: MeshoptViews;
  private readonly floats = new Map<number, Float32Array>();
  private readonly decoded = new Map<number, ComponentArray>();

  private constructor(source: GltfSource, buffers: GltfBuffers, meshoptViews: MeshoptViews) {
    this.source = source;
    this.buffers = buffers;
    this.meshoptViews = meshoptViews;
  }

  static async open(source: GltfSource, buffers: GltfBuffers): Promise<GltfAccessors> {
    return new GltfAccessors(source, buffers, await readMeshoptViews(source, buffers));
  }

  /** As floats, normalised integers in [−1, 1] or [0, 1]. `place` is where the index stands. */
  readFloats(index: number, types: readonly AccessorType[], place: string): Float32Array {
    const accessor = this.checked(index, types, place);
    const known = this.floats.get(index);
    if (known !== undefined) return known;
    const raw = this.decoded.get(index) ?? this.readComponents(accessor, index);
    const floats = raw instanceof Float32Array ? raw : toFloats(raw, accessor);
    this.checkFinite(floats, index);
    this.floats.set(index, floats);
    return floats;
  }

  /** As the file has them: for indices and joints. */
  readIntegers(index: number, types: readonly AccessorType[], place: string): Uint8Array | Uint16Array | Uint32Array {
    const accessor = this.checked(index, types, place);
    const raw = this.decoded.get(index) ?? this.readComponents(accessor, index);
    if (raw instanceof Uint8Array || raw instanceof Uint16Array || raw instanceof Uint32Array) return raw;
    throw this.source.broken(place, `accessors[${index}] must hold unsigned integers`);
  }

  count(index: number, place: string): number {
    return this.source.at("accessors", index, place).count;
  }

  /** Puts components that another decoder made (Draco) in an accessor's place. */
  setDecoded(index: number, components: ComponentArray): void {
    this.decoded.set(index, components);
    this.floats.delete(index);
  }

  /** The bytes of a buffer view, as they are in the file. */
  viewBytes(viewIndex: number, place: string): Uint8Array<ArrayBuffer> {
    const decodedView = this.meshoptViews.get(viewIndex);
    if (decodedView !== undefined) return decodedView;
    return sourceBytes(
      this.source,
      this.buffers,
      this.source.at("bufferViews", viewIndex, place),
      `bufferViews[${viewIndex}]`,
    );
  }

  private checked(index: number, types: readonly AccessorType[], place: string): GltfAccessor {
    const accessor = this.source.at("accessors", index, place);
    if (types.includes(accessor.type)) return accessor;
    throw this.source.broken(place, `accessors[${index}] has type ${accessor.type}; ${types.join(" or ")} is needed`);
  }

  private readComponents(accessor: GltfAccessor, index: number): ComponentArray {
    const place = `accessors[${index}]`;
    const componentCount = componentCounts[accessor.type];
    const rowsPerColumn = accessor.type.startsWith("MAT") ? Math.sqrt(componentCount) : 0;
    const layout = { componentType: accessor.componentType, componentCount, rowsPerColumn };
    if (accessor.bufferView === undefined) {
      const zeros = this.allocate(layout.componentType, accessor.count * componentCount, place);
      return this.patched(zeros, accessor, layout, place);
    }
    const packed = this.packed(
      { ...layout, count: accessor.count, viewIndex: accessor.bufferView, byteOffset: accessor.byteOffset },
      place,
    );
    return accessor.sparse === undefined ? packed : this.patched(packed.slice(), accessor, layout, place);
  }

  /** Elements without gaps: a view where the bytes are packed and aligned already, else a copy. */
  private packed(layout: ElementLayout, place: string): ComponentArray {
    const ArrayType = componentArrays[layout.componentType];
    const bytes = this.viewBytes(layout.viewIndex, place);
    const size = ArrayType.BYTES_PER_ELEMENT;
    const column = layout.rowsPerColumn * size;
    const columnPadding = layout.rowsPerColumn > 0 ? Math.ceil(column / 4) * 4 - column : 0;
    const elementSize = layout.componentCount * size + columnPadding * layout.rowsPerColumn;
    const stride = this.source.json.bufferViews[layout.viewIndex]!.byteStride ?? elementSize;
    const end = layout.byteOffset + stride * (layout.count - 1) + elementSize;
    if (end > bytes.length) {
      throw this.source.broken(
        place,
        `The accessor runs ${end - bytes.length} bytes over the end of bufferViews[${layout.viewIndex}]`,
      );
    }
    const length = layout.count * layout.componentCount;
    const start = bytes.byteOffset + layout.byteOffset;
    if (stride === layout.componentCount * size && columnPadding === 0) {
      if (start % size === 0) return new ArrayType(bytes.buffer, start, length);
      return new ArrayType(bytes.buffer.slice(start, start + length * size));
    }
    const components = this.allocate(layout.componentType, length, place);
    if (start % size === 0 && stride % size === 0 && columnPadding === 0) {
      gather(components, new ArrayType(bytes.buffer, start, (end - layout.byteOffset) / size), layout, stride / size);
      return components;
    }
    const view = new DataView(bytes.buffer, start);
    const read = componentReaders[layout.componentType];
    let target = 0;
    for (let element = 0; element < layout.count; element++) {
      let offset = element * stride;
      for (let component = 0; component < layout.componentCount; component++) {
        components[target++] = read(view, offset);
        offset += size;
        if (layout.rowsPerColumn > 0 && (component + 1) % layout.rowsPerColumn === 0) offset += columnPadding;
      }
    }
    return components;
  }

  private patched(
    components: ComponentArray,
    accessor: GltfAccessor,
    layout: Pick<ElementLayout, "componentType" | "componentCount" | "rowsPerColumn">,
    place: string,
  ): ComponentArray {
    const { sparse } = accessor;
    if (sparse === undefined) return components;
    const scalar = { componentType: sparse.indices.componentType, componentCount: 1, rowsPerColumn: 0 };
    const indices = this.packed(
      { ...scalar, count: sparse.count, viewIndex: sparse.indices.bufferView, byteOffset: sparse.indices.byteOffset },
      `${place}.sparse.indices`,
    );
    const values = this.packed(
      { ...layout, count: sparse.count, viewIndex: sparse.values.bufferView, byteOffset: sparse.values.byteOffset },
      `${place}.sparse.values`,
    );
    for (let i = 0; i < sparse.count; i++) {
      const target = indices[i]!;
      if (target >= accessor.count) {
        throw this.source.broken(
          `${place}.sparse.indices`,
          `Index ${target} is beyond the accessor's ${accessor.count} elements`,
        );
      }
      for (let k = 0; k < layout.componentCount; k++) {
        components[target * layout.componentCount + k] = values[i * layout.componentCount + k]!;
      }
    }
    return components;
  }

  private allocate(componentType: keyof typeof componentArrays, length: number, place: string): ComponentArray {
    const ArrayType = componentArrays[componentType];
    this.source.reserve(length * ArrayType.BYTES_PER_ELEMENT, place);
    return new ArrayType(length);
  }

  private checkFinite(values: Float32Array, index: number): void {
    for (let i = 0; i < values.length; i++) {
      if (Number.isFinite(values[i]!)) continue;
      const element = Math.floor(i / componentCounts[this.source.json.accessors[index]!.type]);
      throw this.source.broken(`accessors[${index}]`, `Element ${element} holds ${values[i]}, not a finite number`);
    }
  }
}

/** Elements that lie `stride` components apart. */
function gather(
  components: ComponentArray,
  source: ComponentArray,
  { count, componentCount }: ElementLayout,
  stride: number,
): void {
  let target = 0;
  for (let element = 0; element < count; element++) {
    const from = element * stride;
    for (let component = 0; component < componentCount; component++) {
      components[target++] = source[from + component]!;
    }
  }
}

const componentReaders = {
  5120: (view: DataView, offset: number) => view.getInt8(offset),
  5121: (view: DataView, offset: number) => view.getUint8(offset),
  5122: (view: DataView, offset: number) => view.getInt16(offset, true),
  5123: (view: DataView, offset: number) => view.getUint16(offset, true),
  5125: (view: DataView, offset: number) => view.getUint32(offset, true),
  5126: (view: DataView, offset: number) => view.getFloat32(offset, true),
} as const;

function toFloats(raw: ComponentArray, accessor: GltfAccessor): Float32Array {
  const divisor = normalDivisors[accessor.componentType];
  const floats = new Float32Array(raw);
  if (!accessor.normalized || divisor === undefined) return floats;
  for (let i = 0; i < floats.length; i++) floats[i] = Math.max(floats[i]! / divisor, -1);
  return floats;
}
