// A farm of real processes: nats-server, a coordinator, node agents. The film is that of one machine, also when nodes
// are killed, leave, or stand still in the middle of the frame.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it, onTestFinished } from "vitest";
import { NatsBus } from "../../host/nats/nats-bus.ts";
import { DrainReplySchema, DrainRequestSchema } from "../../proto/gen/arras/v1/node_pb.ts";
import { subjects } from "../../proto/subjects.ts";
import { isAlive } from "../../scripts/processes.ts";
import { freePort, waitingBelow } from "../../scripts/programs.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { doorAt, hasNodes, startCoordinator, startNats, startNode } from "./farm-parts.ts";
import type { FarmProcess } from "./farm-processes.ts";
import { linkTo } from "./nats-link.ts";
import { natsServerPresent } from "./nats-server.ts";
import {
  beginSlowFrame,
  fakeArgs,
  mcrtMain,
  mergerMain,
  type RunningCommand,
  runCommand,
  testFolder,
  undisturbedFilm,
} from "./run-command.ts";

const present = natsServerPresent();
const picture = ["--size", "128x96", "--num-cores", "1"];

/** nats-server, a coordinator and agents of two cores each, all ready. */
async function startFarm(nodeCount: number, nodeArgs: (index: number) => readonly string[] = () => []) {
  const nats = await startNats();
  const { process: coordinator, port } = await startCoordinator(nats);
  const nodes: FarmProcess[] = [];
  for (let index = 0; index < nodeCount; index += 1) {
    nodes.push(startNode(nats, ["--renderer", "fake", ...nodeArgs(index)]));
  }
  await hasNodes(coordinator, nodeCount);
  return { nats, coordinator, nodes, door: doorAt(port) };
}

/** As nodes are when nothing is said; where it is of no matter, they need half of the processor time without. */
const withWaiting = () => ["--prestart", "1"];

const localHash = (...args: readonly string[]) => undisturbedFilm(...picture, ...args, "--num-mcrt", "2");

/** Of all computations of the session. */
const renderers = (nodes: readonly FarmProcess[]) => nodes.flatMap((node) => node.children(mcrtMain));

interface FrameWish {
  readonly spp?: string;
  readonly mcrtCount?: number;
  readonly args?: readonly string[];
  readonly costMsPerSample?: number;
}

/** A frame in its middle, all of its computations running, and the node that holds its film. */
async function rendering(
  farm: Awaited<ReturnType<typeof startFarm>>,
  { spp = "64", mcrtCount = 2, args = [], costMsPerSample }: FrameWish = {},
) {
  const frame = [...picture, "--spp", spp, "--num-mcrt", String(mcrtCount)];
  const { command, hurry } = await beginSlowFrame([...frame, ...args, ...farm.door], costMsPerSample);
  await expect.poll(() => renderers(farm.nodes)).toHaveLength(mcrtCount);
  const film = farm.nodes.find((node) => node.children(mergerMain).length === 1);
  const others = farm.nodes.filter((node) => node !== film);
  if (film === undefined) throw new Error("no node has the merger");
  return { command, film, others, hurry };
}

/** One of them that runs a renderer. */
function renderingOne(nodes: readonly FarmProcess[]): FarmProcess {
  const found = nodes.find((node) => node.children(mcrtMain).length > 0);
  if (found === undefined) throw new Error("all computations are beside the film");
  return found;
}

/** Agents that leave when a file of theirs is there. */
async function notices() {
  const folder = await testFolder();
  const noticeOf = (index: number) => join(folder, `notice ${index}`);
  return { noticeOf, nodeArgs: (index: number) => ["--drain-when", JSON.stringify(["test", "-e", noticeOf(index)])] };
}

/** The film is that of one machine, and one computation went elsewhere to finish it. */
async function expectMoved({ coordinator }: { readonly coordinator: FarmProcess }, command: RunningCommand) {
  const { json, exitCode } = await command.finished;
  expect(exitCode).toBe(0);
  expect(json.filmSha256).toBe(await localHash("--spp", "64"));
  expect(json.computations.map(({ restarts }) => restarts).sort()).toEqual([0, 1]);
  expect(coordinator.text).not.toMatch(/node lost/);
}

