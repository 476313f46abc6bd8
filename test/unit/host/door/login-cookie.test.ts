import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rights } from "../../../../host/door/caller.ts";
import { cookieName, loginCookieMsMax, openCookie, sealCaller } from "../../../../host/door/login-cookie.ts";

const key = new Uint8Array(32).fill(7);
const ada = { user: "ada", right: "submit" } as const;

describe("a login cookie", () => {
  it("any caller, beside other cookies -> who it was, until its time is over", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...rights), (user, right) => {
        const header = `other=1; a-8888=${sealCaller({ user, right }, { key, nowMs: 5 })}; last=2`;
        const at = (nowMs: number) => openCookie(header, "a-8888", { key, nowMs });
        expect([at(5), at(4 + loginCookieMsMax), at(5 + loginCookieMsMax)]).toEqual([
          { user, right },
          { user, right },
          undefined,
        ]);
      }),
    );
  });

  it("any change of any character -> nobody", () => {
    const value = sealCaller(ada, { key, nowMs: 0 });
    fc.assert(
      fc.property(fc.nat(value.length - 1), fc.constantFrom(..."ABCabc019-_."), (index, character) => {
        const changed = value.slice(0, index) + character + value.slice(index + 1);
        const caller = openCookie(`a=${changed}`, "a", { key, nowMs: 0 });
        // The last character of a base64 text has bits that mean nothing.
        if (changed !== value && index !== value.length - 1) expect(caller).toBeUndefined();
      }),
    );
  });

  it("another process's key, another port's cookie, none, nonsense -> nobody", () => {
    const value = sealCaller(ada, { key: new Uint8Array(32), nowMs: 0 });
    for (const header of [`a=${value}`, `b=${sealCaller(ada, { key, nowMs: 0 })}`, undefined, "", "a=", "a=.", "a=x.y"])
      expect(openCookie(header, "a", { key, nowMs: 0 })).toBeUndefined();
  });

  it("two doors on one host -> two names", () => {
    expect([
      cookieName("localhost:8888"),
      cookieName("localhost:9999"),
      cookieName("farm"),
      cookieName(undefined),
    ]).toEqual(["arras-login-8888", "arras-login-9999", "arras-login-0", "arras-login-0"]);
  });
});
