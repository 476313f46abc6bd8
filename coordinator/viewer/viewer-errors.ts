// What viewers are refused with.
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";

export function tooManyViewers(): ArrasError {
  return new ArrasError("unavailable", {
    message: `viewersMax = ${limits.viewersMax} look at the session already`,
    action: "Close some of them.",
  });
}
