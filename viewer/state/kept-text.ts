// Finished images that the farm keeps, in words and addresses. Pure. No address has a token in it: the browser's login does.
import type { KeptImage, KeptImages } from "../../proto/gen/arras/v1/images_pb.ts";
import { bytesText } from "./session-text.ts";

type OfSession = Pick<KeptImages, "sessionId">;

/** Of the session's page. */
export function pathOf({ sessionId }: OfSession): string {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

export function imagePath(kept: OfSession, { name }: Pick<KeptImage, "name">): string {
  return `${pathOf(kept)}/images/${encodeURIComponent(name)}`;
}

/** For screen readers too, to whom "film.exr" alone says little. */
export function imageText({ name, sizeBytes }: Pick<KeptImage, "name" | "sizeBytes">): string {
  return `${name}, ${bytesText(Number(sizeBytes))}`;
}

export function keptSamplesText({ sppMean }: Pick<KeptImages, "sppMean">): string {
  return `${Number(sppMean.toFixed(1))} spp`;
}

/** What can be shown by itself; undefined: there is none. */
export function pictureOf({ images }: Pick<KeptImages, "images">): KeptImage | undefined {
  return images.find(({ contentType }) => contentType === "image/png");
}
