// ArrasError to and from its message. Texts are cut to their limit, an unknown code becomes `internal`.
import { create } from "@bufbuild/protobuf";
import { ArrasError, type ErrorCode, type ErrorPlace, errorCodes } from "./errors.ts";
import { type ErrorDetail, ErrorDetailSchema } from "./gen/arras/v1/common_pb.ts";
import { limits } from "./limits.ts";

/** Nearly every path; six such values leave the message below what one gRPC header list carries. */
const placeTextCharsMax = 1024;

export function errorToMessage(error: ArrasError): ErrorDetail {
  return create(ErrorDetailSchema, {
    code: error.code,
    message: error.message.slice(0, limits.messageTextCharsMax),
    action: error.action.slice(0, limits.messageTextCharsMax),
    place: placeOf(error.place),
  });
}

export function errorFromMessage(detail: ErrorDetail): ArrasError {
  const code = Object.hasOwn(errorCodes, detail.code) ? (detail.code as ErrorCode) : "internal";
  return new ArrasError(code, {
    message: detail.message.slice(0, limits.messageTextCharsMax),
    action: detail.action.slice(0, limits.messageTextCharsMax),
    place: placeOf(detail.place),
  });
}

const placeKeys = ["session", "computation", "node", "unit", "path", "setting"] as const satisfies (keyof ErrorPlace)[];

/** Only what a place can have, cut to its limit. */
function placeOf(place: Readonly<Partial<Record<string, string>>> | ErrorPlace): Record<string, string> {
  const known: Record<string, string> = {};
  for (const key of placeKeys) {
    const value = (place as ErrorPlace)[key];
    if (value !== undefined) known[key] = value.slice(0, placeTextCharsMax);
  }
  return known;
}