describe.skipIf(!present)("a farm", () => {
  it("four computations on two nodes -> the film of one machine, its file, and nothing left running", async () => {
    const farm = await startFarm(2, withWaiting);
    const output = join(await testFolder(), "out.exr");
    const args = fakeArgs({}, ...picture, "--spp", "16", "--num-mcrt", "4", "-o", output, ...farm.door);
    const { json, exitCode, stderr } = await runCommand(args);
    expect({ exitCode, stderr: stderr.includes("[") }).toEqual({ exitCode: 0, stderr: false });
    expect(json).toMatchObject({ outcome: "finished", outputs: [output], filmSha256: await localHash("--spp", "16") });
    expect(new Set(json.computations.map(({ node }) => node)).size).toBe(2);
    for (const node of farm.nodes) expect([...node.children(mcrtMain), ...node.children(mergerMain)]).toEqual([]);
  });

  it("a node without the film is killed in mid-frame -> its work is placed elsewhere, the same film", async () => {
    const farm = await startFarm(3, withWaiting);
    const { command, others, hurry } = await rendering(farm);
    const victim = renderingOne(others);
    victim.signal("SIGKILL");
    await farm.coordinator.said(/node lost/);
    await expect.poll(() => renderers(farm.nodes.filter((node) => node !== victim))).toHaveLength(2);
    hurry();
    const { json, exitCode } = await command.finished;
    expect(exitCode).toBe(0);
    expect(json.filmSha256).toBe(await localHash("--spp", "64"));
    expect(json.computations.some(({ restarts }) => restarts > 0)).toBe(true);
    expect(farm.coordinator.text).toMatch(/node lost/);
  });

  it("a node is killed -> what waits there for an order ends too", async () => {
    const farm = await startFarm(1, () => ["--prestart", "2"]);
    const [node] = farm.nodes;
    if (node === undefined) throw new Error("no node");
    await expect.poll(() => waitingBelow([node.pid]).length).toBe(4);
    const waiting = waitingBelow([node.pid]);
    node.signal("SIGKILL");
    await expect.poll(() => waiting.filter(isAlive)).toEqual([]);
  });

  it("the node with the film is killed in mid-frame -> the frame is rendered again elsewhere, the same film", async () => {
    const farm = await startFarm(3);
    const { command, film, hurry } = await rendering(farm);
    film.signal("SIGKILL");
    await farm.coordinator.said(/node lost/);
    hurry();
    const { json, exitCode } = await command.finished;
    expect(exitCode).toBe(0);
    expect(json.filmSha256).toBe(await localHash("--spp", "64"));
  });

  it("a node stands still until it is lost, then goes on -> what ran there is ended, the same film", async () => {
    const farm = await startFarm(3);
    const { command, others, hurry } = await rendering(farm);
    const victim = renderingOne(others);
    const orphans = victim.children(mcrtMain);
    victim.signal("SIGSTOP");
    await farm.coordinator.said(/node lost/);
    victim.signal("SIGCONT");
    await expect.poll(() => orphans.filter(isAlive)).toEqual([]);
    hurry();
    const { json, exitCode } = await command.finished;
    expect(exitCode).toBe(0);
    expect(json.filmSha256).toBe(await localHash("--spp", "64"));
  });

  it("SIGTERM to a node in mid-frame -> it leaves with exit 0 when its work is elsewhere, the same film", async () => {
    const farm = await startFarm(3, withWaiting);
    const { command, others, hurry } = await rendering(farm);
    const leaver = renderingOne(others);
    leaver.signal("SIGTERM");
    expect(await leaver.exited).toBe(0);
    hurry();
    await expectMoved(farm, command);
  });

  it("SIGTERM to a node where all are full -> it leaves long before its deadline, the rest finish the same film", async () => {
    const farm = await startFarm(2, () => ["--drain-deadline", "600"]);
    const { command, others, hurry } = await rendering(farm, { mcrtCount: 4, spp: "128" });
    const [leaver] = others as [FarmProcess];
    leaver.signal("SIGTERM");
    expect(await leaver.exited).toBe(0);
    expect(leaver.text).not.toMatch(/the time to leave is up/);
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect([exitCode, json.filmSha256]).toEqual([0, await localHash("--spp", "128")]);
    expect(stderr).toMatch(
      /mcrt_i\d waits for a place: Node \S+, where mcrt_i\d runs, is leaving the farm\. No node has/,
    );
    expect(json.computations.map(({ restarts }) => restarts).sort()).toEqual([0, 0, 1, 1]);
  });

  it("a request to a node to leave in mid-frame -> the same", async () => {
    const farm = await startFarm(3);
    const { command, others, hurry } = await rendering(farm);
    const leaver = renderingOne(others);
    const [, nodeId = ""] = await leaver.said(/^node +(\S+):/m);
    const link = await linkTo(farm.nats);
    onTestFinished(() => link.close());
    const request = toBinary(DrainRequestSchema, create(DrainRequestSchema, { reason: "a test" }));
    const reply = await new NatsBus(link, silentLog).request(subjects.drain(nodeId), request, 60_000);
    expect(fromBinary(DrainReplySchema, reply)).toMatchObject({ computationCount: 1 });
    expect(await leaver.exited).toBe(0);
    hurry();
    await expectMoved(farm, command);
  });

  it("a notice that a node's machine is taken away -> the same", async () => {
    const { noticeOf, nodeArgs } = await notices();
    const farm = await startFarm(3, nodeArgs);
    const { command, others, hurry } = await rendering(farm);
    const leaver = renderingOne(others);
    await writeFile(noticeOf(farm.nodes.indexOf(leaver)), "");
    expect(await leaver.exited).toBe(0);
    hurry();
    await expectMoved(farm, command);
  });

  it("a notice, and no time for the units in flight -> they are handed back unfinished, the same film", async () => {
    const { noticeOf, nodeArgs } = await notices();
    const farm = await startFarm(3, (index) => [...nodeArgs(index), "--drain-deadline", "0"]);
    const { command, others, hurry } = await rendering(farm);
    const leaver = renderingOne(others);
    await writeFile(noticeOf(farm.nodes.indexOf(leaver)), "");
    await leaver.said(/the time to leave is up: what is left here is ended/);
    expect(await leaver.exited).toBe(0);
    hurry();
    await expectMoved(farm, command);
  });

  it("SIGTERM to the node with the film, long before the frame's end -> the film goes on elsewhere, the same", async () => {
    // The frame takes four minutes, until it is hurried.
    const farm = await startFarm(3, () => ["--drain-deadline", "60"]);
    const wish = { spp: "128", costMsPerSample: 0.3, args: ["-l", "3"] };
    const { command, film, hurry } = await rendering(farm, wish);
    film.signal("SIGTERM");
    await command.said(/The film begins with a checkpoint/);
    expect(await film.exited).toBe(0);
    expect(film.text).not.toMatch(/the time to leave is up/);
    hurry();
    const { json, exitCode } = await command.finished;
    expect(exitCode).toBe(0);
    expect(json.filmSha256).toBe(await localHash("--spp", "128"));
  });

  it("SIGTERM to the node with the film -> it leaves with exit 0, the same film", async () => {
    // More than the frame may take: otherwise the film goes elsewhere at once.
    const farm = await startFarm(3, () => ["--drain-deadline", "600"]);
    const { command, film, hurry } = await rendering(farm);
    film.signal("SIGTERM");
    await film.said(/another ends at once/);
    hurry();
    expect(await film.exited).toBe(0);
    const { json, exitCode } = await command.finished;
    expect(exitCode).toBe(0);
    expect(json.filmSha256).toBe(await localHash("--spp", "64"));
  });

  it("a second SIGTERM to the node with the film -> it ends at once, the same film", async () => {
    const farm = await startFarm(3);
    const { command, film, hurry } = await rendering(farm);
    film.signal("SIGTERM");
    await film.said(/another ends at once/);
    film.signal("SIGTERM");
    expect(await film.exited).toBe(1);
    hurry();
    const { json, exitCode } = await command.finished;
    expect(exitCode).toBe(0);
    expect(json.filmSha256).toBe(await localHash("--spp", "64"));
  });

  it("nats-server is killed and comes back in mid-frame -> no node is lost, the same film", async () => {
    const farm = await startFarm(2, withWaiting);
    const { command, hurry } = await rendering(farm);
    await farm.nats.kill();
    await farm.coordinator.said(/NATS is lost/);
    await farm.nats.start();
    await farm.coordinator.said(/NATS is back/);
    hurry();
    const { json, exitCode } = await command.finished;
    expect(exitCode).toBe(0);
    expect(json.filmSha256).toBe(await localHash("--spp", "64"));
    expect(farm.coordinator.text).not.toMatch(/node lost/);
    expect(json.computations.map(({ restarts }) => restarts)).toEqual([0, 0]);
  });

  it("Ctrl-C in mid-frame -> stopped, what there is is written, the session is gone from the farm", async () => {
    const farm = await startFarm(2);
    const output = join(await testFolder(), "out.exr");
    const { command } = await rendering(farm, { args: ["-o", output] });
    command.signal("SIGINT");
    const { json, exitCode } = await command.finished;
    expect({ exitCode, outcome: json.outcome, outputs: json.outputs }).toEqual({
      exitCode: 0,
      outcome: "stopped",
      outputs: [output],
    });
    for (const node of farm.nodes) expect([...node.children(mcrtMain), ...node.children(mergerMain)]).toEqual([]);
  });
});

it("no coordinator is there -> one clear error, exit 1", async () => {
  const port = String(await freePort());
  const { exitCode, stderr } = await runCommand(fakeArgs({}, "--host", "127.0.0.1", "--port", port));
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^\[unavailable\] .*arras-coordinator running there/m);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
