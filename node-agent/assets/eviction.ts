// Which objects leave a cache so that something new fits: the least recently used, and none that is in use. Pure.

export interface CachedObject {
  readonly digest: string;
  readonly sizeBytes: number;
  /** A bundle's folder holds it, of whatever agent. */
  readonly isInUse: boolean;
  /** When it was last taken into a bundle's folder, or let go by one. */
  readonly usedAtMs: number;
}

export type Eviction =
  | { readonly t: "fits"; readonly evicted: readonly CachedObject[] }
  /** Not even without all that is not in use. */
  | { readonly t: "full"; readonly inUseBytes: number };

/** Room for `neededBytes` more in a cache that may have `sizeBytesMax`. */
export function evictionFor(objects: readonly CachedObject[], sizeBytesMax: number, neededBytes: number): Eviction {
  let overBytes = sizeOf(objects) + neededBytes - sizeBytesMax;
  if (overBytes <= 0) return { t: "fits", evicted: [] };
  const idle = objects.filter(({ isInUse }) => !isInUse).sort((a, b) => a.usedAtMs - b.usedAtMs);
  const evicted: CachedObject[] = [];
  for (const object of idle) {
    if (overBytes <= 0) break;
    // Nothing is gained by it.
    if (object.sizeBytes === 0) continue;
    evicted.push(object);
    overBytes -= object.sizeBytes;
  }
  if (overBytes <= 0) return { t: "fits", evicted };
  return { t: "full", inUseBytes: sizeOf(objects.filter(({ isInUse }) => isInUse)) };
}

export function sizeOf(objects: readonly { readonly sizeBytes: number }[]): number {
  return objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
