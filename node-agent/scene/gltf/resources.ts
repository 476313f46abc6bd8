// Finds the bytes that a glTF file points at: beside it, inside it (data URIs) or in its binary chunk. A URI may not
// leave the scene's folder: a scene is somebody else's file, and must not name /etc/passwd or a server.
import { dirname, join, normalize } from "node:path";
import { ArrasError } from "../../../proto/errors.ts";
import { limits } from "../../../proto/limits.ts";
import { readWhole } from "../read-bytes.ts";
import { type GltfSource, unsupportedScene } from "./gltf-source.ts";

/** Each buffer's bytes; undefined for a fallback that nothing reads (EXT_meshopt_compression). */
export type GltfBuffers = readonly (Uint8Array<ArrayBuffer> | undefined)[];

/** The bytes behind a URI. `place` is where the URI stands; `noun` what it is: "The buffer", "The image". */
export async function readUri(
  source: GltfSource,
  uri: string,
  place: string,
  noun: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (/^data:/i.test(uri)) return embeddedBytes(source, uri, place);
  return readWhole({
    path: resolvedPath(source, uri, place),
    missingCode: "scene-missing",
    noun,
    place: `${source.path}: ${place}`,
    sizeBytesMax: limits.sceneBufferSizeBytesMax,
    limitName: "sceneBufferSizeBytesMax",
  });
}

/** The file that a relative URI means. Throws `scene-unsupported` for any that leads elsewhere. */
export function resolvedPath(source: GltfSource, uri: string, place: string): string {
  const relative = decodedUri(source, uri, place);
  const isElsewhere = /^[a-z][a-z0-9+.-]*:/i.test(relative) || /^[\\/]/.test(relative);
  const cleaned = normalize(relative.replaceAll("\\", "/"));
  if (isElsewhere || cleaned === ".." || cleaned.startsWith("../") || cleaned.includes("\0")) {
    throw unsupportedScene(
      source.path,
      place,
      `The URI "${uri.slice(0, 200)}" leads outside of the scene's folder`,
      "Put the file beside the scene and name it by a relative path.",
    );
  }
  return join(dirname(source.path), cleaned);
}

/** All buffers of the file. `binaryChunk` is the .glb's own. */
export async function readBuffers(
  source: GltfSource,
  binaryChunk: Uint8Array<ArrayBuffer> | undefined,
): Promise<GltfBuffers> {
  checkTotalSize(source);
  const read: (Uint8Array<ArrayBuffer> | undefined)[] = [];
  for (const [index, buffer] of source.json.buffers.entries()) {
    const place = `buffers[${index}]`;
    const bytes =
      buffer.uri === undefined
        ? index === 0
          ? binaryChunk
          : undefined
        : await readUri(source, buffer.uri, place, "The buffer");
    if (bytes === undefined && buffer.extensions?.EXT_meshopt_compression === undefined) {
      throw source.broken(place, "The buffer has no uri, and the file has no binary chunk for it");
    }
    if (bytes !== undefined && bytes.length < buffer.byteLength) {
      throw source.broken(place, `The buffer has ${bytes.length} bytes, ${buffer.byteLength} are declared`);
    }
    read.push(bytes);
  }
  return read;
}

/** The bytes that a view (or a meshopt or Draco stream) takes of its buffer; `scene-broken` where it runs over. */
export function sourceBytes(
  source: GltfSource,
  buffers: GltfBuffers,
  view: { readonly buffer: number; readonly byteOffset: number; readonly byteLength: number },
  place: string,
): Uint8Array<ArrayBuffer> {
  const buffer = source.at("buffers", view.buffer, `${place}.buffer`);
  const bytes = buffers[view.buffer];
  if (bytes === undefined) throw source.broken(place, `buffers[${view.buffer}] is a fallback without bytes`);
  const end = view.byteOffset + view.byteLength;
  if (end > buffer.byteLength) {
    throw source.broken(place, `It runs ${end - buffer.byteLength} bytes over the end of buffers[${view.buffer}]`);
  }
  return bytes.subarray(view.byteOffset, end);
}

function checkTotalSize(source: GltfSource): void {
  const sizeBytes = source.json.buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  if (sizeBytes <= limits.sceneBufferSizeBytesMax) return;
  throw new ArrasError("limit-exceeded", {
    message: `The scene's buffers have ${sizeBytes} bytes; sceneBufferSizeBytesMax is ${limits.sceneBufferSizeBytesMax}`,
    place: { path: `${source.path}: buffers` },
    action: "Split the scene, or share meshes between nodes.",
  });
}

function decodedUri(source: GltfSource, uri: string, place: string): string {
  try {
    return decodeURIComponent(uri);
  } catch (cause) {
    throw source.broken(place, `The URI "${uri.slice(0, 200)}" has a broken percent escape`, cause);
  }
}

/** RFC 2397. */
function embeddedBytes(source: GltfSource, uri: string, place: string): Uint8Array<ArrayBuffer> {
  const comma = uri.indexOf(",");
  if (comma < 0) throw source.broken(place, "The data URI has no comma");
  const isBase64 = /;\s*base64\s*$/i.test(uri.slice(0, comma));
  const text = uri.slice(comma + 1);
  const decoded = isBase64 ? Buffer.from(text, "base64") : Buffer.from(decodedUri(source, text, place), "latin1");
  // Buffer.from may give a part of a shared pool at any offset; accessors want aligned views.
  return new Uint8Array(decoded);
}
