// ArrasError to and from gRPC: the status carries the class, the metadata key `arras-error-bin` the whole error.
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import { errorFromMessage, errorToMessage } from "../proto/error-message.ts";
import { ArrasError, type ErrorCode, errorCodes, grpcStatus } from "../proto/errors.ts";
import { ErrorDetailSchema } from "../proto/gen/arras/v1/common_pb.ts";

const errorKey = "arras-error-bin";
const detailsCharsMax = 512;

/** What a server passes to a callback, or emits as "error" on a stream. */
export function toGrpcError(thrown: unknown): Partial<StatusObject> & Error {
  const error = ArrasError.from(thrown);
  const metadata = new Metadata();
  metadata.set(errorKey, Buffer.from(toBinary(ErrorDetailSchema, errorToMessage(error))));
  const code = grpcStatus[errorCodes[error.code].grpc];
  // The whole error is in the metadata; header lists end at 64 KiB (nghttp2's default), and this one is percent-encoded.
  const details = error.message.slice(0, detailsCharsMax);
  return Object.assign(new Error(details), { code, details, metadata });
}

/** What a client makes of a failed call. `peer` names the other side for people. */
export function fromGrpcError(thrown: unknown, peer: string): ArrasError {
  if (thrown instanceof ArrasError) return thrown;
  const failure = thrown as Partial<ServiceError>;
  const ours = carriedError(failure.metadata?.get(errorKey)[0]);
  if (ours !== undefined) return ours;
  return new ArrasError(codeOf(failure.code), {
    message: `Talking to ${peer} failed: ${plainDetails(failure.details ?? failure.message ?? "unknown")}`,
    action: "If it is still running, try again.",
    cause: thrown,
  });
}

/** Without what grpc-js 1.14 wraps round the reason for which there is no connection. */
function plainDetails(details: string): string {
  return details
    .replace(/^No connection established\. Last error: (?:Error: )?/, "")
    .replace(/\. Resolution note: .*$/, "");
}

/** Undefined for a failure that carries none of ours, or bytes that are none. */
function carriedError(detail: unknown): ArrasError | undefined {
  if (!(detail instanceof Uint8Array)) return undefined;
  try {
    return errorFromMessage(fromBinary(ErrorDetailSchema, detail));
  } catch {
    return undefined;
  }
}

/** For failures that gRPC itself reports, which carry no error of ours. */
function codeOf(code: number | undefined): ErrorCode {
  if (code === status.CANCELLED) return "cancelled";
  if (code === status.DEADLINE_EXCEEDED) return "timed-out";
  if (code === status.UNAVAILABLE) return "unavailable";
  if (code === status.RESOURCE_EXHAUSTED) return "limit-exceeded";
  return "internal";
}
