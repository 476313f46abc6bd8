// `preview.png?aov=normal&size=640&exposure=1.5&tone=filmic` → what the merger is asked for. Pure.
import { create } from "@bufbuild/protobuf";
import { ArrasError } from "../../proto/errors.ts";
import {
  DisplayFormatSchema,
  type EncodeImageRequest,
  EncodeImageRequestSchema,
} from "../../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../../proto/limits.ts";

const encodings: Readonly<Record<string, { readonly encoding: string; readonly contentType: string }>> = {
  "preview.png": { encoding: "png", contentType: "image/png" },
  "preview.jpg": { encoding: "jpeg", contentType: "image/jpeg" },
  "preview.webp": { encoding: "webp", contentType: "image/webp" },
};

const known = ["aov", "size", "exposure", "tone", "quality"];

export interface PictureQuery {
  readonly request: EncodeImageRequest;
  readonly contentType: string;
}

/** Throws `usage` with what is wrong, `object-missing` for another name than preview.png, .jpg or .webp. */
export function pictureQuery(sessionId: string, name: string, query: URLSearchParams): PictureQuery {
  const form = encodings[name];
  if (form === undefined) {
    throw new ArrasError("object-missing", {
      message: `A session has no ${JSON.stringify(name.slice(0, 40))}`,
      action: `Ask for ${Object.keys(encodings).join(", ")}.`,
    });
  }
  const odd = [...query.keys()].find((key) => !known.includes(key));
  if (odd !== undefined) throw bad(odd, query.get(odd) ?? "", `one of ${known.join(", ")}`);
  const maxSidePx = wholeNumber(query, "size", 1, limits.filmSidePxMax);
  const quality = wholeNumber(query, "quality", 1, 100);
  const exposure = Number(query.get("exposure") ?? 0);
  if (!Number.isFinite(exposure) || Math.abs(exposure) > 100)
    throw bad("exposure", query.get("exposure") ?? "", "a number of stops from -100 to 100");
  const value = create(DisplayFormatSchema, {
    encoding: form.encoding,
    exposureStops: exposure,
    tone: query.get("tone") ?? "srgb",
    quality,
    output: query.get("aov") ?? "",
    maxSidePx,
  });
  const request = create(EncodeImageRequestSchema, { sessionId, format: { case: "display", value } });
  return { request, contentType: form.contentType };
}

/** 0: not given. */
function wholeNumber(query: URLSearchParams, name: string, min: number, max: number): number {
  const text = query.get(name);
  if (text === null) return 0;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw bad(name, text, `a whole number from ${min} to ${max}`);
  return value;
}

function bad(name: string, text: string, wanted: string): ArrasError {
  return new ArrasError("usage", {
    message: `${name}=${JSON.stringify(text.slice(0, 40))} in the address is not ${wanted}`,
    action: "Correct the address.",
  });
}
