import { describe, expect, it } from "vitest";
import { checkSessionCount } from "../../../coordinator/session-count.ts";
import { limits } from "../../../proto/limits.ts";

const sessions = (count: number, user: string) => Array<string>(count).fill(user);
const checked = (users: readonly string[], user: string) => () => checkSessionCount(users, user);

describe("one more session", () => {
  it("below both bounds -> taken", () => {
    expect(checked([], "ada")).not.toThrow();
    expect(checked(sessions(limits.sessionsPerUserMax - 1, "ada"), "ada")).not.toThrow();
  });

  it("a user has as many as one may -> rate-exceeded for him, and another is taken", () => {
    const users = sessions(limits.sessionsPerUserMax, "ada");
    expect(checked(users, "ada")).toThrow(expect.objectContaining({ code: "rate-exceeded" }));
    expect(checked(users, "bob")).not.toThrow();
  });

  it("the farm has as many as it may -> limit-exceeded for all", () => {
    const users = sessions(limits.sessionsMax, "ada");
    for (const user of ["ada", "bob", ""])
      expect(checked(users, user)).toThrow(expect.objectContaining({ code: "limit-exceeded" }));
  });

  it("nobody logs in -> only the farm's own bound counts", () => {
    expect(checked(sessions(limits.sessionsMax - 1, ""), "")).not.toThrow();
  });
});
