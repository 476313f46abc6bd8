// deploy/: what the compose file starts is what the programs' option tables, nats.conf and the Dockerfile know. Whether
// Docker would run it is not known from here; test/integration/deploy.test.ts starts the same commands without it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { coordinatorOptions, readCoordinatorCommand } from "../../coordinator/coordinator-settings.ts";
import { packageRoot } from "../../host/package-root.ts";
import { nodeOptions, readNodeCommand } from "../../node-agent/node-settings.ts";
import { softwareVersion } from "../../proto/version.ts";
import { type ComposeService, composeFile, composeServices, readCompose, wordsOf } from "../fixtures/compose-file.ts";
import { documentText } from "./tree.ts";

const services = composeServices();
const service = (name: string): ComposeService => {
  const found = services[name];
  if (found === undefined) throw new Error(`deploy/compose.yaml has no service ${name}`);
  return found;
};
const commandOf = (name: string) => wordsOf(service(name).command);
const coordinators = Object.keys(services).filter((name) => commandOf(name)[0] === "arras-coordinator");
const nodes = Object.keys(services).filter((name) => commandOf(name)[0] === "arras-node");
const machine = { coreCount: 4, memoryBytes: 2 ** 33, address: "10.0.0.1" };
const nats = documentText("deploy/nats.conf");
const dockerfile = documentText("deploy/Dockerfile");

function settingsOf(name: string) {
  const [, ...args] = commandOf(name);
  const command = readCoordinatorCommand(args, {}, name);
  if (command.t !== "run") throw new Error(`${name} does not run`);
  return command.settings;
}

describe("deploy/compose.yaml", () => {
  it("its services -> NATS, coordinators and nodes, and nothing that is not looked at here", () => {
    expect(Object.keys(services).sort()).toEqual(["nats", ...coordinators, ...nodes].sort());
    expect([coordinators.length, nodes.length]).toEqual([2, 1]);
  });

  it("each coordinator's command line -> read without a mistake; it is found under its service's name, by its own NATS", () => {
    for (const name of coordinators) {
      const { listen, advertise, nats: farm } = settingsOf(name);
      expect([advertise.host, advertise.port, listen.host]).toEqual([name, listen.port, "0.0.0.0"]);
      expect(farm.servers).toEqual(["nats:4222"]);
    }
  });

  it("the node's command line and variables -> read without a mistake, and every variable is one of its options'", () => {
    for (const name of nodes) {
      const [, ...args] = commandOf(name);
      const variables = (service(name).environment ?? {}) as Record<string, string>;
      const environment = Object.fromEntries(
        Object.entries(variables).map(([key, value]) => [key, value.replace(/^\$\{[A-Z_]+:-([^}]*)\}$/, "$1")]),
      );
      expect(readNodeCommand(args, environment, machine)).toMatchObject({
        t: "run",
        settings: { nats: { servers: ["nats:4222"] }, cacheFolder: "/var/cache/arras" },
      });
      const known = new Set<string>(
        Object.values(nodeOptions).flatMap((row) => ("variable" in row ? [row.variable] : [])),
      );
      expect(Object.keys(variables).filter((key) => !known.has(key))).toEqual([]);
    }
  });

  it("ports -> this machine's loopback only, each once, and what listens behind them", () => {
    const ports = Object.keys(services).flatMap((name) =>
      (service(name).ports === undefined ? [] : wordsOf(service(name).ports)).map((port) => ({ name, port })),
    );
    const published = ports.map(({ name, port }) => {
      const [, outside, inside] = /^127\.0\.0\.1:(\d+):(\d+)$/.exec(port) ?? [];
      const listening =
        name === "nats" ? /^listen: "[^"]*:(\d+)"/m.exec(nats)?.[1] : String(settingsOf(name).listen.port);
      expect([name, inside]).toEqual([name, listening]);
      return outside;
    });
    expect(new Set(published).size).toBe(ports.length);
    expect(ports.map(({ name }) => name)).toEqual(["nats", ...coordinators]);
  });

  it("NATS -> the project's own nats.conf, asked for its health where that says, with its store in a volume that is there", () => {
    const [, flag, conf] = commandOf("nats");
    const volumes = wordsOf(service("nats").volumes).map((volume) => volume.split(":"));
    expect(flag).toBe("-c");
    const source = volumes.find(([, inside]) => inside === conf)?.[0] ?? "";
    expect(existsSync(join(packageRoot(), "deploy", source))).toBe(true);
    // Relative, so below the folder in which the server is started.
    expect(/^ *store_dir: "([^"]+)"/m.exec(nats)?.[1]).toMatch(/^[a-z-]+$/);
    const store = volumes.find(([, inside]) => inside === service("nats").working_dir)?.[0] ?? "";
    expect(Object.keys(composeFile().volumes as object)).toContain(store);
    const monitor = /^http: "([^"]+)"/m.exec(nats)?.[1];
    const { test } = service("nats").healthcheck as Record<string, readonly string[]>;
    expect(test?.at(-1)).toBe(`http://${monitor}/healthz`);
    // The image without Alpine has no wget.
    expect(service("nats").image).toMatch(/^nats:\d+\.\d+\.\d+-alpine$/);
  });

  it("images -> of this version, built from the Dockerfile by one service", () => {
    for (const name of [...coordinators, ...nodes]) expect(service(name).image).toBe(`arras-render:${softwareVersion}`);
    const built = Object.values(services).flatMap(({ build }) => (build === undefined ? [] : [build]));
    expect(built).toEqual([{ context: "..", dockerfile: "deploy/Dockerfile" }]);
  });

  it("what is waited for -> is there; health is asked where it is waited for", () => {
    for (const name of Object.keys(services)) {
      const waits = (service(name).depends_on ?? {}) as Record<string, Record<string, string>>;
      for (const [other, { condition }] of Object.entries(waits)) {
        if (condition === "service_healthy") expect(service(other).healthcheck).toBeDefined();
        else expect([other in services, condition]).toEqual([true, "service_started"]);
      }
    }
  });

  it("a node's grace -> longer than it takes to leave", () => {
    const { settings } = readNodeCommand(commandOf("node").slice(1), { HOME: "/home/node" }, machine) as {
      settings: { drainDeadlineMs: number };
    };
    expect(Number.parseInt(String(service("node").stop_grace_period), 10) * 1000).toBeGreaterThan(
      settings.drainDeadlineMs,
    );
  });

  it("YAML that this test cannot read -> refused, not misread", () => {
    for (const text of [
      "a: &b c",
      "a: *b",
      "a: |",
      "a: b # c",
      "a: b: c",
      "a:\n  - b: c",
      "a: 'b'",
      "a\n",
      "a: b\na: c",
    ])
      expect(() => readCompose(text), text).toThrow();
  });
});

