// A coordinator's command line and environment, read whole.
import { describe, expect, it } from "vitest";
import {
  coordinatorHelp,
  coordinatorOptions,
  readCoordinatorCommand,
} from "../../../coordinator/coordinator-settings.ts";
import { ArrasErrors } from "../../../proto/errors.ts";

const nats = ["--nats", "nats://n:4222"];

function settingsOf(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const command = readCoordinatorCommand(args, environment, "machine");
  if (command.t !== "run") throw new Error(`run was expected, not ${command.t}`);
  return command.settings;
}

function mistakesOf(args: readonly string[], environment: Readonly<Record<string, string>> = {}): unknown[] {
  try {
    settingsOf(args, environment);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ArrasErrors)) throw thrown;
    expect(thrown.exitCode).toBe(2);
    return thrown.errors.map(({ place }) => place.setting);
  }
}

describe("a coordinator's settings", () => {
  it("nothing is said of where to listen -> this machine only", () => {
    expect(settingsOf(nats)).toMatchObject({
      nats: { servers: ["n:4222"] },
      listen: { host: "127.0.0.1", port: 8888 },
      advertise: { host: "127.0.0.1", port: 0 },
      isListenDefault: true,
      isInsecure: false,
      tls: undefined,
      tokens: undefined,
      rehearsedSessionCount: 20,
      logLevel: 3,
    });
  });

  it("all addresses are listened on -> computations are sent to the machine's name, or where one says", () => {
    const open = settingsOf([...nats, "--listen", "0.0.0.0:9", "--insecure"]);
    expect(open).toMatchObject({ advertise: { host: "machine", port: 0 }, isInsecure: true, isListenDefault: false });
    const tokens = ["--tokens", "tokens.txt"];
    expect(settingsOf([...nats, ...tokens, "--listen", "[::]:9", "--advertise", "[fd00::1]:7"])).toMatchObject({
      listen: { host: "::", port: 9 },
      advertise: { host: "fd00::1", port: 7 },
    });
  });

  it("variables -> read where the option is not given", () => {
    const environment = {
      ARRAS_NATS: "x:1",
      ARRAS_LISTEN: "10.0.0.1:5",
      ARRAS_LOG_LEVEL: "4",
      ARRAS_ADVERTISE: "",
      ARRAS_TOKENS: "tokens.txt",
    };
    expect(settingsOf([], environment)).toMatchObject({ listen: { host: "10.0.0.1", port: 5 }, logLevel: 4 });
    expect(settingsOf(["-l", "1"], environment).logLevel).toBe(1);
  });

  it("open to other machines and nobody asked who he is -> refused, unless --insecure says that it is meant", () => {
    for (const listen of ["0.0.0.0:8888", "[::]:1", "10.0.0.7:8888", "farm.example:8888"]) {
      expect(mistakesOf([...nats, "--listen", listen])).toEqual(["--listen"]);
      expect(settingsOf([...nats, "--listen", listen, "--insecure"]).isInsecure).toBe(true);
      expect(settingsOf([...nats, "--listen", listen, "--tokens", "f"]).isInsecure).toBe(false);
    }
    expect(mistakesOf(nats, { ARRAS_LISTEN: "0.0.0.0:1" })).toEqual(["ARRAS_LISTEN"]);
    for (const listen of ["127.0.0.1:1", "[::1]:1", "localhost:1"])
      expect(settingsOf([...nats, "--listen", listen]).isInsecure).toBe(false);
  });

  it("TLS and tokens -> their files with their settings; certificates of clients are a login too", () => {
    const certificate = ["--tls-cert", "c.pem", "--tls-key", "c.key"];
    const open = [...nats, "--listen", "0.0.0.0:8888"];
    expect(settingsOf([...nats, ...certificate], { ARRAS_TLS_CA: "ca.pem", ARRAS_TOKENS: "t" })).toMatchObject({
      tls: {
        cert: { path: "c.pem", setting: "--tls-cert" },
        key: { path: "c.key", setting: "--tls-key" },
        ca: { path: "ca.pem", setting: "ARRAS_TLS_CA" },
        clientCa: undefined,
      },
      tokens: { path: "t", setting: "ARRAS_TOKENS" },
    });
    expect(mistakesOf([...open, ...certificate])).toEqual(["--listen"]);
    expect(settingsOf([...open, ...certificate, "--tls-client-ca", "ca.pem"]).isInsecure).toBe(false);
    for (const half of [certificate.slice(0, 2), certificate.slice(2), ["--tls-client-ca", "ca.pem"]])
      expect(mistakesOf([...nats, ...half])).toEqual([half[0]]);
  });

  it("how many sessions are rehearsed -> as said, 0 to 20; everything else is refused with its place", () => {
    expect(settingsOf([...nats, "--rehearse", "0"]).rehearsedSessionCount).toBe(0);
    expect(settingsOf([...nats, "--rehearse", "3"], { ARRAS_REHEARSE: "4" }).rehearsedSessionCount).toBe(3);
    expect(settingsOf(nats, { ARRAS_REHEARSE: "20" }).rehearsedSessionCount).toBe(20);
    for (const text of ["21", "-1", "1.5", "many"])
      expect(mistakesOf([...nats, `--rehearse=${text}`])).toEqual(["--rehearse"]);
    expect(mistakesOf(nats, { ARRAS_REHEARSE: "99" })).toEqual(["ARRAS_REHEARSE"]);
  });

  it("a token is to be hashed -> nothing else is needed; a mistake beside it is told", () => {
    expect(readCoordinatorCommand(["--hash-token"], {}, "m").t).toBe("hash-token");
    expect(mistakesOf(["--hash-token", "the-token"])).toEqual(["the-token", "--nats"]);
  });

  it("several mistakes -> all of them, each with its place", () => {
    const args = ["--listen", "nowhere", "--advertise", "a:99999", "-l", "9", "--what", "plain"];
    expect(mistakesOf(args)).toEqual(["--what", "plain", "--listen", "--advertise", "--log-level", "--nats"]);
    expect(mistakesOf(nats, { ARRAS_LISTEN: "x" })).toEqual(["ARRAS_LISTEN"]);
    expect(mistakesOf([...nats, "--nats-user", "u"])).toEqual(["--nats-user"]);
    expect(mistakesOf([...nats, ...nats])).toEqual(["--nats"]);
    expect(mistakesOf([...nats, "--listen"])).toEqual(["--listen"]);
  });

  it("help is asked for -> it names every option, whatever else is wrong", () => {
    expect(readCoordinatorCommand(["--help", "--what"], {}, "m").t).toBe("help");
    expect(readCoordinatorCommand(["--version"], {}, "m").t).toBe("version");
    for (const name of [...Object.keys(coordinatorOptions), "nats", "nats-creds", "nats-ca"])
      expect(coordinatorHelp()).toContain(`--${name}`);
  });
});
