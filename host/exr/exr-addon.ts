// Loads build/exr.node once and types its three functions. Nothing else may call them: they trust their arguments.
import { availableParallelism } from "node:os";
import { nativeAddon } from "../native-addon.ts";
import type { ExrAttribute, ExrChannel, ExrCompression } from "./exr-part.ts";

/** OpenEXR's inclusive box: xMin, yMin, xMax, yMax. */
export type NativeBox = readonly [number, number, number, number];

export interface NativePart {
  readonly name: string;
  /** 0: scan lines. */
  readonly tileSizePx: number;
  readonly compression: ExrCompression;
  readonly dataWindow: NativeBox;
  readonly displayWindow: NativeBox;
  readonly pixelAspectRatio: number;
  /** −1: the library's default. */
  readonly dwaLevel: number;
  readonly channels: readonly Required<ExrChannel>[];
  readonly attributes: readonly ExrAttribute[];
}

export interface NativeHeader {
  readonly name: string;
  readonly deep: boolean;
  readonly tileSizePx: number;
  readonly compression: ExrCompression | "unknown";
  readonly dataWindow: NativeBox;
  readonly displayWindow: NativeBox;
  readonly pixelAspectRatio: number;
  readonly channels: readonly {
    readonly name: string;
    readonly type: ExrChannel["type"];
    readonly xSampling: number;
    readonly ySampling: number;
  }[];
  readonly attributes: readonly { readonly name: string; readonly t: string; readonly value: unknown }[];
}

export interface NativePlane {
  readonly name: string;
  readonly type: "float" | "uint";
  readonly values: Float32Array | Uint32Array;
}

export interface ExrAddon {
  write(path: string, parts: readonly NativePart[], threadCount: number): Promise<void>;
  readHeaders(path: string): Promise<NativeHeader[]>;
  readPlanes(
    path: string,
    partIndex: number,
    dataWindow: NativeBox,
    planes: readonly NativePlane[],
    threadCount: number,
  ): Promise<void>;
}

let loaded: ExrAddon | undefined;

/** Throws `internal` when the addon was not built. */
export function exrAddon(): ExrAddon {
  loaded ??= nativeAddon<ExrAddon>("exr", "the OpenEXR addon");
  return loaded;
}

/** Compression is done on this many threads unless the caller says otherwise; beyond 8 the file system is the limit. */
export function defaultThreadCount(): number {
  return Math.min(availableParallelism(), 8);
}
