import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { everybody } from "../../../../host/door/caller.ts";
import { Doorkeeper, type DoorkeeperOptions } from "../../../../host/door/doorkeeper.ts";
import { sealedMsMax } from "../../../../host/door/sealed-caller.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";

const token = "0123456789abcdef0123456789abcdef";
const tokens = [
  { user: "ada", right: "submit", sha256: createHash("sha256").update(token).digest() },
] as const satisfies DoorkeeperOptions["tokens"];
const stranger = { address: "10.0.0.1", authorization: undefined, certificateName: undefined };
const ada = { ...stranger, authorization: `Bearer ${token}` };

function keeper(options: Partial<DoorkeeperOptions> = {}) {
  const clock = new FakeClock();
  const sealKey = new Uint8Array(32).fill(1);
  const wallClockMs = () => clock.nowMs();
  return {
    keeper: new Doorkeeper({ tokens, needsCertificate: false, clock, wallClockMs, sealKey, ...options }),
    clock,
  };
}

describe("a door with tokens", () => {
  it("the right token -> its user; in any case of the word Bearer", () => {
    expect(keeper().keeper.admit(ada, "submit")).toEqual({ user: "ada", right: "submit" });
    expect(keeper().keeper.admit({ ...ada, authorization: `bearer ${token}` }, "watch").user).toBe("ada");
  });

  it.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    token,
    `Basic ${token}`,
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Bearer ${token} ${token}`,
  ])("%j -> unauthenticated, and the token is not repeated", (authorization) => {
    const attempt = () => keeper().keeper.admit({ ...stranger, authorization }, "watch");
    expect(attempt).toThrow(expect.objectContaining({ code: "unauthenticated" }));
    expect(attempt).not.toThrow(token.slice(1));
  });

  it("a right that the token lacks -> not-allowed", () => {
    expect(() => keeper().keeper.admit(ada, "operate")).toThrow(expect.objectContaining({ code: "not-allowed" }));
  });

  it("what is open to all -> no token is asked for, and nobody's rights are given", () => {
    expect(keeper().keeper.admit(stranger, "open").right).toBeUndefined();
  });

  it("a token for a cookie -> the cookie is as good as the token, for its time; a wrong token -> none", () => {
    const { keeper: door, clock } = keeper();
    const host = "farm:8888";
    const { name, value } = door.exchange(token, { ...stranger, host });
    const browser = { ...stranger, host, cookie: `${name}=${value}` };
    expect(door.admit(browser, "submit")).toEqual({ user: "ada", right: "submit" });
    expect(value).not.toContain(token);
    clock.advance(sealedMsMax.cookie);
    expect(() => door.admit(browser, "watch")).toThrow(expect.objectContaining({ code: "unauthenticated" }));
    expect(() => door.exchange("x", stranger)).toThrow(expect.objectContaining({ code: "unauthenticated" }));
  });
});

describe("a call that another coordinator hands on", () => {
  const eve = { user: "eve", right: "watch" } as const;

  it("with its letter -> whose call it is, also without token and certificate; for a short time", () => {
    for (const options of [{}, { needsCertificate: true }, { tokens: undefined, needsCertificate: true }]) {
      const { keeper: there, clock } = keeper(options);
      const authorization = keeper(options).keeper.letterFor(eve);
      expect(there.admit({ ...stranger, authorization }, "watch")).toEqual(eve);
      expect(() => there.admit({ ...stranger, authorization }, "submit")).toThrow(/not the right/);
      clock.advance(sealedMsMax.letter);
      expect(() => there.admit({ ...stranger, authorization }, "watch")).toThrow(
        expect.objectContaining({ code: "unauthenticated" }),
      );
    }
  });

  it("with a letter of another farm, or a cookie as a letter -> unauthenticated", () => {
    const { keeper: there } = keeper();
    const elsewhere = keeper({ sealKey: new Uint8Array(32) }).keeper.letterFor(eve);
    const cookie = there.exchange(token, stranger).value;
    for (const authorization of [elsewhere, `Sealed ${cookie}`])
      expect(() => there.admit({ ...stranger, authorization }, "watch")).toThrow(
        expect.objectContaining({ code: "unauthenticated" }),
      );
  });
});

describe("a door without tokens", () => {
  it("whoever reaches it -> everybody", () => {
    expect(keeper({ tokens: undefined }).keeper.admit(stranger, "operate")).toBe(everybody);
  });

  it("with an authority for certificates -> the certificate's name, with every right; none -> unauthenticated", () => {
    const { keeper: door } = keeper({ tokens: undefined, needsCertificate: true });
    expect(door.admit({ ...stranger, certificateName: "ada" }, "operate")).toEqual({ user: "ada", right: "operate" });
    for (const certificateName of [undefined, "", "a b", "a".repeat(limits.userCharsMax + 1)])
      expect(() => door.admit({ ...stranger, certificateName }, "watch")).toThrow(
        expect.objectContaining({ code: "unauthenticated" }),
      );
  });
});

it("tokens and certificates -> both are needed, and the token says who it is", () => {
  const { keeper: door } = keeper({ needsCertificate: true });
  expect(door.admit({ ...ada, certificateName: "laptop" }, "watch").user).toBe("ada");
  expect(() => door.admit(ada, "watch")).toThrow(/certificate/);
  expect(() => door.admit({ ...stranger, certificateName: "laptop" }, "watch")).toThrow(/without a token/);
});

describe("too many requests", () => {
  const exhaust = (door: Doorkeeper, credentials: typeof stranger) => {
    for (let count = 0; count < limits.requestBurstMax; count += 1) door.admit(credentials, "open");
  };
  const refused = expect.objectContaining({ code: "rate-exceeded" });

  it("of one address -> rate-exceeded, until some time has gone; of others and of users -> let in", () => {
    const { keeper: door, clock } = keeper();
    exhaust(door, stranger);
    expect(() => door.admit(stranger, "open")).toThrow(refused);
    expect(() => door.admit({ ...stranger, address: "10.0.0.2" }, "open")).not.toThrow();
    expect(() => door.admit(ada, "watch")).not.toThrow();
    clock.advance(1_000);
    expect(() => door.admit(stranger, "open")).not.toThrow();
  });

  it("of one user from many addresses -> counted together", () => {
    const { keeper: door } = keeper();
    for (let count = 0; count < limits.requestBurstMax; count += 1)
      door.admit({ ...ada, address: `10.0.${count >> 8}.${count & 255}` }, "watch");
    expect(() => door.admit({ ...ada, address: "10.1.1.1" }, "watch")).toThrow(refused);
  });

  it("guesses of a token -> counted, then rate-exceeded", () => {
    const { keeper: door } = keeper();
    const guess = () => door.admit({ ...stranger, authorization: "Bearer guess" }, "watch");
    for (let count = 0; count < limits.requestBurstMax; count += 1)
      expect(guess).toThrow(expect.objectContaining({ code: "unauthenticated" }));
    expect(guess).toThrow(refused);
  });
});
