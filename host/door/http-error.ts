// Errors as HTTP has them: a status, and the error as JSON or as text, whichever the client asks for. Pure.
import { ArrasError, errorCodes, type grpcStatus } from "../../proto/errors.ts";

const statusOf: Readonly<Record<keyof typeof grpcStatus, number>> = {
  CANCELLED: 503,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 409,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  PERMISSION_DENIED: 403,
  UNAUTHENTICATED: 401,
};

export interface HttpError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `accept`: the header of the request. `status` where HTTP has a number of its own for it. */
export function httpError(thrown: unknown, accept: string | undefined, status?: number): HttpError {
  const error = ArrasError.from(thrown);
  const wantsJson = /\bapplication\/(?:[a-z.+-]+\+)?json\b/i.test(accept ?? "");
  const { code, message, action } = error;
  return {
    status: status ?? statusOf[errorCodes[code].grpc],
    headers: {
      "content-type": wantsJson ? "application/json" : "text/plain; charset=utf-8",
      ...(code === "unauthenticated" ? { "www-authenticate": 'Bearer realm="arras"' } : {}),
      ...(code === "rate-exceeded" ? { "retry-after": "1" } : {}),
    },
    body: wantsJson ? `${JSON.stringify({ error: { code, message, action } })}\n` : `${error.toString()}\n`,
  };
}
