// A digest of what a unit came to, by which two nodes' results are compared. Planes are canonical (the same values always
// have the same encoding), so equal sums give equal bytes.
import { createHash } from "node:crypto";
import type { WirePlane } from "../../proto/wire-plane.ts";

/** SHA-256, 32 bytes. Of the planes' encodings, sizes and bytes, in the order of the film's channels. */
export function unitSums(planes: readonly WirePlane[]): Uint8Array<ArrayBuffer> {
  const hash = createHash("sha256");
  for (const { encoding, bytes } of planes) hash.update(`${encoding} ${bytes.length}\n`).update(bytes);
  return new Uint8Array(hash.digest());
}
