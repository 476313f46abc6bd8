// filmSha256: the film's identity. Adapts node:crypto; which bytes are hashed is decided in canonical-film.ts.
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { canonicalChunks } from "./canonical-film.ts";
import type { FilmPlanes } from "./film-planes.ts";

/** Hexadecimal, 64 characters. Equal for equal windows, outputs, maxSpp, counts and sums, whoever rendered them. */
export function filmSha256(film: FilmPlanes): string {
  const hash = createHash("sha256");
  for (const chunk of canonicalChunks(film)) hash.update(chunk);
  return hash.digest("hex");
}

/** Chunks between two looks at what else waits: 4 MB, about 3 ms. */
const chunksPerSlice = 8;

/**
 * The same, in slices, so that the process answers meanwhile: a large film takes seconds, and a peer that hears nothing
 * for one hangs up. Undefined as soon as `isChanged` says so. What follows the await of a caller may run later than the
 * hash was finished: look at `isChanged` again.
 */
export async function filmSha256InSlices(film: FilmPlanes, isChanged: () => boolean): Promise<string | undefined> {
  const hash = createHash("sha256");
  let chunkCount = 0;
  for (const chunk of canonicalChunks(film)) {
    hash.update(chunk);
    chunkCount += 1;
    if (chunkCount % chunksPerSlice !== 0) continue;
    await setImmediate();
    if (isChanged()) return undefined;
  }
  return hash.digest("hex");
}
