// The door of a farm of real processes: TLS, tokens and certificates end to end with the film of one machine; who may not
// come in; clients that mean no good; and no secret in any log.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../host/package-root.ts";
import { limits } from "../../proto/limits.ts";
import { opensslPresent, TestAuthority } from "../fakes/certificates.ts";
import { RawClient } from "../unit/host/door/raw-client.ts";
import { startCoordinator, startNats, startFarm as startParts } from "./farm-parts.ts";
import type { FarmProcess } from "./farm-processes.ts";
import { type Lifetime, ofTest, shared } from "./lifetime.ts";
import { type NatsServer, natsServerPresent } from "./nats-server.ts";
import { fakeArgs, RunningCommand, runCommand, testFolder, undisturbedFilm } from "./run-command.ts";

const present = natsServerPresent() && opensslPresent;
const picture = ["--size", "96x64", "--spp", "16", "--num-mcrt", "2", "--num-cores", "1"];
const slow = { costMsPerSample: 0.02 };
const authority = present ? new TestAuthority("farm") : (undefined as never);
const other = present ? new TestAuthority("other") : (undefined as never);

/** Tokens of four users, in files as the README has it. */
async function tokens(lifetime: Lifetime = ofTest) {
  const folder = mkdtempSync(join(tmpdir(), "arras-tokens-"));
  lifetime.atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const users = { ada: "submit", bob: "submit", wall: "watch", wrangler: "operate" } as const;
  const made = Object.entries(users).map(([user, right]) => {
    const token = randomBytes(32).toString("hex");
    const path = join(folder, user);
    writeFileSync(path, `${token}\n`);
    const hash = createHash("sha256").update(token).digest("hex");
    return { user, right, token, path, line: `${user} sha256:${hash} ${right}` };
  });
  const list = join(folder, "tokens");
  writeFileSync(list, `# who may do what\n${made.map(({ line }) => line).join("\n")}\n`);
  const of = (user: keyof typeof users) => made.find((each) => each.user === user)!;
  return { list, of, all: made.map(({ token }) => token) };
}

async function startFarm(coordinatorArgs: readonly string[], coordinatorCount = 1, lifetime: Lifetime = ofTest) {
  const { coordinators, nodes } = await startParts({
    coordinatorCount,
    nodeCount: 1,
    coordinatorArgs: ["-l", "5", ...coordinatorArgs],
    nodeArgs: () => ["--renderer", "fake", "-l", "5"],
    lifetime,
  });
  const [node] = nodes as [FarmProcess];
  const [{ port }] = coordinators;
  const texts = () => [...coordinators.map(({ process }) => process.text), node.text].join("\n");
  return { coordinators, node, port, door: ["--host", "localhost", "--port", port], texts };
}

/** A coordinator's alone. */
async function doorOf(nats: NatsServer, ...args: readonly string[]) {
  const { port } = await startCoordinator(nats, { args });
  return ["--host", "localhost", "--port", port];
}

const certificate = (days = 2) => {
  const { cert, key } = authority.identity("door", { days });
  return ["--tls-cert", cert, "--tls-key", key, "--tls-ca", authority.ca];
};

const localHash = () => undisturbedFilm(...picture);

interface Said {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], { input = "", environment = {} } = {}): Promise<Said> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(packageRoot(), `bin/${command}.js`), ...args], {
      env: { ...process.env, ...environment },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.stdin.end(input);
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** Status and body over HTTPS. */
function get(port: string, path: string, headers: Record<string, string> = {}): Promise<readonly [number, string]> {
  return new Promise((resolve, reject) => {
    const ca = readFileSync(authority.ca);
    request({ host: "127.0.0.1", port, path, headers, ca }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.once("end", () => resolve([response.statusCode ?? 0, body]));
    })
      .once("error", reject)
      .end();
  });
}

