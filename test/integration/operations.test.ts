// What an operator sees of a farm of real processes: arras-farm in mid-render, events of a frame through which a node is
// killed, figures read by Prometheus' own parser, readiness while NATS is away, traces at a collector.
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { nodeForm, sessionForm } from "../../cli/farm-command/json-forms.ts";
import { freePort } from "../../scripts/programs.ts";
import { runFarmCommand as arrasFarm, farmAnswer, farmEvents } from "./farm-command.ts";
import { doorAt, hasNodes, startCoordinator, startNats, startNode } from "./farm-parts.ts";
import { FarmProcess } from "./farm-processes.ts";
import { type NatsServer, natsServerPresent } from "./nats-server.ts";
import {
  beginSlowFrame,
  fakeArgs,
  mcrtMain,
  mergerMain,
  RunningCommand,
  runCommand,
  testFolder,
  undisturbedFilm,
} from "./run-command.ts";

const present = natsServerPresent();
/** The parser that Prometheus publishes, from Debian's python3-prometheus-client. */
const parserPresent = spawnSync("/usr/bin/python3", ["-c", "import prometheus_client.parser"]).status === 0;
if (!parserPresent) process.stdout.write("python3-prometheus-client is not installed: figures are not parsed\n");

/** Minutes: somebody ends it. */
const endless = 4096;
const picture = ["--size", "128x96", "--num-cores", "1", "--num-mcrt", "2"];

interface Farm {
  readonly nats: NatsServer;
  readonly coordinator: FarmProcess;
  readonly nodes: readonly FarmProcess[];
  readonly port: string;
  readonly door: readonly string[];
}

async function startFarm(
  nodeCount: number,
  {
    coordinatorArgs = [],
    nodeArgs: more = [],
    logLevel = 3,
  }: {
    readonly coordinatorArgs?: readonly string[];
    readonly nodeArgs?: readonly string[];
    readonly logLevel?: number;
  } = {},
): Promise<Farm> {
  const nats = await startNats();
  const level = ["-l", String(logLevel)];
  const { process: coordinator, port } = await startCoordinator(nats, { args: [...level, ...coordinatorArgs] });
  const nodeArgs = ["--renderer", "fake", "--tag", "blue", ...level, "--metrics", "127.0.0.1:0", ...more];
  const nodes = Array.from({ length: nodeCount }, () => startNode(nats, nodeArgs));
  await hasNodes(coordinator, nodeCount);
  return { nats, coordinator, nodes, port, door: doorAt(port) };
}

/** Of one core. */
function startSmallNode({ url }: NatsServer): FarmProcess {
  return new FarmProcess("arras-node", ["--nats", url, "--renderer", "fake", "--cores", "1", "--prestart", "0"]);
}

type Node = ReturnType<typeof nodeForm>;
type Session = ReturnType<typeof sessionForm>;

const nodesOf = async ({ port }: Farm) => (await farmAnswer<{ nodes: Node[] }>(port, "nodes")).nodes;
const sessionsOf = async ({ port }: Farm) => (await farmAnswer<{ sessions: Session[] }>(port, "sessions")).sessions;
const eventsOf = ({ port }: Farm) => farmEvents(port);

const renderers = ({ nodes }: Farm) => nodes.flatMap((node) => node.children(mcrtMain));

/** A frame of two computations in its middle, until it is hurried. */
async function rendering(farm: Farm, spp = 96, ...args: readonly string[]) {
  const { command, hurry } = await beginSlowFrame([...picture, "--spp", String(spp), ...args, ...farm.door]);
  await expect.poll(() => renderers(farm)).toHaveLength(2);
  return { command, hurry };
}

const idOf = (node: FarmProcess) => /^node +(\S+):/m.exec(node.text)?.[1] ?? "";

/** One that renders and has not got the film. */
function renderingOne({ nodes }: Farm): FarmProcess {
  const found = nodes.find((node) => node.children(mcrtMain).length > 0 && node.children(mergerMain).length === 0);
  if (found === undefined) throw new Error("all computations are beside the film");
  return found;
}

const localHash = () => undisturbedFilm(...picture, "--spp", "96");

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};

