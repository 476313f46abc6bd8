// Films on a farm that survive their node, their coordinator and their command, through the farm's object store; and
// what a store without room does. Each ends with the film of one machine.
import { describe, expect, it, onTestFinished } from "vitest";
import { KeyValueArchive } from "../../coordinator/checkpoints/key-value-archive.ts";
import { systemClock } from "../../host/clock.ts";
import { NatsKeyValue } from "../../host/nats/nats-key-value.ts";
import { NatsObjectStore } from "../../host/nats/nats-object-store.ts";
import { storeNames } from "../../proto/subjects.ts";
import { freePort } from "../../scripts/programs.ts";
import { doorsOf, type RunningFarm, startFarm, startNats } from "./farm-parts.ts";
import type { FarmProcess } from "./farm-processes.ts";
import { linkTo } from "./nats-link.ts";
import { type NatsServer, natsServerPresent } from "./nats-server.ts";
import {
  fakeArgs,
  killOnly,
  mergerMain,
  RunningCommand,
  runCommand,
  slowFrame,
  undisturbedFilm,
} from "./run-command.ts";

const present = natsServerPresent();
const frame = ["--size", "128x96", "--num-cores", "1", "--spp", "64", "--num-mcrt", "2"];
const frameSamples = 128 * 96 * 64;

/** A frame of which the farm's store has a checkpoint, and its id. */
async function withCheckpoint({ coordinators }: RunningFarm) {
  const { knobs, hurry } = slowFrame();
  const args = fakeArgs(knobs, ...frame, "--checkpoint-interval", "0.3", "-l", "3", ...doorsOf(...coordinators));
  const command = new RunningCommand(args);
  const [, id = ""] = await command.said(/it goes on with: arras-render --resume (\S+)\s/);
  return { command, id, hurry };
}

const resumed = ({ coordinators }: RunningFarm, id: string) =>
  runCommand(["--resume", id, "--json", "-l", "3", ...doorsOf(...coordinators)]);

const localHash = () => undisturbedFilm(...frame);

function filmNode({ nodes }: RunningFarm): FarmProcess {
  const found = nodes.find((node) => node.children(mergerMain).length === 1);
  if (found === undefined) throw new Error("no node has the merger");
  return found;
}

/** What the farm keeps of sessions: ids, and messages in the store of checkpoints. */
async function kept(nats: NatsServer): Promise<{ ids: string[]; checkpointCount: number }> {
  const link = await linkTo(nats);
  try {
    const archive = new KeyValueArchive(await NatsKeyValue.open(link, { bucket: storeNames.resumable }), systemClock);
    const sessions = await archive.list();
    const objects = await NatsObjectStore.open(link, { name: storeNames.checkpoints });
    let checkpointCount = 0;
    for (const { checkpoint } of sessions) if (await objects.has(checkpoint)) checkpointCount += 1;
    return { ids: sessions.map(({ sessionId }) => sessionId), checkpointCount };
  } finally {
    await link.close();
  }
}

