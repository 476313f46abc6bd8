// What of the finished images a caller may see, and which file he means.
import { type Caller, mayTouch } from "../../host/door/caller.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { KeptImage, KeptImages } from "../../proto/gen/arras/v1/images_pb.ts";
import type { ImageShelf } from "./image-shelf.ts";

/** The newest first. Rejects as the shelf does. */
export async function visibleImages(shelf: Pick<ImageShelf, "list">, caller: Caller): Promise<KeptImages[]> {
  return (await shelf.list()).filter(({ user }) => mayTouch(caller, user));
}

/** undefined: there are none, or they are another user's. Rejects as the shelf does. */
export async function visibleImagesOf(
  shelf: Pick<ImageShelf, "find">,
  sessionId: string,
  caller: Caller,
): Promise<KeptImages | undefined> {
  const images = await shelf.find(sessionId);
  return images !== undefined && mayTouch(caller, images.user) ? images : undefined;
}

/** Rejects with `session-missing` for another user's, too. */
export async function imagesOf(
  shelf: Pick<ImageShelf, "find">,
  sessionId: string,
  caller: Caller,
): Promise<KeptImages> {
  const images = await visibleImagesOf(shelf, sessionId, caller);
  if (images !== undefined) return images;
  throw new ArrasError("session-missing", {
    message: `No finished images are kept of session ${JSON.stringify(sessionId.slice(0, 80))}`,
    action:
      "Images come some seconds after a session's end and go when they are old: see arras-farm images, or the session's events.",
  });
}

/** Throws `object-missing`. */
export function imageNamed({ images, sessionId }: KeptImages, name: string): KeptImage {
  const image = images.find((each) => each.name === name);
  if (image !== undefined) return image;
  throw new ArrasError("object-missing", {
    message: `Session ${sessionId} has no finished image ${JSON.stringify(name.slice(0, 80))}`,
    action: `There is ${images.map((each) => each.name).join(" and ")}.`,
  });
}
