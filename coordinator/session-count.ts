// Whether one more session may be taken in. Pure.
import { ArrasError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";

/**
 * `users`: of all sessions of the farm that there are, in any state. Where nobody logs in, all are one user's, who is held
 * to nothing but the whole. Throws `limit-exceeded`, or `rate-exceeded` for what is one user's own doing.
 */
export function checkSessionCount(users: readonly string[], user: string): void {
  if (users.length >= limits.sessionsMax) {
    throw new ArrasError("limit-exceeded", {
      message: `The farm holds sessionsMax = ${limits.sessionsMax} sessions`,
      action: "Close some, or try again later.",
    });
  }
  if (user === "" || users.filter((each) => each === user).length < limits.sessionsPerUserMax) return;
  throw new ArrasError("rate-exceeded", {
    message: `The user ${user} has sessionsPerUserMax = ${limits.sessionsPerUserMax} sessions`,
    action: "Close some of them (arras-farm sessions lists them), or wait until they have ended.",
  });
}
