// Beginnings of ids.
import fc from "fast-check";
import { expect, it } from "vitest";
import { meantId, tellingChars } from "../../../../cli/farm-command/id-prefix.ts";

it("a whole id, a beginning that one has -> that one; also where it begins another", () => {
  const ids = ["3f0c-1", "3f0c-12", "77"];
  expect(meantId("session", "7", ids)).toBe("77");
  expect(meantId("session", "3f0c-1", ids)).toBe("3f0c-1");
});

it("a beginning that none or several have -> refused, with some that there are", () => {
  expect(() => meantId("node", "x", ["a"])).toThrow(expect.objectContaining({ code: "node-missing" }));
  expect(() => meantId("session", "x", [])).toThrow(expect.objectContaining({ code: "session-missing" }));
  expect(() => meantId("session", "a", ["a1", "a2"])).toThrow(
    expect.objectContaining({ code: "usage", message: '"a" is the beginning of 2 sessions: a1, a2' }),
  );
  expect(() => meantId("node", "a", ["a1", "a2", "a3", "a4", "a5"])).toThrow(/a4, …/);
});

it("any ids -> as many characters as a table shows find each again", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 50 }), (ids) => {
      const chars = tellingChars(ids);
      for (const id of ids) expect(meantId("session", id.slice(0, chars), ids)).toBe(id);
    }),
  );
});