describe.skipIf(!present)("arras-farm", () => {
  it("in mid-render -> nodes, sessions, one of each, and what has happened; cancel ends the frame", async () => {
    const farm = await startFarm(3);
    const output = join(await testFolder(), "out.exr");
    const { command } = await rendering(farm, endless, "-o", output);
    const table = await arrasFarm(farm.port, "nodes");
    expect(table).toMatchObject({ exitCode: 0, stderr: "" });
    expect(table.stdout).toMatch(/^NODE +STATE +CORES +MEMORY GB +USED +LIMITS +RENDERERS +CPU +TAGS +RUNS +HEARD\n/);
    expect(table.stdout.match(/ ready /g)).toHaveLength(3);
    expect(table.stdout).toMatch(/\n3 nodes: 6 cores \(2 reserved\), 24\.0 GB /);
    expect(table.stdout).not.toContain("\u001b");
    for (const line of table.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    // How far it is, is up to a second old.
    await expect
      .poll(async () => (await sessionsOf(farm))[0])
      .toMatchObject({
        state: "rendering",
        width: 128,
        height: 96,
        progress: { sppBudget: endless, computations: 2 },
      });
    const [session] = await sessionsOf(farm);
    const short = session?.id.slice(0, 6) ?? "";
    expect((await arrasFarm(farm.port, "sessions")).stdout).toMatch(new RegExp(`\n${short}\\S* +rendering +`));
    const page = (await arrasFarm(farm.port, "session", short)).stdout;
    expect(page).toMatch(/^state +rendering$/m);
    expect(page).toMatch(/^owner +127\.0\.0\.1:\d+$/m);
    expect(page).toMatch(/^merge +\S+/m);
    const busy = async () => (await nodesOf(farm)).find(({ computations }) => computations.length > 0)?.id;
    await expect.poll(busy).toBeDefined();
    expect((await arrasFarm(farm.port, "nodes", (await busy()) ?? "")).stdout).toContain(`of session ${session?.id}`);
    expect(await arrasFarm(farm.port, "cancel", short)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await command.finished).toMatchObject({ exitCode: 0, json: { outcome: "stopped", outputs: [output] } });
    await expect.poll(async () => (await eventsOf(farm)).map(({ kind }) => kind)).toContain("session-stopped");
    await expect.poll(async () => (await arrasFarm(farm.port, "sessions")).stdout).toBe("No sessions.\n");
  });

  it("a session waits -> shown with its place and why, counted, and told; cancelled, it is stopped", async () => {
    const farm = await startFarm(1);
    const { command: first } = await rendering(farm, endless);
    const second = new RunningCommand(fakeArgs({}, ...picture, "--spp", "4", ...farm.door));
    await second.said(/queued 1 of 1/);
    const waiting = (await sessionsOf(farm)).find(({ state }) => state === "queued");
    expect(waiting).toMatchObject({ startedAt: null, computations: [], queue: { place: 1, waiting: 1 } });
    expect(waiting?.queue?.reason).toMatch(/^No node has 1 core free for mcrt_i0: /);
    const { stdout } = await arrasFarm(farm.port, "sessions");
    expect(stdout).toMatch(/^\S+ +queued .*\n {2}waits at place 1 of 1: No node has .*\n {2}needs session /m);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    expect((await get(`http://127.0.0.1:${farm.port}/metrics`)).text).toMatch(/^arras_queue_length 1$/m);
    expect(await arrasFarm(farm.port, "cancel", waiting?.id ?? "")).toMatchObject({ exitCode: 0 });
    expect((await second.finished).json.outcome).toBe("stopped");
    first.signal("SIGINT");
    await first.finished;
    const kinds = async () =>
      (await eventsOf(farm)).filter(({ session }) => session === waiting?.id).map(({ kind }) => kind);
    await expect.poll(kinds).toEqual(["session-created", "session-queued", "session-stopped", "session-closed"]);
  });

  it("a node is drained -> shown so, its units go elsewhere, the same film, and it leaves", async () => {
    const farm = await startFarm(3);
    const { command, hurry } = await rendering(farm);
    const leaver = renderingOne(farm);
    const { exitCode, stdout } = await arrasFarm(farm.port, "drain", idOf(leaver));
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`${idOf(leaver)} on `)]);
    expect(await leaver.exited).toBe(0);
    hurry();
    const { json: result } = await command.finished;
    expect(result.filmSha256).toBe(await localHash());
    await expect.poll(async () => (await nodesOf(farm)).map(({ id }) => id)).not.toContain(idOf(leaver));
    const ofLeaver = async () => (await eventsOf(farm)).filter(({ node }) => node === idOf(leaver));
    await expect
      .poll(async () => (await ofLeaver()).map(({ kind }) => kind).filter((kind) => kind.startsWith("node-")))
      .toEqual(["node-joined", "node-draining", "node-left"]);
    expect(await arrasFarm(farm.port, "drain", idOf(leaver))).toMatchObject({ exitCode: 1 });
  });

  it("the only node is drained -> it leaves at once with its film kept, the session says what it waits for; another joins -> the same film", async () => {
    const farm = await startFarm(1, { nodeArgs: ["--drain-deadline", "600"] });
    const { command, hurry } = await rendering(farm);
    const [leaver] = farm.nodes as [FarmProcess];
    expect(await arrasFarm(farm.port, "drain", idOf(leaver))).toMatchObject({ exitCode: 0 });
    expect(await leaver.exited).toBe(0);
    expect(leaver.text).not.toMatch(/the time to leave is up/);
    await command.said(/^without a place: node \S+, where mcrt_i\d runs, is leaving the farm/m);
    await expect
      .poll(async () => (await sessionsOf(farm))[0]?.queue)
      .toMatchObject({
        place: null,
        reason: expect.stringMatching(/^Node \S+, where mcrt_i\d runs, is leaving the farm\. No node/),
      });
    startNode(farm.nats, ["--renderer", "fake"]);
    hurry();
    const { json: result, exitCode } = await command.finished;
    expect([exitCode, result.filmSha256]).toEqual([0, await localHash()]);
    const events = await eventsOf(farm);
    const unplaced = events.filter(({ kind }) => kind === "computation-unplaced").map(({ computation }) => computation);
    expect(unplaced).toEqual(expect.arrayContaining(["mcrt_i0", "mcrt_i1"]));
    expect(events.map(({ kind }) => kind)).toContain("session-restored");
  });

  it("a node is killed in mid-frame -> the events tell all of it, each once, in the order in which it happened", async () => {
    const farm = await startFarm(3);
    const following = arrasFarm(farm.port, "--json", "events", "--follow");
    const { command, hurry } = await rendering(farm);
    const victim = renderingOne(farm);
    victim.signal("SIGKILL");
    await farm.coordinator.said(/node lost/);
    await expect
      .poll(() => renderers({ ...farm, nodes: farm.nodes.filter((node) => node !== victim) }))
      .toHaveLength(2);
    hurry();
    const { exitCode } = await command.finished;
    expect(exitCode).toBe(0);
    await expect.poll(async () => (await eventsOf(farm)).map(({ kind }) => kind)).toContain("session-closed");
    const events = await eventsOf(farm);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, at) => at + 1));
    const session = events.find(({ kind }) => kind === "session-created")?.session;
    const ofSession = events.filter((event) => event.session === session || event.kind === "node-lost");
    const states = ofSession.map(({ kind }) => kind).filter((kind) => kind.startsWith("session-"));
    expect(states).toEqual([
      ...["session-created", "session-placed", "session-preparing", "session-rendering"],
      ...["session-finished", "session-images-kept", "session-closed"],
    ]);
    const told = (kind: string) => ofSession.findIndex((event) => event.kind === kind);
    const lost = ofSession[told("node-lost")];
    expect(lost).toMatchObject({ node: idOf(victim), session: null });
    const restarted = ofSession.filter(({ kind }) => kind === "computation-restarted");
    expect(restarted.length).toBeGreaterThan(0);
    for (const { computation, node, error } of restarted) {
      expect([node, error?.code]).toEqual([idOf(victim), "computation-lost"]);
      // It ran there before the node was lost, and runs elsewhere after that.
      const starts = ofSession.filter(
        (event) => event.kind === "computation-started" && event.computation === computation,
      );
      expect(starts.map((event) => [event.attempt, event.node === idOf(victim)])).toEqual([
        [1, true],
        [2, false],
      ]);
      const [first, second] = starts.map((event) => ofSession.indexOf(event));
      expect(first).toBeLessThan(told("node-lost"));
      expect(told("node-lost")).toBeLessThan(told("computation-restarted"));
      expect(told("computation-restarted")).toBeLessThan(second ?? -1);
    }
    const ended = ofSession.filter(({ kind }) => kind === "computation-ended").map(({ computation }) => computation);
    expect(ended.sort()).toEqual(["mcrt_i0", "mcrt_i1", "merge"]);
    // Who follows is told the same, and goes on when the coordinator has gone.
    farm.coordinator.signal("SIGTERM");
    await farm.coordinator.exited;
    await startCoordinator(farm.nats, { port: farm.port });
    const late = startSmallNode(farm.nats);
    await late.said(/^node /m);
    await expect.poll(async () => (await eventsOf(farm)).map(({ node }) => node)).toContain(idOf(late));
    expect(await Promise.race([following, "still following"])).toBe("still following");
  });
});

