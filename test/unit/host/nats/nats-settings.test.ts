// How to reach NATS, from options and environment: precedence, mistakes all at once, and no secret anywhere.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { describeNats, parseNatsSettings } from "../../../../host/nats/nats-settings.ts";
import { ArrasErrors } from "../../../../proto/errors.ts";

function mistakesOf(options: object, environment: Record<string, string> = {}): string[] {
  try {
    parseNatsSettings(options, environment);
  } catch (thrown) {
    if (!(thrown instanceof ArrasErrors)) throw thrown;
    expect(thrown.exitCode).toBe(2);
    return thrown.errors.map((error) => `${error.place.setting}: ${error.message}`);
  }
  throw new Error("accepted");
}

describe("settings of NATS", () => {
  it("nothing is set -> no NATS", () => {
    expect(parseNatsSettings({}, { PATH: "/bin", ARRAS_NATS: "" })).toBe(undefined);
  });

  it("one server -> its address with the default port, plain, without login", () => {
    expect(parseNatsSettings({ nats: "nats://host" }, {})).toEqual({
      servers: ["host:4222"],
      setting: "--nats",
      login: { t: "none" },
      tls: undefined,
    });
  });

  it.each([
    ["host", ["host:4222"]],
    ["host:80", ["host:80"]],
    ["nats://h1:1, nats://h2:2,h3", ["h1:1", "h2:2", "h3:4222"]],
    ["nats://[::1]:4333", ["[::1]:4333"]],
    ["tls://10.0.0.1", ["10.0.0.1:4222"]],
  ])("the list %s -> %j", (nats, servers) => {
    expect(parseNatsSettings({ nats }, {})?.servers).toEqual(servers);
  });

  it("option and variable -> the option counts; the other only where the option is silent", () => {
    const environment = { ARRAS_NATS: "env", ARRAS_NATS_USER: "farm", ARRAS_NATS_PASSWORD: "p" };
    const settings = parseNatsSettings({ nats: "option", natsUser: "me" }, environment);
    expect(settings).toMatchObject({ servers: ["option:4222"], login: { t: "password", user: "me" } });
  });

  it("a login in the URL -> taken out of it", () => {
    const settings = parseNatsSettings({}, { ARRAS_NATS: "nats://farm:p%40ss@h1,nats://farm:p%40ss@h2" })!;
    expect(settings.servers).toEqual(["h1:4222", "h2:4222"]);
    expect(
      settings.login.t === "password" &&
        settings.login.password.t === "given" &&
        settings.login.password.secret.reveal(),
    ).toBe("p@ss");
    expect(parseNatsSettings({ nats: "nats://tok@h" }, {})?.login).toMatchObject({ t: "token" });
  });

  it("tls:// or a certificate -> TLS", () => {
    expect(parseNatsSettings({ nats: "tls://h" }, {})?.tls).toEqual({});
    expect(parseNatsSettings({ nats: "h", natsCa: "/ca.pem" }, {})?.tls).toEqual({
      ca: { path: "/ca.pem", setting: "--nats-ca" },
    });
  });

  it.each([
    [{ natsTokenFile: "/t" }, { ARRAS_NATS_TOKEN: "x" }, "token"],
    [{ natsNkeyFile: "/seed" }, {}, "nkey"],
    [{ natsCreds: "/creds" }, {}, "creds"],
    [{ natsUser: "me", natsPasswordFile: "/p" }, {}, "password"],
  ])("%j -> a login by %s", (options, _, kind) => {
    expect(parseNatsSettings({ nats: "h", ...options }, {})?.login.t).toBe(kind);
  });

  it("many mistakes -> all of them, each with the setting that it came from", () => {
    const environment = { ARRAS_NATS_PASSWORD: "secret-1", ARRAS_NATS_TOKEN: "secret-2", ARRAS_NATS_KEY: "/key" };
    const mistakes = mistakesOf({ nats: "http://h,ok,h:0,h/path,,nats://a:b%zz@h", natsCert: "" }, environment);
    expect(mistakes.map((line) => line.slice(0, line.indexOf(":")))).toEqual([
      "--nats-cert",
      "--nats",
      "--nats",
      "--nats",
      "--nats",
      "--nats",
      "ARRAS_NATS_PASSWORD",
      "ARRAS_NATS_KEY",
    ]);
    expect(mistakes.join()).not.toMatch(/secret|b%zz/);
  });

  it("two logins -> refused, both named", () => {
    expect(mistakesOf({ nats: "nats://a:b@h", natsCreds: "/c" })).toEqual([
      "--nats and --nats-creds: NATS takes one login, and --nats and --nats-creds each give one",
    ]);
    expect(mistakesOf({ nats: "nats://a:b@h,nats://a:c@h" })).toEqual([
      "--nats: --nats: URL 2 logs in otherwise than the ones before",
    ]);
  });

  it("a user without a password; a login without a server -> refused", () => {
    expect(mistakesOf({ nats: "h", natsUser: "me" })).toEqual(["--nats-user: --nats-user is set without a password"]);
    expect(mistakesOf({ natsCreds: "/c" })).toEqual(["--nats-creds: --nats-creds is set, but no NATS server is named"]);
  });

  it("33 servers -> refused with the limit", () => {
    expect(mistakesOf({ nats: Array(33).fill("h").join() })[0]).toContain("at most 32");
  });

  it("the settings are printed, logged or serialised -> no secret is in it", () => {
    const settings = parseNatsSettings({ nats: "nats://farm:hush-hush@h" }, {})!;
    const shown = [
      describeNats(settings),
      JSON.stringify(settings),
      inspect(settings, { depth: 9 }),
      `${settings.login}`,
    ];
    expect(shown.join()).not.toContain("hush");
    expect(describeNats(settings)).toBe("NATS h:4222 (--nats), with password as farm, plain");
  });
});
