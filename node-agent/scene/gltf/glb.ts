// The binary container of glTF (.glb): where its JSON and its binary chunk are. Pure: reads the headers only.
import { brokenScene } from "./gltf-source.ts";

export const glbHeaderSizeBytes = 12;
export const glbChunkHeaderSizeBytes = 8;

const magicGltf = 0x46546c67;
const chunkJson = 0x4e4f534a;
const chunkBinary = 0x004e4942;

export interface ByteRange {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** True where a file starts like a .glb, whatever its name. */
export function isGlb(start: Uint8Array): boolean {
  return start.length >= 4 && new DataView(start.buffer, start.byteOffset).getUint32(0, true) === magicGltf;
}

/**
 * The whole length that the file header claims. Throws `scene-broken` for another version than 2 and where the file on
 * disk has another size (a download that broke off).
 */
export function checkGlbHeader(path: string, header: Uint8Array, fileSizeBytes: number): void {
  if (header.length < glbHeaderSizeBytes) throw brokenScene(path, "", "The .glb file ends inside its header");
  const view = new DataView(header.buffer, header.byteOffset);
  const version = view.getUint32(4, true);
  if (view.getUint32(0, true) !== magicGltf) throw brokenScene(path, "", 'The .glb file does not start with "glTF"');
  if (version !== 2) throw brokenScene(path, "", `The .glb file has version ${version}; version 2 is readable`);
  const claimedSizeBytes = view.getUint32(8, true);
  if (claimedSizeBytes !== fileSizeBytes) {
    throw brokenScene(path, "", `The .glb file has ${fileSizeBytes} bytes, its header says ${claimedSizeBytes}`);
  }
}

export type GlbChunk = { readonly t: "json" | "binary" | "other"; readonly range: ByteRange };

/** The chunk whose header is at `offsetBytes`. Throws `scene-broken` where it runs over the end of the file. */
export function glbChunk(path: string, header: Uint8Array, offsetBytes: number, fileSizeBytes: number): GlbChunk {
  if (header.length < glbChunkHeaderSizeBytes) throw brokenScene(path, "", "The .glb file ends inside a chunk header");
  const view = new DataView(header.buffer, header.byteOffset);
  const range = { offsetBytes: offsetBytes + glbChunkHeaderSizeBytes, sizeBytes: view.getUint32(0, true) };
  if (range.offsetBytes + range.sizeBytes > fileSizeBytes) {
    throw brokenScene(
      path,
      "",
      `A chunk of the .glb file runs ${range.offsetBytes + range.sizeBytes - fileSizeBytes} bytes over its end`,
    );
  }
  const type = view.getUint32(4, true);
  return { t: type === chunkJson ? "json" : type === chunkBinary ? "binary" : "other", range };
}
