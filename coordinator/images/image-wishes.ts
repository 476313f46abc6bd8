// Which files are kept of a session that has ended, and what is said of them. Pure.
import { create } from "@bufbuild/protobuf";
import {
  DisplayFormatSchema,
  type EncodeImageRequest,
  EncodeImageRequestSchema,
  ExrFormatSchema,
} from "../../proto/gen/arras/v1/film_pb.ts";
import { type KeptImage, type KeptImages, KeptImagesSchema } from "../../proto/gen/arras/v1/images_pb.ts";
import type { SessionRecord } from "../../proto/gen/arras/v1/record_pb.ts";
import type { SessionEvent } from "../../proto/gen/arras/v1/session_pb.ts";
import { keptImagesFormat } from "./image-archive.ts";

export interface ImageWish {
  readonly name: string;
  readonly contentType: string;
  readonly request: EncodeImageRequest;
}

/** None of a session that has no samples. `final`: its last event. */
export function imageWishes({ spec }: SessionRecord, final: SessionEvent | undefined): ImageWish[] {
  if ((final?.receipt?.sampleCount ?? 0n) === 0n) return [];
  const metadata = final?.totals?.metadata;
  const asked = (format: EncodeImageRequest["format"]) =>
    create(EncodeImageRequestSchema, { format, ...(metadata === undefined ? {} : { metadata }) });
  const { exr, display } = spec?.images ?? {};
  // The picture is made first, as it is small: whoever looks for the frame has it even where the store is filled by the other.
  return [
    {
      name: "picture.png",
      contentType: "image/png",
      request: asked({
        case: "display",
        value: { ...(display ?? create(DisplayFormatSchema)), encoding: "png", withOrigin: true },
      }),
    },
    {
      name: "film.exr",
      contentType: "image/x-exr",
      request: asked({ case: "exr", value: exr ?? create(ExrFormatSchema) }),
    },
  ];
}

export interface KeptMoment {
  readonly scene: string;
  /** Milliseconds since 1970. */
  readonly savedAtMs: number;
}

export function keptImages(
  { sessionId, user, spec }: SessionRecord,
  final: SessionEvent,
  images: readonly KeptImage[],
  { scene, savedAtMs }: KeptMoment,
): KeptImages {
  return create(KeptImagesSchema, {
    format: keptImagesFormat,
    sessionId,
    user,
    scene,
    state: final.state,
    filmSha256: final.receipt?.filmSha256 ?? "",
    sppMean: final.receipt?.sppMean ?? 0,
    widthPx: spec?.film?.widthPx ?? 0,
    heightPx: spec?.film?.heightPx ?? 0,
    savedAtMs: BigInt(Math.round(savedAtMs)),
    images: [...images],
  });
}