describe.skipIf(!present)("a farm that rehearses", () => {
  it("idle, then with a frame -> nobody is told of sessions that were only played, and the frame is the same film", async () => {
    const farm = await startFarm(1, { coordinatorArgs: ["--rehearse", "2"] });
    await farm.coordinator.said(/"sessionCount":2,.*"sessions were rehearsed"/);
    const { text } = await get(`http://127.0.0.1:${farm.port}/metrics`);
    expect([await sessionsOf(farm), (await eventsOf(farm)).map(({ kind }) => kind)]).toEqual([[], ["node-joined"]]);
    expect(text).not.toMatch(/^arras_(units_granted|units_done|samples_merged|sessions_ended)_total\S* [1-9]/m);
    const { json } = await runCommand(fakeArgs({}, ...picture, "--spp", "96", ...farm.door));
    expect([json.outcome, json.filmSha256]).toEqual(["finished", await localHash()]);
  });
});

describe.skipIf(!present)("two coordinators", () => {
  it("one is killed in mid-render -> any of them has answered for the farm, the other goes on, and all of it is told", async () => {
    const farm = await startFarm(2);
    const { port } = await startCoordinator(farm.nats);
    const other = { ...farm, port };
    const late = startSmallNode(farm.nats);
    await late.said(/^node /m);
    const { command } = await rendering(farm, endless);
    await expect.poll(async () => (await nodesOf(other)).length).toBe(3);
    const owned = async (from: Farm) => (await sessionsOf(from)).map(({ id, owner }) => [id, owner]);
    const here = await owned(farm);
    expect(here).toEqual([[expect.any(String), `127.0.0.1:${farm.port}`]]);
    await expect.poll(() => owned(other)).toEqual(here);
    await expect.poll(async () => (await sessionsOf(other))[0]?.progress.spp).toBeGreaterThan(0);
    farm.coordinator.signal("SIGKILL");
    await expect.poll(async () => (await sessionsOf(other))[0]?.owner).toBe(`127.0.0.1:${port}`);
    // The command knows one coordinator only, and that is gone; the session is ended through the other.
    const [session] = await sessionsOf(other);
    expect(await arrasFarm(port, "cancel", session?.id ?? "")).toMatchObject({ exitCode: 0 });
    await expect.poll(async () => (await sessionsOf(other))[0]?.state).toBe("stopped");
    await expect.poll(async () => (await eventsOf(other)).map(({ kind }) => kind)).toContain("session-stopped");
    const events = await eventsOf(other);
    // Both heard every node; what both tell is kept once.
    const joined = events.filter(({ kind }) => kind === "node-joined").map(({ node }) => node);
    expect(joined.sort()).toEqual([...farm.nodes, late].map(idOf).sort());
    const states = events.filter((event) => event.session === session?.id).map(({ kind }) => kind);
    expect(states.filter((kind) => kind.startsWith("session-"))).toEqual([
      ...["session-created", "session-placed", "session-preparing", "session-rendering"],
      ...["session-taken-over", "session-stopped"],
      // Kept after that, in their own time.
      ...states.filter((kind) => kind === "session-images-kept"),
    ]);
    const { text } = await get(`http://127.0.0.1:${port}/metrics`);
    expect(text).toMatch(/^arras_takeovers_total 1$/m);
    expect(text).toMatch(/^arras_takeover_seconds_count 1$/m);
    expect(text).toMatch(/^arras_leases_held 1$/m);
    command.signal("SIGKILL");
  });
});

