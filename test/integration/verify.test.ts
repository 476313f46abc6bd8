// Farms of real processes with a node that renders wrong samples: another node's word shows it, it is shut out, and the
// film is that of machines that are all right.
import { describe, expect, it } from "vitest";
import { runFarmCommand } from "./farm-command.ts";
import { doorsOf, type FarmWish, type RunningCoordinator, startFarm } from "./farm-parts.ts";
import { natsServerPresent } from "./nats-server.ts";
import { fakeArgs, killOnly, mcrtMain, mergerMain, RunningCommand, slowFrame, undisturbedFilm } from "./run-command.ts";

const present = natsServerPresent();
const picture = ["--size", "128x96", "--num-cores", "1", "--spp", "64"];

interface Wrong {
  readonly changes?: boolean;
  readonly share?: number;
}

/** A farm, its agents' ids, and a frame on it for which one of the nodes is wrong. */
async function rendering(wrong: Wrong, { nodeCount = 3, ...farm }: FarmWish = {}) {
  const { coordinators, nodes } = await startFarm({ nodeCount, ...farm });
  const ids = await Promise.all(nodes.map(async (node) => (await node.said(/^node +(\S+):/m))[1] ?? ""));
  const [wrongId = ""] = ids;
  const door = doorsOf(...coordinators);
  const args = [...picture, "--num-mcrt", String(nodeCount), "--verify", "30%", "-l", "3", ...door];
  const { knobs, hurry } = slowFrame();
  const command = new RunningCommand(fakeArgs({ ...knobs, wrongAt: { node: wrongId, ...wrong } }, ...args));
  /** When it is found out, and all computations are elsewhere. */
  const shutOut = async () => {
    await command.said(/it is quarantined/);
    await expect.poll(() => nodes.slice(1).flatMap((node) => node.children(mcrtMain))).toHaveLength(nodeCount);
  };
  return { coordinators, nodes, wrongId, command, shutOut, hurry };
}

const localHash = () => undisturbedFilm(...picture);

async function nodeLine({ port }: RunningCoordinator, nodeId: string): Promise<string> {
  const { stdout } = await runFarmCommand(port, "nodes");
  return stdout.split("\n").find((line) => line.includes(nodeId.slice(0, 8))) ?? "";
}

describe.skipIf(!present)("a node whose samples are wrong", () => {
  it("three nodes, one always wrong -> found out and shut out, told everywhere, the film of right machines", async () => {
    const { coordinators, wrongId, command, shutOut, hurry } = await rendering({});
    const [coordinator] = coordinators as [RunningCoordinator];
    await shutOut();
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect({ exitCode, hash: json.filmSha256 }).toEqual({ exitCode: 0, hash: await localHash() });
    expect(stderr).toMatch(new RegExp(`Node ${wrongId} renders wrong samples: it is quarantined`));
    expect(json.computations.map(({ node }) => node)).not.toContain(wrongId);
    expect(await nodeLine(coordinator, wrongId)).toMatch(/quarantined/);
    const { stdout } = await runFarmCommand(coordinator.port, "events");
    expect(stdout).toMatch(/renders wrong samples and gets nothing any more: of e1 .* made [0-9a-f]{16}/);
  });

  it("it is wrong now and then, each time otherwise, beside one other node -> it contradicts itself, and is shut out", async () => {
    const wrong = { changes: true, share: 0.5 };
    const { coordinators, wrongId, command, shutOut, hurry } = await rendering(wrong, { nodeCount: 2 });
    await shutOut();
    hurry();
    const { json, exitCode } = await command.finished;
    expect({ exitCode, hash: json.filmSha256 }).toEqual({ exitCode: 0, hash: await localHash() });
    expect(await nodeLine(coordinators[0] as RunningCoordinator, wrongId)).toMatch(/quarantined/);
  });

  it("the merger is killed after that -> begins anew, has nothing of that node, the film of right machines", async () => {
    const { nodes, wrongId, command, shutOut, hurry } = await rendering({});
    await shutOut();
    const mergers = () => nodes.slice(1).flatMap((node) => node.children(mergerMain));
    await expect.poll(mergers).toHaveLength(1);
    const before = mergers();
    killOnly(before);
    await expect.poll(() => mergers().filter((pid) => !before.includes(pid))).toHaveLength(1);
    hurry();
    const { json, exitCode } = await command.finished;
    expect({ exitCode, hash: json.filmSha256 }).toEqual({ exitCode: 0, hash: await localHash() });
    expect(json.computations.map(({ node }) => node)).not.toContain(wrongId);
  });

  it("the session's coordinator is killed after that -> the other knows of it, the film of right machines", async () => {
    const { coordinators, wrongId, command, hurry } = await rendering({}, { coordinatorCount: 2 });
    await command.said(/it is quarantined/);
    const [owner, other] = coordinators as [RunningCoordinator, RunningCoordinator];
    owner.process.signal("SIGKILL");
    await other.process.said(/taking a session over/);
    hurry();
    const { json, exitCode } = await command.finished;
    expect({ exitCode, hash: json.filmSha256 }).toEqual({ exitCode: 0, hash: await localHash() });
    expect(await nodeLine(other, wrongId)).toMatch(/quarantined/);
  });
});
