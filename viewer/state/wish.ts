// The user's choices as a wish to the coordinator (preview.proto).
import { create } from "@bufbuild/protobuf";
import { PreviewEncoding, type PreviewWish, PreviewWishSchema } from "../../proto/gen/arras/v1/preview_pb.ts";
import { mayBePicture, type ViewChoices, wishedOutputs } from "./view-choices.ts";

/** `sentAs`: what is sent now; UNSPECIFIED: not known. */
export function wishOf(choices: ViewChoices, sentAs: PreviewEncoding): PreviewWish {
  const encoding = encodingOf(choices);
  const outputs = wishedOutputs(choices);
  const isPicture =
    encoding === PreviewEncoding.WEBP || (encoding === PreviewEncoding.AUTO && sentAs === PreviewEncoding.WEBP);
  // Half floats are exposed here: a change of exposure must not ask for all tiles anew.
  if (!isPicture) return create(PreviewWishSchema, { outputs, encoding });
  const { exposureStops, tone } = choices;
  return create(PreviewWishSchema, { outputs, encoding, exposureStops, tone });
}

/** Equal wishes have equal keys. */
export function wishKey(wish: PreviewWish): string {
  return JSON.stringify([wish.outputs, wish.encoding, wish.exposureStops, wish.tone]);
}

function encodingOf(choices: ViewChoices): PreviewEncoding {
  if (choices.quality === "half" || !mayBePicture(choices)) return PreviewEncoding.HALF;
  return choices.quality === "webp" ? PreviewEncoding.WEBP : PreviewEncoding.AUTO;
}