describe.skipIf(!present)("figures, health, logs and traces", () => {
  it.skipIf(!parserPresent)("figures in mid-render and after -> Prometheus reads them, and they are true", async () => {
    const farm = await startFarm(2);
    const { command, hurry } = await rendering(farm);
    const during = parsed((await get(`http://127.0.0.1:${farm.port}/metrics`)).text);
    expect(during('arras_sessions{state="rendering"}')).toBe(1);
    expect(during('arras_nodes{state="ready"}')).toBe(2);
    expect([during("arras_node_cores"), during("arras_node_cores_reserved")]).toEqual([4, 2]);
    expect(during("arras_node_memory_reserved_bytes")).toBeGreaterThan(0);
    expect(during("arras_leases_held")).toBe(1);
    const [endpoint = ""] = farm.nodes.flatMap((node) => /^metrics +(\S+)/m.exec(node.text)?.slice(1) ?? []);
    const ofNode = parsed((await get(endpoint)).text);
    const kinds = ["mcrt", "merge"].map((kind) => ofNode(`arras_agent_computations{kind="${kind}"}`) ?? 0);
    expect(kinds[0]! + kinds[1]!).toBeGreaterThan(0);
    expect([ofNode("arras_agent_cores"), ofNode("arras_agent_memory_bytes")]).toEqual([2, 8 * 2 ** 30]);
    hurry();
    await command.finished;
    const after = parsed((await get(`http://127.0.0.1:${farm.port}/metrics`)).text);
    expect(after('arras_sessions{state="rendering"}')).toBe(0);
    expect(after('arras_sessions_ended_total{state="finished"}')).toBe(1);
    // Every pixel's every sample, once.
    expect(after("arras_samples_merged_total")).toBe(128 * 96 * 96);
    expect(after("arras_units_done_total")).toBeLessThanOrEqual(after("arras_units_granted_total") ?? 0);
    expect(after("arras_grant_latency_seconds_count")).toBeGreaterThan(0);
    expect(after('arras_grpc_calls_total{code="OK",method="SessionService/CreateSession"}')).toBe(1);
    expect(after("arras_queue_wait_seconds_count")).toBe(1);
    expect(after("process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
    expect(after("nodejs_eventloop_lag_seconds")).toBeGreaterThanOrEqual(0);
  });

  it("NATS goes and comes back -> readyz 503 and 200 again, healthz 200 all the time", async () => {
    const farm = await startFarm(1);
    const ask = async (path: string) => (await get(`http://127.0.0.1:${farm.port}${path}`)).status;
    expect([await ask("/readyz"), await ask("/healthz")]).toEqual([200, 200]);
    await farm.nats.kill();
    await expect.poll(() => ask("/readyz")).toBe(503);
    expect((await get(`http://127.0.0.1:${farm.port}/readyz`)).text).toMatch(/^nats not ready$/m);
    expect(await ask("/healthz")).toBe(200);
    expect((await get(`http://127.0.0.1:${farm.port}/metrics`)).text).toMatch(/^arras_nats_connected 0$/m);
    await farm.nats.start();
    await expect.poll(() => ask("/readyz")).toBe(200);
    expect((await get(`http://127.0.0.1:${farm.port}/metrics`)).text).toMatch(/^arras_nats_reconnects_total 1$/m);
  });

  it("a log line is about a session, a computation, a node -> it says so in fields, each once", async () => {
    const farm = await startFarm(2, { logLevel: 5 });
    await runCommand(fakeArgs({ failAt: { x: 5, y: 5 } }, ...picture, "--spp", "2", ...farm.door));
    const events = await eventsOf(farm);
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["session-hole", "session-holes"]));
    const session = events.find(({ kind }) => kind === "session-created")?.session ?? "";
    // Its last line may not be there to its end.
    const whole = (text: string) => text.split("\n").slice(0, -1);
    const texts = [farm.coordinator, ...farm.nodes].flatMap(({ text }) => whole(text));
    const lines = texts.filter((text) => text.startsWith("{")).map((text) => ({ text, fields: JSON.parse(text) }));
    const about = lines.filter(({ text }) => text.includes(session));
    expect(about.length).toBeGreaterThan(20);
    expect(about.filter(({ fields }) => fields.session !== session)).toEqual([]);
    const ofComputations = lines.filter(({ fields }) => fields.computation !== undefined);
    expect(ofComputations.length).toBeGreaterThan(10);
    expect(ofComputations.filter(({ fields }) => fields.session === undefined || fields.node === undefined)).toEqual(
      [],
    );
    const ofNodes = farm.nodes.flatMap((node) =>
      lines.filter(({ fields }) => fields.name === "arras-node" && fields.node === idOf(node)),
    );
    expect(ofNodes).toHaveLength(lines.filter(({ fields }) => fields.name === "arras-node").length);
    const twice = /"(session|computation|node|name|pid)":.*"\1":/;
    expect(lines.filter(({ text }) => twice.test(text.replace(/"msg":.*/, "")))).toEqual([]);
    // A failure in the renderer names its unit.
    expect(lines.some(({ fields }) => fields.session === session && typeof fields.unit === "string")).toBe(true);
  });

  it("a session is rendered with a collector -> one trace by its id, with a span for each part", async () => {
    const spans: { name: string; traceId: string; parentSpanId?: string }[] = [];
    const collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        for (const { scopeSpans } of JSON.parse(Buffer.concat(chunks).toString()).resourceSpans)
          for (const scope of scopeSpans) spans.push(...scope.spans);
        response.setHeader("content-type", "application/json").end("{}");
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void collector.close());
    const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    const farm = await startFarm(2, { coordinatorArgs: ["--otlp-endpoint", endpoint] });
    const output = join(await testFolder(), "out.exr");
    const { command, hurry } = await rendering(farm, 96, "-o", output);
    // Otherwise one of them may have rendered all of it before the other was ready.
    await expect.poll(async () => (await sessionsOf(farm))[0]?.progress.computations).toBe(2);
    hurry();
    await command.finished;
    const session = (await eventsOf(farm)).find(({ kind }) => kind === "session-created")?.session ?? "";
    // What waits is sent when the coordinator ends.
    farm.coordinator.signal("SIGTERM");
    await farm.coordinator.exited;
    expect(spans.map(({ name }) => name).sort()).toEqual([
      ...["image fetch", "launch mcrt_i0", "launch mcrt_i1", "launch merge", "placement"],
      ...["prepare mcrt_i0", "prepare mcrt_i1", "rendering", "session"],
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([session.replaceAll("-", "")]));
  });
});

