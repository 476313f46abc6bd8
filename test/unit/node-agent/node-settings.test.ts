// A node agent's command line and environment, read whole.
import { describe, expect, it } from "vitest";
import { nodeHelp, nodeOptions, readNodeCommand } from "../../../node-agent/node-settings.ts";
import { ArrasErrors } from "../../../proto/errors.ts";

const machine = { coreCount: 8, memoryBytes: 5 * 2 ** 30, address: "10.0.0.7" };
const nats = ["--nats", "nats://n:4222"];
const home = { HOME: "/home/a" };

function settingsOf(args: readonly string[], environment: Readonly<Record<string, string>> = {}, here = machine) {
  const command = readNodeCommand(args, { ...home, ...environment }, here);
  if (command.t !== "run") throw new Error(`run was expected, not ${command.t}`);
  return command.settings;
}

function mistakesOf(args: readonly string[], here: Parameters<typeof readNodeCommand>[2] = machine): unknown[] {
  try {
    readNodeCommand(args, home, here);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ArrasErrors)) throw thrown;
    return thrown.errors.map(({ place }) => place.setting);
  }
}

describe("a node's settings", () => {
  it("nothing is said -> all cores but one, the memory that is free, Embree alone, its own address", () => {
    expect(settingsOf(nats)).toMatchObject({
      coreCount: 7,
      memoryBytes: 4.75 * 2 ** 30,
      tags: [],
      renderers: ["embree"],
      hostAddress: "10.0.0.7",
      drainWhen: undefined,
      drainDeadlineMs: 25_000,
      logLevel: 3,
    });
    expect(settingsOf(nats, {}, { ...machine, coreCount: 1 }).coreCount).toBe(1);
  });

  it("where scenes are kept, and how much of them -> as said, else in the user's cache and by the disk", () => {
    expect(settingsOf(nats)).toMatchObject({ cacheFolder: "/home/a/.cache/arras", cacheSizeBytes: undefined });
    expect(settingsOf(nats, { XDG_CACHE_HOME: "/var/cache/x" }).cacheFolder).toBe("/var/cache/x/arras");
    expect(settingsOf(nats, { XDG_CACHE_HOME: "relative" }).cacheFolder).toBe("/home/a/.cache/arras");
    expect(settingsOf([...nats, "--cache", "/scenes", "--cache-size", "200g"])).toMatchObject({
      cacheFolder: "/scenes",
      cacheSizeBytes: 200 * 2 ** 30,
    });
    expect(settingsOf(nats, { ARRAS_NODE_CACHE: "/s", ARRAS_NODE_CACHE_SIZE: "1t" })).toMatchObject({
      cacheFolder: "/s",
      cacheSizeBytes: 2 ** 40,
    });
    expect(mistakesOf([...nats, "--cache-size", "much", "--cache", `/${"x".repeat(2048)}`])).toEqual([
      "--cache-size",
      "--cache",
    ]);
    expect(() => readNodeCommand(nats, {}, machine)).toThrow(/--cache FOLDER/);
  });

  it("NATS is on this machine -> so are the others, and nothing is opened to the network", () => {
    expect(settingsOf(["--nats", "nats://127.0.0.1:4222"]).hostAddress).toBe("127.0.0.1");
    expect(settingsOf(["--nats", "127.0.0.1:4222,n:4222"]).hostAddress).toBe("10.0.0.7");
  });

  it("all is said -> read; words repeated or with commas, once each", () => {
    const args = ["--cores", "3", "--memory", "1.5g", "--tag", "gpu,fast", "--tag", "gpu", "--renderer", "fake"];
    expect(settingsOf([...nats, ...args, "--host-address", "fd00::7"])).toMatchObject({
      coreCount: 3,
      memoryBytes: 1.5 * 2 ** 30,
      tags: ["gpu", "fast"],
      renderers: ["fake"],
      hostAddress: "[fd00::7]",
    });
  });

  it("variables -> read where the option is not given", () => {
    const environment = { ARRAS_NATS: "x:1", ARRAS_NODE_CORES: "2", ARRAS_NODE_MEMORY: "800M", ARRAS_NODE_TAGS: "a,b" };
    expect(settingsOf(["--cores", "4"], environment)).toMatchObject({
      coreCount: 4,
      memoryBytes: 800 * 2 ** 20,
      tags: ["a", "b"],
    });
  });

  it("a certificate with its key -> read; one without the other -> refused", () => {
    expect(settingsOf([...nats, "--tls-cert", "c", "--tls-key", "k"]).tls).toEqual({
      cert: { path: "c", setting: "--tls-cert" },
      key: { path: "k", setting: "--tls-key" },
    });
    expect(settingsOf(nats).tls).toBeUndefined();
    expect(mistakesOf([...nats, "--tls-cert", "c"])).toEqual(["--tls-cert"]);
    expect(mistakesOf([...nats, "--tls-key", "k"])).toEqual(["--tls-key"]);
  });

  it("several mistakes -> all of them, each with its place", () => {
    const args = ["--cores", "0", "--memory", "24", "--tag", "a b", "--renderer", "x", "--host-address", "a b"];
    expect(mistakesOf(args)).toEqual(["--nats", "--cores", "--memory", "--tag", "--renderer", "--host-address"]);
  });

  it("the machine has no address and NATS is elsewhere -> it must be said", () => {
    expect(mistakesOf(nats, { ...machine, address: undefined })).toEqual(["--host-address"]);
  });

  it.each([
    ["/opt/notice --quiet  x", ["/opt/notice", "--quiet", "x"]],
    ['["/opt/spot notice", ""]', ["/opt/spot notice", ""]],
    ["echo $(reboot)", ["echo", "$(reboot)"]],
  ])("a command %j -> its words, for no shell", (text, words) => {
    expect(settingsOf([...nats, "--drain-when", text, "--drain-deadline", "1.5"])).toMatchObject({
      drainWhen: words,
      drainDeadlineMs: 1500,
    });
  });

  it.each(['["a', "[]", "[1]", '[""]', "  "])("a command %j -> a mistake", (text) => {
    expect(mistakesOf([...nats, "--drain-when", text])).toEqual(["--drain-when"]);
  });

  it.each(["-1", "x", "86401", "1e3"])("a deadline %j -> a mistake", (text) => {
    expect(mistakesOf([...nats, "--drain-deadline", text])).toEqual(["--drain-deadline"]);
  });

  it("processes that wait beforehand: one of each kind, or as many as are asked for", () => {
    expect(settingsOf(nats).prestartCount).toBe(1);
    for (const count of [0, 64]) expect(settingsOf([...nats, "--prestart", String(count)]).prestartCount).toBe(count);
  });

  it("whether they rehearse: unless it is said that they do not, by the option or its variable", () => {
    expect([settingsOf(nats).rehearses, settingsOf([...nats, "--no-rehearsal"]).rehearses]).toEqual([true, false]);
    expect(settingsOf(nats, { ARRAS_NODE_NO_REHEARSAL: "1" }).rehearses).toBe(false);
  });

  it("what waits beforehand -> is not offered; what is said is; never less than nothing", () => {
    const gib = 2 ** 30;
    expect(settingsOf([...nats, "--prestart", "0"]).memoryBytes).toBe(5 * gib);
    expect(settingsOf([...nats, "--prestart", "4"]).memoryBytes).toBe(4 * gib);
    expect(settingsOf([...nats, "--prestart", "4", "--memory", "5g"]).memoryBytes).toBe(5 * gib);
    expect(settingsOf([...nats, "--prestart", "64"]).memoryBytes).toBe(0);
  });

  it.each(["-1", "x", "65", "1.5", ""])("processes that wait beforehand: %j -> a mistake", (text) => {
    expect(mistakesOf([...nats, `--prestart=${text}`])).toEqual(["--prestart"]);
  });

  it("help is asked for -> it names every option", () => {
    expect(readNodeCommand(["-h"], {}, machine).t).toBe("help");
    expect(readNodeCommand(["--version"], {}, machine).t).toBe("version");
    for (const name of Object.keys(nodeOptions)) expect(nodeHelp()).toContain(`--${name}`);
  });
});