describe.skipIf(!present)("a farm with checkpoints", () => {
  it("the node with the film is killed -> the film goes on elsewhere from its checkpoint, the same film", async () => {
    const farm = await startFarm({ nodeCount: 3 });
    const { command, id, hurry } = await withCheckpoint(farm);
    // Between two looks a newer one may have taken its place.
    await expect.poll(() => kept(farm.nats)).toEqual({ ids: [id], checkpointCount: 1 });
    await command.said(/ [1-5]\d% /);
    filmNode(farm).signal("SIGKILL");
    await command.said(/The film begins with a checkpoint/);
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect([exitCode, json.filmSha256]).toEqual([0, await localHash()]);
    expect(stderr).toMatch(/The film begins with a checkpoint with \d+\.\d samples per pixel/);
    expect(json.renderedSamples).toBeLessThan(1.5 * frameSamples);
    await expect.poll(() => kept(farm.nats)).toEqual({ ids: [], checkpointCount: 0 });
  });

  it("the node with the film leaves in mid-frame -> the film goes elsewhere as it is, hardly anything is rendered twice", async () => {
    // Less than the frame takes from there: otherwise the film stays until it is finished.
    const nodeArgs = () => ["--renderer", "fake", "--drain-deadline", "30"];
    const farm = await startFarm({ nodeCount: 3, nodeArgs });
    const { knobs, hurry } = slowFrame(0.3);
    const args = fakeArgs(knobs, ...frame, "-l", "3", ...doorsOf(...farm.coordinators));
    const command = new RunningCommand(args);
    await command.said(/ [1-3]\d% /);
    const leaving = filmNode(farm);
    leaving.signal("SIGTERM");
    expect(await leaving.exited).toBe(0);
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect([exitCode, json.filmSha256]).toEqual([0, await localHash()]);
    expect(stderr).toMatch(/where merge runs, is leaving/);
    expect(stderr).toMatch(/The film begins with a checkpoint/);
    expect(json.renderedSamples).toBeLessThan(1.25 * frameSamples);
  });

  it("the owner is killed, then the merger -> its successor knows the checkpoint, the same film", async () => {
    const farm = await startFarm({ coordinatorCount: 2 });
    const { command, hurry } = await withCheckpoint(farm);
    farm.coordinators[0].process.signal("SIGKILL");
    await command.said(/Another coordinator has taken the session over[\s\S]* spp · /);
    killOnly(filmNode(farm).children(mergerMain));
    await command.said(/The film begins with a checkpoint/);
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect([exitCode, json.filmSha256]).toEqual([0, await localHash()]);
    expect(stderr).toMatch(/The film begins with a checkpoint/);
  });

  it("stopped, then gone on with -> the same film; while it runs, or by an unknown id -> refused", async () => {
    const farm = await startFarm();
    const { command, id, hurry } = await withCheckpoint(farm);
    expect((await resumed(farm, id)).json.error?.code).toBe("session-state");
    command.signal("SIGINT");
    const stopped = await command.finished;
    hurry();
    expect([stopped.exitCode, stopped.json.resume]).toEqual([0, id]);
    const unknown = await resumed(farm, "unknown");
    expect(unknown.json.error?.action).toContain(id);
    const { json, exitCode } = await resumed(farm, id);
    expect([exitCode, json.outcome, json.filmSha256]).toEqual([0, "finished", await localHash()]);
    expect(json.renderedSamples).toBeLessThanOrEqual(frameSamples - stopped.json.samples + frameSamples / 20);
    await expect.poll(() => kept(farm.nats)).toEqual({ ids: [], checkpointCount: 0 });
  });

  it("coordinator and nodes are killed, and others started -> they and the command go on by themselves, the same film", async () => {
    const nats = await startNats();
    const port = String(await freePort());
    const first = await startFarm({ nats, port });
    const { command, hurry } = await withCheckpoint(first);
    await command.said(/ [1-5]\d% /);
    const former = [...first.coordinators.map(({ process }) => process), ...first.nodes];
    for (const process of former) process.signal("SIGKILL");
    await Promise.all(former.map(({ exited }) => exited));
    await startFarm({ nats, port });
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect([exitCode, json.outcome, json.filmSha256]).toEqual([0, "finished", await localHash()]);
    expect(stderr).toMatch(/The film begins with a checkpoint/);
    // Counted by the coordinator that ended it.
    expect(json.renderedSamples).toBeLessThan(frameSamples);
  });

  it("the store of checkpoints has no room -> told once, the frame is finished, exit code 0", async () => {
    const nats = await startNats();
    const link = await linkTo(nats);
    onTestFinished(() => link.close());
    await NatsObjectStore.open(link, { name: storeNames.checkpoints, sizeBytesMax: 65_536 });
    const farm = await startFarm({ nats });
    const { knobs, hurry } = slowFrame();
    const command = new RunningCommand(
      fakeArgs(knobs, ...frame, "--checkpoint-interval", "0.3", ...doorsOf(...farm.coordinators)),
    );
    await command.said(/No checkpoint of the film could be written/);
    await command.said(/ [1-5]\d% /);
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect([exitCode, json.outcome, json.filmSha256]).toEqual([0, "finished", await localHash()]);
    expect(stderr.match(/No checkpoint of the film could be written; rendering goes on.*no room left/g)).toHaveLength(
      1,
    );
    await expect.poll(() => kept(nats)).toEqual({ ids: [], checkpointCount: 0 });
  });
});
