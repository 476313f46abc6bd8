// arras-farm's command line: what it means, and every mistake at once.
import { describe, expect, it } from "vitest";
import { farmCommands, farmHelp, farmOptions } from "../../../../cli/farm-command/farm-options.ts";
import { type FarmAction, readFarmCommand } from "../../../../cli/farm-command/farm-settings.ts";
import { ArrasErrors } from "../../../../proto/errors.ts";

const nowMs = Date.parse("2026-05-01T12:00:00Z");

function settingsOf(line: string, environment: Record<string, string> = {}) {
  const command = readFarmCommand(line.split(" "), { environment, nowMs });
  if (command.t !== "run") throw new Error(command.t);
  return command.settings;
}

function mistakesOf(line: string, environment: Record<string, string> = {}): string[] {
  try {
    readFarmCommand(line === "" ? [] : line.split(" "), { environment, nowMs });
  } catch (thrown) {
    if (thrown instanceof ArrasErrors) return thrown.errors.map((error) => `${error.place.setting}: ${error.message}`);
    throw thrown;
  }
  return [];
}

describe("arras-farm's command line", () => {
  it.each<[string, FarmAction]>([
    ["nodes", { t: "nodes", node: undefined }],
    ["nodes render1", { t: "nodes", node: "render1" }],
    ["sessions", { t: "sessions" }],
    ["session 3f0c", { t: "session", session: "3f0c" }],
    ["drain render1", { t: "drain", node: "render1" }],
    ["cancel 3f0c", { t: "cancel", session: "3f0c" }],
    ["pause 3f0c", { t: "pause", session: "3f0c" }],
    ["resume 3f0c", { t: "resume", session: "3f0c" }],
    ["events", { t: "events", from: { t: "start" }, follow: false }],
    ["events --follow", { t: "events", from: { t: "start" }, follow: true }],
    ["-f events --after 12", { t: "events", from: { t: "after", sequence: 12 }, follow: true }],
    ["events --since 10m", { t: "events", from: { t: "since", sinceMs: nowMs - 600_000 }, follow: false }],
    ["events --since 2d", { t: "events", from: { t: "since", sinceMs: nowMs - 172_800_000 }, follow: false }],
    [
      "events --since=2026-05-01T11:00:00Z",
      { t: "events", from: { t: "since", sinceMs: nowMs - 3_600_000 }, follow: false },
    ],
  ])("%s -> what it says", (line, action) => {
    expect(settingsOf(line).action).toEqual(action);
  });

  it("host and port from options, from the environment, from nothing -> in this order", () => {
    const environment = { ARRAS_HOST: "render1", ARRAS_PORT: "9000" };
    expect(settingsOf("nodes").address).toBe("127.0.0.1:8888");
    expect(settingsOf("nodes", environment).address).toBe("render1:9000");
    expect(settingsOf("nodes --host ::1 --port 1", environment).address).toBe("[::1]:1");
    expect(settingsOf("nodes", { ARRAS_HOST: "", ARRAS_PORT: "" }).address).toBe("127.0.0.1:8888");
    expect(settingsOf("nodes --json").json).toBe(true);
  });

  it("TLS and token -> named, not read; from options and variables", () => {
    expect(settingsOf("nodes").access).toEqual({ tls: undefined, token: undefined });
    const environment = { ARRAS_TOKEN: "hush", ARRAS_CA: "ca.pem" };
    const { access } = settingsOf("--cert c.pem --key c.key nodes", environment);
    expect(access.tls).toMatchObject({ ca: { path: "ca.pem" }, identity: { cert: { path: "c.pem" } } });
    expect(JSON.stringify(access)).not.toContain("hush");
    expect(settingsOf("--tls --token-file t nodes").access).toMatchObject({ tls: {}, token: { t: "file", path: "t" } });
    expect(mistakesOf("--cert c.pem nodes")).toEqual(["--cert: --cert is given without its key"]);
  });

  it.each<[string, string[]]>([
    ["", ["COMMAND: No command is named"]],
    ["node", ['node: There is no command "node"']],
    ["toString", ['toString: There is no command "toString"']],
    ["session", ["session: session needs a SESSION"]],
    ["drain a b", ['b: "b" is one argument too many']],
    ["sessions a", ['a: "a" is one argument too many']],
    ["nodes --follow", ["--follow: --follow is for events"]],
    ["nodes --colour", ["--colour: There is no option --colour"]],
    ["nodes --json=1", ["--json: --json takes no value"]],
    ["nodes --host", ["--host: --host needs a value"]],
    ["nodes --host a --host b", ["--host: --host is given twice"]],
    ["nodes --host a:1 --port x", ['--host: "a:1" is no host', '--port: "x" is no port']],
    ["nodes --port 0", ['--port: "0" is no port']],
    ["events --since yesterday", ['--since: "yesterday" is no time']],
    ["events --after -1", ['--after: "-1" is no number of an event']],
    ["events --since 1h --after 1", ["--after: --since and --after contradict each other"]],
  ])("%s -> refused: %j", (line, mistakes) => {
    expect(mistakesOf(line)).toEqual(mistakes);
  });

  it("a variable is at fault -> it is named", () => {
    expect(mistakesOf("nodes", { ARRAS_PORT: "99999" })).toEqual(['ARRAS_PORT: "99999" is no port']);
  });

  it("--help and --version go before mistakes; help names every command and option, in 100 columns", () => {
    expect(readFarmCommand(["--help", "--nonsense"], { environment: {}, nowMs })).toEqual({ t: "help" });
    expect(readFarmCommand(["--version"], { environment: {}, nowMs })).toEqual({ t: "version" });
    const help = farmHelp();
    for (const name of Object.keys(farmOptions)) expect(help).toContain(`--${name}`);
    for (const name of Object.keys(farmCommands)) expect(help).toContain(`\n  ${name} `);
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
