// The two forms of a glTF file, told apart by their first bytes: JSON alone (.gltf), or JSON and a binary chunk (.glb).
import { ArrasError } from "../../../proto/errors.ts";
import { limits } from "../../../proto/limits.ts";
import { readRange, withFile } from "../read-bytes.ts";
import { checkGlbHeader, glbChunk, glbChunkHeaderSizeBytes, glbHeaderSizeBytes, isGlb } from "./glb.ts";
import { brokenScene } from "./gltf-source.ts";

export interface GltfContainer {
  readonly json: unknown;
  readonly binaryChunk?: Uint8Array<ArrayBuffer> | undefined;
}

/** The binary chunk only where it is wanted. Throws `scene-missing`, `scene-broken`, `limit-exceeded`. */
export function readContainer(path: string, wanted: "all" | "json" = "all"): Promise<GltfContainer> {
  const reading = {
    path,
    missingCode: "scene-missing",
    noun: "The scene",
    place: path,
    sizeBytesMax: limits.sceneBufferSizeBytesMax,
    limitName: "sceneBufferSizeBytesMax",
  } as const;
  return withFile(reading, async (file, sizeBytes) => {
    const start = await readRange(file, 0, Math.min(glbHeaderSizeBytes, sizeBytes));
    if (!isGlb(start)) {
      checkJsonSize(path, sizeBytes);
      return { json: parsedJson(path, await readRange(file, 0, sizeBytes)) };
    }
    checkGlbHeader(path, start, sizeBytes);
    let json: unknown;
    let binaryChunk: Uint8Array<ArrayBuffer> | undefined;
    // Each chunk into an array of its own: accessors then are aligned views, and the JSON text can be freed.
    for (let offset = glbHeaderSizeBytes, index = 0; offset < sizeBytes && index < 2; index++) {
      const chunk = glbChunk(path, await readRange(file, offset, glbChunkHeaderSizeBytes), offset, sizeBytes);
      if (index === 0 && chunk.t !== "json")
        throw brokenScene(path, "", "The first chunk of the .glb file is not JSON");
      if (chunk.t === "json" && index === 0) {
        checkJsonSize(path, chunk.range.sizeBytes);
        json = parsedJson(path, await readRange(file, chunk.range.offsetBytes, chunk.range.sizeBytes));
      } else if (chunk.t === "binary" && wanted === "all") {
        binaryChunk = await readRange(file, chunk.range.offsetBytes, chunk.range.sizeBytes);
      }
      offset = chunk.range.offsetBytes + chunk.range.sizeBytes;
    }
    return { json, binaryChunk };
  });
}

function parsedJson(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw brokenScene(path, "", `The glTF JSON cannot be parsed: ${(cause as Error).message}`, cause);
  }
}

function checkJsonSize(path: string, sizeBytes: number): void {
  if (sizeBytes <= limits.sceneJsonSizeBytesMax) return;
  throw new ArrasError("limit-exceeded", {
    message: `The glTF JSON has ${sizeBytes} bytes; sceneJsonSizeBytesMax is ${limits.sceneJsonSizeBytesMax}`,
    place: { path },
    action: "Move embedded buffers and images to files of their own.",
  });
}
