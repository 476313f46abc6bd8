// Which finished images there are, in key-value, by session.
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Clock } from "../../host/clock.ts";
import type { KeyValue } from "../../host/nats/key-value.ts";
import { type KeptImages, KeptImagesSchema } from "../../proto/gen/arras/v1/images_pb.ts";
import { isSha256 } from "../../proto/sha256.ts";
import { SessionArchive } from "../records/session-archive.ts";
import { isSessionId } from "../records/session-record.ts";

export const keptImagesFormat = 1;

export class ImageArchive extends SessionArchive<KeptImages> {
  constructor(store: KeyValue, clock: Clock) {
    const toBytes = (images: KeptImages) => toBinary(KeptImagesSchema, images);
    super({ store, clock, toBytes, fromBytes: keptImagesFromBytes, nameOf: (key) => `What is kept of ${key}` });
  }
}

/** undefined: of another version, or nobody's. */
export function keptImagesFromBytes(bytes: Uint8Array): KeptImages | undefined {
  try {
    const images = fromBinary(KeptImagesSchema, bytes);
    const isSound =
      images.format === keptImagesFormat &&
      isSessionId(images.sessionId) &&
      images.images.length > 0 &&
      images.images.every(({ name, digest }) => /^[a-z]+\.[a-z]+$/.test(name) && isSha256(digest));
    return isSound ? images : undefined;
  } catch {
    return undefined;
  }
}