describe.skipIf(!present)("a farm with TLS and tokens", () => {
  const theFarm = shared(async (lifetime) => {
    const known = await tokens(lifetime);
    return { ...known, farm: await startFarm([...certificate(), "--tokens", known.list], 2, lifetime) };
  });

  it("submitted, watched and fetched through it -> the film of one machine; no secret in any log", async () => {
    const { of, all, farm } = await theFarm();
    const output = join(await testFolder(), "out.exr");
    const ada = ["--ca", authority.ca, "--token-file", of("ada").path];
    const args = fakeArgs({}, ...picture, "-o", output, "-l", "5", ...farm.door, ...ada);
    const { json, exitCode, stderr } = await runCommand(args);
    expect({ exitCode, outcome: json.outcome, outputs: json.outputs }).toEqual({
      exitCode: 0,
      outcome: "finished",
      outputs: [output],
    });
    expect(json.filmSha256).toBe(await localHash());
    expect(await get(farm.port, "/healthz")).toEqual([200, "alive\n"]);
    expect((await get(farm.port, `/metrics?token=${of("ada").token}`))[0]).toBe(303);
    const [status, figures] = await get(farm.port, "/metrics", { authorization: `Bearer ${of("wall").token}` });
    expect([status, figures.includes("arras_")]).toEqual([200, true]);
    const said = `${farm.texts()}${stderr}`;
    expect(said.length).toBeGreaterThan(1_000);
    for (const token of all) expect(said).not.toContain(token);
    expect(said).not.toContain("PRIVATE KEY");
  });

  it("the token in ARRAS_TOKEN, the authority in ARRAS_CA -> the same; arras-farm likewise", async () => {
    const { of, farm } = await theFarm();
    const environment = { ARRAS_TOKEN: of("wrangler").token, ARRAS_CA: authority.ca };
    const { json } = await runCommand(fakeArgs({}, ...picture, ...farm.door), { environment });
    expect(json.outcome).toBe("finished");
    const { exitCode, stdout } = await run("arras-farm", [...farm.door, "--json", "nodes"], { environment });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).nodes).toHaveLength(1);
  });

  it("no token, another farm's, one that may only watch -> refused in words, and nothing was started", async () => {
    const { of, farm } = await theFarm();
    const stranger = (await tokens()).of("ada");
    const submitted = async (...access: readonly string[]) =>
      (await runCommand(fakeArgs({}, ...picture, "--shared-fs", ...farm.door, "--ca", authority.ca, ...access))).stderr;
    expect(await submitted()).toMatch(/^\[unauthenticated\] A call comes without a token.*--token-file FILE/m);
    expect(await submitted("--token-file", stranger.path)).toMatch(/^\[unauthenticated\] .*does not know/m);
    expect(await submitted("--token-file", of("wall").path)).toMatch(
      /^\[not-allowed\] The user wall .*right to submit/m,
    );
    expect((await get(farm.port, "/metrics"))[0]).toBe(401);
    expect(farm.node.children("main.js")).toEqual([]);
  });

  it("another user's session -> not there for him; who may operate sees and ends it", async () => {
    const { of, farm } = await theFarm();
    const by = (user: "ada" | "bob" | "wrangler") => ["--ca", authority.ca, "--token-file", of(user).path];
    const long = ["--size", "96x64", "--spp", "512", "--num-mcrt", "2", "--num-cores", "1"];
    const command = new RunningCommand(fakeArgs(slow, ...long, ...farm.door, ...by("ada")));
    await command.said(/ spp · /);
    // At the other coordinator, which has to ask the session's owner.
    const there = ["--host", "localhost", "--port", farm.coordinators[1]?.port ?? ""];
    const list_ = async (user: "ada" | "bob" | "wrangler") =>
      JSON.parse((await run("arras-farm", [...there, ...by(user), "--json", "sessions"])).stdout).sessions as {
        id: string;
        user: string;
      }[];
    await expect.poll(async () => (await list_("ada")).map(({ user }) => user)).toEqual(["ada"]);
    expect(await list_("bob")).toEqual([]);
    const [session] = await list_("wrangler");
    const cancelled = await run("arras-farm", [...there, ...by("bob"), "cancel", session?.id ?? ""]);
    expect([cancelled.exitCode, cancelled.stderr]).toEqual([1, expect.stringMatching(/session/)]);
    const drained = await run("arras-farm", [...there, ...by("ada"), "drain", "x"]);
    expect(drained.exitCode).toBe(1);
    expect((await run("arras-farm", [...there, ...by("wrangler"), "cancel", session?.id ?? ""])).exitCode).toBe(0);
    expect((await command.finished).json.outcome).toBe("stopped");
  });
});

describe.skipIf(!present)("a farm that asks for certificates", () => {
  it("a user's certificate, two coordinators -> its film at either; none or another's -> refused in words", async () => {
    const farm = await startFarm([...certificate(), "--tls-client-ca", authority.ca], 2);
    const doors = ["--host", farm.coordinators.map(({ port }) => `localhost:${port}`).join(",")];
    const identity = ({ cert, key }: { cert: string; key: string }) => ["--cert", cert, "--key", key];
    const render = (...access: readonly string[]) =>
      runCommand(fakeArgs({}, ...picture, "--shared-fs", ...doors, "--ca", authority.ca, ...access));
    const { json } = await render(...identity(authority.identity("ada")));
    expect(json).toMatchObject({ outcome: "finished", filmSha256: await localHash() });
    for (const access of [[], identity(other.identity("eve")), identity(authority.identity("old", { days: -1 }))]) {
      const { exitCode, stderr } = await render(...access);
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(/Give --cert and --key|was valid until/);
    }
  });
});

