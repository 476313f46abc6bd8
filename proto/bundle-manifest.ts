// A bundle's list of files as bytes and back. Who reads one trusts nobody who wrote it.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { bundlePathMistake, clashingPath } from "./bundle-path.ts";
import { ArrasError } from "./errors.ts";
import { type BundleManifest, BundleManifestSchema } from "./gen/arras/v1/asset_pb.ts";
import { limits } from "./limits.ts";
import { isSha256 } from "./sha256.ts";

export interface BundleFile {
  /** See bundle-path.ts. */
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Equal files make equal bytes, in whatever order they come. Throws as `manifestFromBytes`. */
export function manifestToBytes(files: readonly BundleFile[]): Uint8Array {
  checkFiles(files);
  const inOrder = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const message = create(BundleManifestSchema, {
    files: inOrder.map(({ path, sha256, sizeBytes }) => ({ path, sha256, sizeBytes: BigInt(sizeBytes) })),
  });
  const bytes = toBinary(BundleManifestSchema, message);
  if (bytes.length > limits.bundleManifestSizeBytesMax) throw tooMuch("bundleManifestSizeBytesMax", bytes.length);
  return bytes;
}

/** Throws `limit-exceeded` beyond a bound, `message-malformed` for all else that a manifest must not have. */
export function manifestFromBytes(bytes: Uint8Array): readonly BundleFile[] {
  if (bytes.length > limits.bundleManifestSizeBytesMax) throw tooMuch("bundleManifestSizeBytesMax", bytes.length);
  let manifest: BundleManifest;
  try {
    manifest = fromBinary(BundleManifestSchema, bytes);
  } catch (cause) {
    throw malformed("cannot be decoded", cause);
  }
  const files = manifest.files.map(({ path, sha256, sizeBytes }) => ({ path, sha256, sizeBytes: Number(sizeBytes) }));
  checkFiles(files);
  return files;
}

export function bundleSizeBytes(files: readonly BundleFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Files may share their contents. */
export function distinctObjects(files: readonly BundleFile[]): readonly BundleFile[] {
  return [...new Map(files.map((file) => [file.sha256, file])).values()];
}

function checkFiles(files: readonly BundleFile[]): void {
  if (files.length === 0) throw malformed("has no files");
  if (files.length > limits.bundleFilesMax) throw tooMuch("bundleFilesMax", files.length);
  const sizes = new Map<string, number>();
  for (const { path, sha256, sizeBytes } of files) {
    const name = JSON.stringify(path.slice(0, 200));
    const mistake = bundlePathMistake(path);
    if (mistake !== undefined) throw malformed(`has a path that ${mistake}: ${name}`);
    if (!isSha256(sha256)) throw malformed(`has no digest for ${name}`);
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw malformed(`has no size for ${name}`);
    if (sizeBytes > limits.objectSizeBytesMax) throw tooMuch("objectSizeBytesMax", sizeBytes, path);
    if ((sizes.get(sha256) ?? sizeBytes) !== sizeBytes) throw malformed(`has two sizes for the contents of ${name}`);
    sizes.set(sha256, sizeBytes);
  }
  const clash = clashingPath(files.map(({ path }) => path));
  if (clash !== undefined) throw malformed(`has ${JSON.stringify(clash)} twice, or as file and folder`);
  const sizeBytes = bundleSizeBytes(files);
  if (sizeBytes > limits.bundleSizeBytesMax) throw tooMuch("bundleSizeBytesMax", sizeBytes);
}

function malformed(what: string, cause?: unknown): ArrasError {
  return new ArrasError("message-malformed", {
    message: `The manifest of a bundle ${what}`,
    action: "Compare software versions of client, coordinator and nodes.",
    cause,
  });
}

type BundleLimit = "bundleFilesMax" | "bundleSizeBytesMax" | "bundleManifestSizeBytesMax" | "objectSizeBytesMax";

function tooMuch(name: BundleLimit, found: number, path?: string): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `The scene's files pass ${name} = ${limits[name]}: ${found}`,
    action: "Split the scene, or render with --shared-fs on machines that see the same files.",
    ...(path === undefined ? {} : { place: { path } }),
  });
}
