// A request that HTTP has a number of its own for. Pure.
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";

export class Refusal extends ArrasError {
  readonly status: number;

  constructor(status: number, message: string, action: string) {
    super(status === 403 ? "not-allowed" : "usage", { message, action });
    this.status = status;
  }
}

/** undefined: as the error's code has it. */
export function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof Refusal ? thrown.status : undefined;
}

/** Without the query, which may have a token in it. */
export function notHere(path: string): Refusal {
  return new Refusal(404, `There is nothing at ${path.slice(0, 200)}`, "Is the address right?");
}

export function otherMethod(method: string, path: string, allowed: readonly string[]): Refusal {
  return new Refusal(405, `${method} is not what ${path.slice(0, 200)} answers`, `Use ${allowed.join(" or ")}.`);
}

/** Throws 414 and 413. `contentLength`: the header. */
export function checkSizes(url: string, contentLength: string | undefined): void {
  if (url.length > limits.httpUrlCharsMax) {
    const message = `An address has more than httpUrlCharsMax = ${limits.httpUrlCharsMax} characters`;
    throw new Refusal(414, message, "Shorten it.");
  }
  if (Number(contentLength ?? 0) > limits.httpBodySizeBytesMax) {
    const message = `A request has more than httpBodySizeBytesMax = ${limits.httpBodySizeBytesMax} bytes`;
    throw new Refusal(413, message, "Send less.");
  }
}
