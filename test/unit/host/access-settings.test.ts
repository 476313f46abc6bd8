import { describe, expect, it } from "vitest";
import { type AccessOptionName, parseAccess } from "../../../host/access-settings.ts";
import type { ArrasError } from "../../../proto/errors.ts";

function parsed(
  options: Partial<Record<AccessOptionName, string>>,
  environment: Readonly<Record<string, string>> = {},
) {
  const mistakes: ArrasError[] = [];
  const access = parseAccess((name) => options[name], environment, mistakes);
  return { ...access, mistakes: mistakes.map(({ place }) => place.setting) };
}

const none = { tls: undefined, token: undefined, mistakes: [] };

describe("how a client comes in", () => {
  it("nothing is said, or variables are empty -> plainly, without a token", () => {
    expect(parsed({})).toEqual(none);
    expect(parsed({}, { ARRAS_TLS: "", ARRAS_CA: "", ARRAS_TOKEN: "", ARRAS_TOKEN_FILE: "" })).toEqual(none);
    expect(parsed({}, { ARRAS_TLS: "0" })).toEqual(none);
  });

  it("--tls, an authority or an identity -> TLS", () => {
    expect(parsed({ tls: "" }).tls).toEqual({});
    expect(parsed({}, { ARRAS_TLS: "1" }).tls).toEqual({});
    expect(parsed({ ca: "ca.pem" }).tls).toEqual({ ca: { path: "ca.pem", setting: "--ca" } });
    expect(parsed({ cert: "c", key: "k" }).tls).toEqual({
      identity: { cert: { path: "c", setting: "--cert" }, key: { path: "k", setting: "--key" } },
    });
  });

  it("an option and its variable -> the option", () => {
    expect(parsed({ ca: "a" }, { ARRAS_CA: "b" }).tls?.ca?.path).toBe("a");
    expect(parsed({ "token-file": "f" }, { ARRAS_TOKEN: "t", ARRAS_TOKEN_FILE: "g" })).toMatchObject({
      token: { t: "file", path: "f", setting: "--token-file" },
      mistakes: [],
    });
  });

  it("a token in a variable -> a secret that no text shows", () => {
    const { token } = parsed({}, { ARRAS_TOKEN: "hush" });
    expect(token).toMatchObject({ t: "given", setting: "ARRAS_TOKEN" });
    expect(JSON.stringify(token)).not.toContain("hush");
  });

  it("half an identity, or two tokens -> mistakes with their settings", () => {
    expect(parsed({ cert: "c" }).mistakes).toEqual(["--cert"]);
    expect(parsed({}, { ARRAS_KEY: "k" }).mistakes).toEqual(["ARRAS_KEY"]);
    expect(parsed({}, { ARRAS_TOKEN: "t", ARRAS_TOKEN_FILE: "f" }).mistakes).toEqual(["ARRAS_TOKEN_FILE"]);
  });
});
