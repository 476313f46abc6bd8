import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rights } from "../../../../host/door/caller.ts";
import {
  cookieName,
  cookieValue,
  openSealed,
  type Purpose,
  sealCaller,
  sealedMsMax,
} from "../../../../host/door/sealed-caller.ts";

const key = new Uint8Array(32).fill(7);
const ada = { user: "ada", right: "submit" } as const;
const purposes: readonly Purpose[] = ["cookie", "letter"];

describe("a sealed caller", () => {
  it("any caller -> who it was, until its time is over, for its purpose alone", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...rights), fc.constantFrom(...purposes), (user, right, purpose) => {
        const value = sealCaller({ user, right }, purpose, { key, nowMs: 5 });
        const at = (nowMs: number) => openSealed(value, purpose, { key, nowMs });
        const last = 4 + sealedMsMax[purpose];
        expect([at(5), at(last), at(last + 1)]).toEqual([{ user, right }, { user, right }, undefined]);
        const other = purpose === "cookie" ? "letter" : "cookie";
        expect(openSealed(value, other, { key, nowMs: 5 })).toBeUndefined();
      }),
    );
  });

  it("any change of any character -> nobody", () => {
    const value = sealCaller(ada, "cookie", { key, nowMs: 0 });
    fc.assert(
      fc.property(fc.nat(value.length - 2), fc.constantFrom(..."ABCabc019-_."), (index, character) => {
        const changed = value.slice(0, index) + character + value.slice(index + 1);
        if (changed !== value) expect(openSealed(changed, "cookie", { key, nowMs: 0 })).toBeUndefined();
      }),
    );
  });

  it("another farm's key, nothing, nonsense -> nobody", () => {
    const other = sealCaller(ada, "cookie", { key: new Uint8Array(32), nowMs: 0 });
    for (const value of [other, "", ".", "x.y", "....", "%"])
      expect(openSealed(value, "cookie", { key, nowMs: 0 })).toBeUndefined();
  });
});

describe("a cookie", () => {
  it("two doors on one host -> two names", () => {
    expect(["localhost:8888", "localhost:9999", "farm", undefined].map(cookieName)).toEqual([
      "arras-login-8888",
      "arras-login-9999",
      "arras-login-0",
      "arras-login-0",
    ]);
  });

  it("among others -> its own value; of another name -> none", () => {
    const header = "other=1; arras-login-1=a.b;  arras-login-2=c=d";
    expect(["arras-login-1", "arras-login-2", "arras-login-3"].map((name) => cookieValue(header, name))).toEqual([
      "a.b",
      "c=d",
      "",
    ]);
    expect(cookieValue(undefined, "x")).toBe("");
  });
});