it("no coordinator is there -> one clear line, exit 1, and an object for who reads JSON", async () => {
  const port = String(await freePort());
  const said = await arrasFarm(port, "--json", "nodes");
  expect(said.exitCode).toBe(1);
  expect(said.stderr.trim().split("\n")).toHaveLength(1);
  expect(said.stderr).toMatch(
    /^\[unavailable\] No coordinator answers at 127\.0\.0\.1:\d+ .*arras-coordinator running there/,
  );
  expect(JSON.parse(said.stdout)).toMatchObject({ error: { code: "unavailable" } });
});

it("the command line is wrong -> every mistake, exit 2; help -> exit 0", async () => {
  expect(await arrasFarm("x", "node", "--colour")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/--colour.*ARRAS_PORT.*"node"/s),
  });
  expect(await arrasFarm("1", "--help")).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("Usage: arras-farm"),
  });
});

/** Sample by its name and labels, sorted: `name{a="b"}`. */
function parsed(text: string): (sample: string) => number | undefined {
  const program = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
out = {}
for family in text_string_to_metric_families(sys.stdin.read()):
    for s in family.samples:
        labels = ",".join('%s="%s"' % pair for pair in sorted(s.labels.items()))
        out[s.name + ("{" + labels + "}" if labels else "")] = s.value
print(json.dumps(out))`;
  const { stdout, status, stderr } = spawnSync("/usr/bin/python3", ["-c", program], { input: text, encoding: "utf8" });
  if (status !== 0) throw new Error(`Prometheus cannot read it: ${stderr}`);
  const samples: Record<string, number> = JSON.parse(stdout);
  return (sample) => samples[sample];
}