describe.skipIf(!present)("what is wrong with TLS", () => {
  it("the authority is not known, one side speaks TLS alone, nobody is there -> said at once, and what to do", async () => {
    const { list, of } = await tokens();
    const nats = await startNats();
    const [door, plainDoor] = await Promise.all([doorOf(nats, ...certificate(), "--tokens", list), doorOf(nats)]);
    const said = async (door: readonly string[], ...access: readonly string[]) => {
      const { exitCode, stderr } = await runCommand(fakeArgs({}, ...picture, ...door, ...access));
      expect([exitCode, stderr.trim().split("\n")]).toEqual([1, [expect.any(String)]]);
      return stderr;
    };
    const token = ["--token-file", of("ada").path];
    expect(await said(door, "--ca", other.ca, ...token)).toMatch(
      /^\[unavailable\] The certificate of localhost:\d+ is not trusted .*Give --ca FILE/,
    );
    expect(await said(door, ...token)).toMatch(/speaks TLS .*Give --ca FILE, or --tls/);
    expect(await said(plainDoor, "--ca", authority.ca)).toMatch(/speaks no TLS .*Leave out --tls/);
    expect((await run("arras-farm", [...door, "nodes"])).stderr).toMatch(/speaks TLS .*Give --ca FILE, or --tls/);
  });

  it("the coordinator's files -> every mistake at once, each with its file, exit 2", async () => {
    const { cert } = authority.identity("door", { names: "DNS:farm.example", days: -1 });
    const { key } = authority.identity("door");
    const files = [
      "--tls-cert",
      cert,
      "--tls-key",
      key,
      "--tls-client-ca",
      "/nowhere/ca",
      "--tokens",
      "/nowhere/tokens",
    ];
    const { exitCode, stderr } = await run("arras-coordinator", ["--nats", "nats://127.0.0.1:1", ...files]);
    expect(exitCode).toBe(2);
    for (const pattern of [
      /was valid until/,
      /holds no key of/,
      /farm\.example.*look for/,
      /nowhere\/ca/,
      /nowhere\/tokens/,
    ])
      expect(stderr).toMatch(pattern);
  });

  it("open to all machines without a login -> refused, unless --insecure; a token is hashed for the list", async () => {
    const open = ["--nats", "nats://127.0.0.1:1", "--listen", "0.0.0.0:0"];
    const { exitCode, stderr } = await run("arras-coordinator", open);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/--tokens FILE.*or --insecure/)]);
    const token = randomBytes(32).toString("hex");
    const hashed = await run("arras-coordinator", ["--hash-token"], { input: `${token}\n` });
    expect(hashed.stdout).toBe(`sha256:${createHash("sha256").update(token).digest("hex")}\n`);
    expect((await run("arras-coordinator", ["--hash-token"], { input: "short\n" })).exitCode).toBe(2);
  });
});

describe.skipIf(!present)("clients that mean no good, at a door of a real coordinator", () => {
  it("garbage, endless heads, silence, hundreds of connections -> refused or dropped, and it serves on", async () => {
    const { list, of } = await tokens();
    const farm = await startFarm([...certificate(), "--tokens", list]);
    const port = Number(farm.port);
    const raw = () => new RawClient(connectPlain({ host: "127.0.0.1", port }));
    const inside = () => new RawClient(connect({ host: "127.0.0.1", port, ca: readFileSync(authority.ca) }));
    const silent = Array.from({ length: 200 }, raw);
    const garbage = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? raw() : inside()));
    for (const client of garbage) void client.say(randomBytes(4_096));
    const large = inside();
    await large.say(`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(limits.httpHeaderSizeBytesMax + 1)}\r\n\r\n`);
    await large.closed;
    // What of it was not read any more may cut off the answer.
    expect(large.text).toMatch(/^$|^HTTP\/1\.1 431 /);
    const slowloris = inside();
    await slowloris.say("GET / HTTP/1.1\r\nHost: x\r\n");
    // It renders meanwhile.
    const ada = ["--ca", authority.ca, "--token-file", of("ada").path];
    const { json } = await runCommand(fakeArgs({}, ...picture, ...farm.door, ...ada));
    expect(json.outcome).toBe("finished");
    await Promise.all([...silent, ...garbage].map(({ closed }) => closed));
    await slowloris.heard(/^HTTP\/1\.1 408 /);
    expect(await get(farm.port, "/healthz")).toEqual([200, "alive\n"]);
    expect(farm.coordinators[0]?.process.text).not.toMatch(/"level":(50|60)/);
  });
});