describe("deploy/Dockerfile", () => {
  const copies = [...dockerfile.matchAll(/^COPY (--from=build )?(.+)$/gm)].map(([, from, paths = ""]) => ({
    isBuilt: from !== undefined,
    sources: paths.split(" ").slice(0, -1),
  }));

  it("what it copies from the project -> is there, and not kept out by .dockerignore", () => {
    const kept = documentText(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    const sources = copies.flatMap(({ isBuilt, sources: paths }) => (isBuilt ? [] : paths));
    for (const path of sources) expect([path, existsSync(join(packageRoot(), path))]).toEqual([path, true]);
    expect(sources.filter((path) => kept.includes(path.replace(/\/$/, "")))).toEqual([]);
  });

  it("what it takes from its first stage -> of the project, or made by `make build`", () => {
    const made = ["node_modules", "dist", "build/*.node"];
    for (const path of copies.flatMap(({ isBuilt, sources }) => (isBuilt ? sources : []))) {
      const inside = path.replace("/src/", "");
      expect([inside, made.includes(inside) || existsSync(join(packageRoot(), inside))]).toEqual([inside, true]);
    }
  });

  it("its programs -> each of bin/, on the PATH", () => {
    const [, names = ""] = /for name in ([^;]+);/.exec(dockerfile) ?? [];
    for (const name of names.split(" ")) expect(existsSync(join(packageRoot(), `bin/${name}.js`))).toBe(true);
    for (const name of [...coordinators, ...nodes]) expect(names.split(" ")).toContain(commandOf(name)[0]);
  });

  it("who runs there -> nobody's root", () => {
    expect([...dockerfile.matchAll(/^USER (.+)$/gm)].at(-1)?.[1]).toBe("node");
  });

  it("its Node -> one that the package allows, the same in both stages", () => {
    const versions = [...dockerfile.matchAll(/^FROM node:(\d+)\.(\d+)-bookworm(?:-slim)?/gm)].map(
      ([, ...parts]) => parts,
    );
    const [, major, minor] = />=(\d+)\.(\d+)/.exec(JSON.parse(documentText("package.json")).engines.node) ?? [];
    expect(versions).toHaveLength(2);
    for (const [ownMajor, ownMinor] of versions) {
      expect(ownMajor).toBe(major);
      expect(Number(ownMinor)).toBeGreaterThanOrEqual(Number(minor));
    }
  });

  it("a variable that it sets -> one of a program's options'", () => {
    const rows = [...Object.values(nodeOptions), ...Object.values(coordinatorOptions)];
    const known = new Set<string>(rows.flatMap((row) => ("variable" in row ? [row.variable] : [])));
    const set = [...dockerfile.matchAll(/^ENV ([A-Z_]+)=/gm)].map(([, name = ""]) => name);
    expect(set.filter((name) => !known.has(name))).toEqual([]);
  });
});
