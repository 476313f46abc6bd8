// filmSha256: the film's identity. Adapts node:crypto; which bytes are hashed is decided in canonical-film.ts.
import { createHash } from "node:crypto";
import { canonicalChunks } from "./canonical-film.ts";
import type { FilmPlanes } from "./film-planes.ts";

/** Hexadecimal, 64 characters. Equal for equal windows, outputs, maxSpp, counts and sums, whoever rendered them. */
export function filmSha256(film: FilmPlanes): string {
  const hash = createHash("sha256");
  for (const chunk of canonicalChunks(film)) hash.update(chunk);
  return hash.digest("hex");
}
