// Which finished images are too old, too many or too large together. Pure.
import type { KeptImages } from "../../proto/gen/arras/v1/images_pb.ts";

export interface ImageBounds {
  readonly sessionsMax: number;
  readonly keptMs: number;
  /** Of the store: all that it may take. */
  readonly capacityBytes: number;
}

/** Of the store; the rest is for what is being written. */
const filledShareMax = 0.75;

export function sizeBytesOf({ images }: KeptImages): number {
  return images.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0);
}

export function newestFirst(all: readonly KeptImages[]): KeptImages[] {
  return [...all].sort((a, b) => Number(b.savedAtMs - a.savedAtMs));
}

export function isExpired({ savedAtMs }: KeptImages, keptMs: number, wallMs: number): boolean {
  return wallMs - Number(savedAtMs) > keptMs;
}

/** The oldest that are too many or too large, and all that are too old. */
export function imagesToRemove(all: readonly KeptImages[], bounds: ImageBounds, wallMs: number): KeptImages[] {
  let sizeBytes = 0;
  return newestFirst(all).filter((images, age) => {
    sizeBytes += sizeBytesOf(images);
    const isTooMuch = age >= bounds.sessionsMax || (age > 0 && sizeBytes > bounds.capacityBytes * filledShareMax);
    return isTooMuch || isExpired(images, bounds.keptMs, wallMs);
  });
}
