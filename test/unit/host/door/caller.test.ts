import { describe, expect, it } from "vitest";
import { everybody, hasRight, mayTouch, nobody, requireRight, rights } from "../../../../host/door/caller.ts";

const ada = (right: (typeof rights)[number]) => ({ user: "ada", right });

describe("rights", () => {
  it("each -> has those before it, not those behind", () => {
    const held = rights.map((right) => rights.filter((wanted) => hasRight(ada(right), wanted)));
    expect(held).toEqual([["watch"], ["watch", "submit"], ["watch", "submit", "operate"]]);
  });

  it("nobody has any; everybody, where nobody logs in, has all", () => {
    expect(rights.map((right) => [hasRight(nobody, right), hasRight(everybody, right)])).toEqual(
      rights.map(() => [false, true]),
    );
  });

  it("a missing right -> not-allowed, names user and right", () => {
    expect(() => requireRight(ada("submit"), "submit")).not.toThrow();
    expect(() => requireRight(ada("watch"), "submit")).toThrow(
      expect.objectContaining({ code: "not-allowed", message: "The user ada has not the right to submit" }),
    );
  });

  it("a session -> its user's, and an operator's", () => {
    expect([mayTouch(ada("watch"), "ada"), mayTouch(ada("submit"), "bob"), mayTouch(ada("operate"), "bob")]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
