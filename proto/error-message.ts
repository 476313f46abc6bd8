// ArrasError to and from its message. Texts are cut to their limit, an unknown code becomes `internal`.
import { create } from "@bufbuild/protobuf";
import { ArrasError, type ErrorCode, type ErrorPlace, errorCodes } from "./errors.ts";
import { type ErrorDetail, ErrorDetailSchema } from "./gen/arras/v1/common_pb.ts";
import { limits } from "./limits.ts";

export function errorToMessage(error: ArrasError): ErrorDetail {
  return create(ErrorDetailSchema, {
    code: error.code,
    message: error.message.slice(0, limits.messageTextCharsMax),
    action: error.action.slice(0, limits.messageTextCharsMax),
    place: Object.fromEntries(Object.entries(error.place).filter(([, value]) => value !== undefined)),
  });
}

export function errorFromMessage(detail: ErrorDetail): ArrasError {
  const code = Object.hasOwn(errorCodes, detail.code) ? (detail.code as ErrorCode) : "internal";
  return new ArrasError(code, {
    message: detail.message.slice(0, limits.messageTextCharsMax),
    action: detail.action.slice(0, limits.messageTextCharsMax),
    place: detail.place as ErrorPlace,
  });
}
