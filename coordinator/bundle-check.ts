// Whether a session's bundle is all there, before anything is placed for it: a node that finds out later has cost a
// launch, and says it to nobody's advantage.
import { type BundleFile, distinctObjects, manifestFromBytes } from "../proto/bundle-manifest.ts";
import { ArrasError } from "../proto/errors.ts";
import type { RenderSpec } from "../proto/gen/arras/v1/scene_pb.ts";
import { limits } from "../proto/limits.ts";
import { isSha256 } from "../proto/sha256.ts";

/** What is read of the farm's store of assets. */
export interface AssetReader {
  get(digest: string): AsyncIterable<Uint8Array>;
  has(digest: string): Promise<boolean>;
}

/** Questions to the store at a time. */
const questionsMax = 32;
const namedFilesMax = 5;

/** Throws `object-missing`, `object-broken`, `message-malformed`, `limit-exceeded`, or what the store fails with. */
export async function requireBundle(render: RenderSpec | undefined, store: AssetReader | undefined): Promise<void> {
  if (render === undefined || render.bundleSha256 === "") return;
  const { bundleSha256, scenePath, environmentPath } = render;
  if (store === undefined) throw malformed("is for a farm with a store of assets; this one reads files");
  if (!isSha256(bundleSha256)) throw malformed("names its bundle by something that is no digest");
  const files = manifestFromBytes(await readManifest(bundleSha256, store));
  const paths = new Set(files.map(({ path }) => path));
  const wanted = [scenePath, environmentPath === "none" ? "" : environmentPath].filter((path) => path !== "");
  for (const path of wanted)
    if (!paths.has(path)) throw malformed(`names ${JSON.stringify(path.slice(0, 200))}, which its bundle lacks`);
  const missing = await missingFiles(distinctObjects(files), store);
  if (missing.length > 0) throw incomplete(missing, files.length);
}

async function readManifest(digest: string, store: AssetReader): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of store.get(digest)) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > limits.bundleManifestSizeBytesMax) {
      const message = `The manifest passes bundleManifestSizeBytesMax = ${limits.bundleManifestSizeBytesMax} bytes`;
      throw new ArrasError("limit-exceeded", { message, action: "Split the scene." });
    }
    pieces.push(piece.slice());
  }
  const bytes = new Uint8Array(sizeBytes);
  let filledBytes = 0;
  for (const piece of pieces) {
    bytes.set(piece, filledBytes);
    filledBytes += piece.byteLength;
  }
  return bytes;
}

async function missingFiles(objects: readonly BundleFile[], store: AssetReader): Promise<BundleFile[]> {
  const missing: BundleFile[] = [];
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < objects.length; at = next++) {
      if (!(await store.has(objects[at].sha256))) missing.push(objects[at]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(questionsMax, objects.length) }, lane));
  return missing;
}

function incomplete(missing: readonly BundleFile[], fileCount: number): ArrasError {
  const names = missing.slice(0, namedFilesMax).map(({ path }) => path);
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : "";
  return new ArrasError("object-missing", {
    message: `Of the scene's ${fileCount} files the farm's store lacks ${names.join(", ")}${more}`,
    action: "Submit the render again: it uploads what is missing.",
  });
}

function malformed(what: string): ArrasError {
  return new ArrasError("message-malformed", {
    message: `The session ${what}`,
    action: "Compare software versions of client and coordinator.",
  });
}
