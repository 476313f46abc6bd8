// Sessions that compete for a farm of real processes: they wait with a position and a reason, start when there is room,
// and grow when a node joins. However many computations there were, the film is that of one machine.
import { describe, expect, it } from "vitest";
import { doorAt, hasNodes, startCoordinator, startNats, startNode } from "./farm-parts.ts";
import type { FarmProcess } from "./farm-processes.ts";
import { natsServerPresent } from "./nats-server.ts";
import { fakeArgs, mcrtMain, RunningCommand, runCommand, slowFrame, undisturbedFilm } from "./run-command.ts";

const present = natsServerPresent();
const picture = ["--size", "128x96", "--num-cores", "1"];

async function startFarm(coordinatorCount = 1) {
  const nats = await startNats();
  const coordinators: FarmProcess[] = [];
  const doors: string[][] = [];
  for (let index = 0; index < coordinatorCount; index += 1) {
    const { process, port } = await startCoordinator(nats);
    coordinators.push(process);
    doors.push(doorAt(port));
  }
  let nodeCount = 0;
  const join = async (...args: readonly string[]) => {
    const node = startNode(nats, ["--renderer", "fake", ...args]);
    nodeCount += 1;
    for (const coordinator of coordinators) await hasNodes(coordinator, nodeCount);
    return node;
  };
  return { join, doors, door: doors[0] ?? [] };
}

function start(knobs: Readonly<Record<string, unknown>>, ...args: readonly string[]): RunningCommand {
  return new RunningCommand(fakeArgs(knobs, ...picture, ...args));
}

const localHash = (spp: string) => undisturbedFilm(...picture, "--spp", spp, "--num-mcrt", "2");

describe.skipIf(!present)("a farm that is full", () => {
  it("a second session waits, with position and reason, at another coordinator; the first ends -> it starts", async () => {
    const farm = await startFarm(2);
    const [one = [], other = []] = farm.doors;
    await farm.join();
    const { knobs, hurry } = slowFrame();
    const first = start(knobs, "--spp", "64", "--num-mcrt", "2", ...one);
    await first.said(/ spp · /);
    const second = start({}, "--spp", "16", "--num-mcrt", "2", ...other);
    await second.said(
      /queued 1 of 1: no node has 1 core free for mcrt_i[01]: most are on .*, 0 of 2; waits for session \S+ to end, or a node/,
    );
    hurry();
    const ended = await first.finished;
    expect({ exitCode: ended.exitCode, hash: ended.json.filmSha256 }).toEqual({
      exitCode: 0,
      hash: await localHash("64"),
    });
    const { exitCode, json } = await second.finished;
    expect({ exitCode, hash: json.filmSha256 }).toEqual({ exitCode: 0, hash: await localHash("16") });
  });

  it("--no-wait -> exit code 2 at once; --queue-timeout -> after that time; both say what is missing", async () => {
    const farm = await startFarm();
    await farm.join();
    const args = ["--spp", "16", "--num-mcrt", "3", ...farm.door];
    const refused = await runCommand(fakeArgs({}, ...picture, ...args, "--no-wait"));
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/\[resources-insufficient\] No node has 1 core free for mcrt_i2.*Use --num-mcrt 2/);
    const late = await runCommand(fakeArgs({}, ...picture, ...args, "--queue-timeout", "1"));
    expect({ exitCode: late.exitCode, outcome: late.json.outcome }).toEqual({ exitCode: 2, outcome: "failed" });
    expect(late.stderr).toMatch(
      /queued 1 of 1: no node has 1 core free.*; waits for a node that has it\. Use --num-mcrt 2, /,
    );
    expect(late.stderr).toMatch(/\[resources-insufficient\] It waited 1 s in the queue/);
    const many = ["--size", "128x96", "--num-cores", "9", "--spp", "16"];
    const fitted = await runCommand(fakeArgs({}, ...many, "--auto-fit", ...farm.door));
    expect(fitted).toMatchObject({ exitCode: 0 });
  });

  it("Ctrl-C in the queue -> it leaves it; the next one starts", async () => {
    const farm = await startFarm();
    const waiting = start({}, "--spp", "16", "--num-mcrt", "2", ...farm.door);
    await waiting.said(/queued 1 of 1: no node is there; waits for a node/);
    const next = start({}, "--spp", "16", "--num-mcrt", "2", ...farm.door);
    await next.said(/queued 2 of 2/);
    waiting.signal("SIGINT");
    const { exitCode, json } = await waiting.finished;
    expect({ exitCode, outcome: json.outcome }).toEqual({ exitCode: 0, outcome: "stopped" });
    await next.said(/queued 1 of 1/);
    await farm.join();
    expect((await next.finished).exitCode).toBe(0);
  });

  it("--tag -> only nodes that have it", async () => {
    const farm = await startFarm();
    await farm.join();
    const tagged = start({}, "--spp", "16", "--num-mcrt", "2", "--tag", "gpu", ...farm.door);
    await tagged.said(/queued 1 of 1: no node has the tags gpu/);
    const node = await farm.join("--tag", "gpu,fast");
    const { json, exitCode } = await tagged.finished;
    expect(exitCode).toBe(0);
    const [, nodeId] = await node.said(/^node +(\S+):/m);
    expect(json.computations.map((each) => each.node)).toEqual([nodeId, nodeId]);
  });

  it("a range 1-3 on a node of two cores -> two computations; a second node joins -> three, the same film", async () => {
    const farm = await startFarm();
    const first = await farm.join();
    const { knobs, hurry } = slowFrame();
    const range = start(knobs, "--spp", "64", "--num-mcrt", "1-3", ...farm.door);
    await range.said(/ spp · .* 2 computations/);
    expect(first.children(mcrtMain)).toHaveLength(2);
    await farm.join();
    // Some tenth of the frame later the third one has rendered, too.
    await range.said(/ spp · .* 3 computations[\s\S]* spp · .* 3 computations/);
    hurry();
    const { json, exitCode } = await range.finished;
    expect(exitCode).toBe(0);
    expect(json.computations.map(({ name }) => name)).toEqual(["mcrt_i0", "mcrt_i1", "mcrt_i2"]);
    expect(json.computations.every(({ samples }) => samples > 0)).toBe(true);
    expect(json.filmSha256).toBe(await localHash("64"));
  });
});
