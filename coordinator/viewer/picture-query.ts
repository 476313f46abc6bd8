// `preview.png?aov=normal&size=640&exposure=1.5&tone=filmic`, `picture.exr?aov=beauty,depth` → what the merger is asked
// for. Pure.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ArrasError } from "../../proto/errors.ts";
import {
  DisplayFormatSchema,
  type EncodeImageRequest,
  EncodeImageRequestSchema,
  ExrFormatSchema,
} from "../../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../../proto/limits.ts";

const encodings: Readonly<Record<string, { readonly encoding: string; readonly contentType: string }>> = {
  "preview.png": { encoding: "png", contentType: "image/png" },
  "preview.jpg": { encoding: "jpeg", contentType: "image/jpeg" },
  "preview.webp": { encoding: "webp", contentType: "image/webp" },
};
const exrName = "picture.exr";

const displayKeys = ["aov", "size", "exposure", "tone", "quality"];
const exrKeys = ["aov", "type", "compression", "parts"];

export interface PictureQuery {
  readonly request: EncodeImageRequest;
  readonly contentType: string;
}

/** Throws `usage` with what is wrong, `object-missing` for another name than preview.png, .jpg, .webp or picture.exr. */
export function pictureQuery(sessionId: string, name: string, query: URLSearchParams): PictureQuery {
  if (name === exrName) return { request: exrRequest(sessionId, query), contentType: "image/x-exr" };
  const form = encodings[name];
  if (form === undefined) {
    const names = [...Object.keys(encodings), exrName, "preview.mjpeg"];
    throw new ArrasError("object-missing", {
      message: `A session has no ${JSON.stringify(name.slice(0, 40))}`,
      action: `Ask for ${names.join(", ")}.`,
    });
  }
  refuseUnknown(query, displayKeys);
  return { request: displayRequest(sessionId, form.encoding, query), contentType: form.contentType };
}

/** `preview.mjpeg`: as preview.jpg, and `fps`. Throws `usage` with what is wrong. */
export function motionQuery(
  sessionId: string,
  query: URLSearchParams,
): { readonly request: EncodeImageRequest; readonly intervalMs: number } {
  refuseUnknown(query, [...displayKeys, "fps"]);
  const perSecond = wholeNumber(query, "fps", 1, limits.motionPicturesPerSecondMax) || motionPicturesPerSecond;
  return { request: displayRequest(sessionId, "jpeg", query), intervalMs: 1000 / perSecond };
}

/** Each takes the film's thread as long as merging some units does. */
const motionPicturesPerSecond = 4;

function displayRequest(sessionId: string, encoding: string, query: URLSearchParams): EncodeImageRequest {
  const maxSidePx = wholeNumber(query, "size", 1, limits.filmSidePxMax);
  const quality = wholeNumber(query, "quality", 1, 100);
  const exposure = Number(query.get("exposure") ?? 0);
  if (!Number.isFinite(exposure) || Math.abs(exposure) > 100)
    throw bad("exposure", query.get("exposure") ?? "", "a number of stops from -100 to 100");
  const value = create(DisplayFormatSchema, {
    encoding,
    exposureStops: exposure,
    tone: query.get("tone") ?? "srgb",
    quality,
    output: query.get("aov") ?? "",
    maxSidePx,
  });
  return requestOf(sessionId, { case: "display", value });
}

function exrRequest(sessionId: string, query: URLSearchParams): EncodeImageRequest {
  refuseUnknown(query, exrKeys);
  const outputs = (query.get("aov") ?? "").split(",").filter((name) => name !== "");
  if (new Set(outputs).size < outputs.length) throw bad("aov", outputs.join(), "a list without repeats");
  const value = create(ExrFormatSchema, {
    compression: query.get("compression") ?? "zip",
    pixelType: query.get("type") ?? "half",
    parts: query.get("parts") ?? "multi",
    outputs,
  });
  return requestOf(sessionId, { case: "exr", value });
}

function requestOf(
  sessionId: string,
  format: MessageInitShape<typeof EncodeImageRequestSchema>["format"],
): EncodeImageRequest {
  return create(EncodeImageRequestSchema, { sessionId, ...(format === undefined ? {} : { format }) });
}

function refuseUnknown(query: URLSearchParams, known: readonly string[]): void {
  const odd = [...query.keys()].find((key) => !known.includes(key));
  if (odd !== undefined) throw bad(odd, query.get(odd) ?? "", `one of ${known.join(", ")}`);
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
