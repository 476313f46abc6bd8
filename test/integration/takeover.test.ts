// Coordinators of real farms that are killed, stand still, or leave, while a frame is rendered: another goes on with it,
// the command notices nothing, and the film is that of one machine.
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { RecordBook } from "../../coordinator/records/record-book.ts";
import type { KeptRecord } from "../../coordinator/records/session-record.ts";
import { NatsKeyValue } from "../../host/nats/nats-key-value.ts";
import { storeNames } from "../../proto/subjects.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { doorsOf, type RunningCoordinator, startCoordinator, startFarm } from "./farm-parts.ts";
import type { FarmProcess } from "./farm-processes.ts";
import { linkTo } from "./nats-link.ts";
import { type NatsServer, natsServerPresent } from "./nats-server.ts";
import { beginSlowFrame, mcrtMain, mergerMain, testFolder, undisturbedFilm } from "./run-command.ts";

const present = natsServerPresent();
const picture = ["--size", "128x96", "--num-cores", "1", "--spp", "64", "--num-mcrt", "2"];

const nodeArgs = () => ["--renderer", "fake", "--prestart", "1"];

const localHash = () => undisturbedFilm(...picture);

const running = (nodes: readonly FarmProcess[], main: string) => nodes.flatMap((node) => node.children(main)).sort();

/** A frame in its middle, asked for at one coordinator, which then owns it; and the processes that render and merge it. */
async function rendering(nodes: readonly FarmProcess[], door: readonly string[], ...args: readonly string[]) {
  const { command, hurry } = await beginSlowFrame([...picture, "-l", "3", ...args, ...door]);
  await expect.poll(() => running(nodes, mcrtMain)).toHaveLength(2);
  return { command, hurry, before: [running(nodes, mcrtMain), running(nodes, mergerMain)] };
}

/** Resolves when the only session's record says that it has ended. */
async function recordedEnd(nats: NatsServer): Promise<void> {
  const link = await linkTo(nats);
  onTestFinished(() => link.close());
  const store = await NatsKeyValue.open(link, { bucket: storeNames.sessions });
  await new Promise<void>((resolve) => {
    const look = ({ record }: KeptRecord) => record.final !== undefined && resolve();
    const book = new RecordBook({ store, log: silentLog, listener: { kept: look, removed: () => {} } });
    onTestFinished(() => book.close());
  });
}

describe.skipIf(!present)("a farm with several coordinators", () => {
  it("the owner is killed in mid-frame -> another goes on with the same processes, the command too, the same film", async () => {
    const { coordinators, nodes } = await startFarm({ coordinatorCount: 2, nodeArgs });
    const [owner, other] = coordinators as [RunningCoordinator, RunningCoordinator];
    const output = join(await testFolder(), "out.exr");
    const { command, before, hurry } = await rendering(nodes, doorsOf(owner, other), "-o", output);
    owner.process.signal("SIGKILL");
    await other.process.said(/taking a session over/);
    await command.said(/taken the session over[\s\S]* spp · /);
    expect([running(nodes, mcrtMain), running(nodes, mergerMain)]).toEqual(before);
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect({ exitCode, outputs: json.outputs, hash: json.filmSha256 }).toEqual({
      exitCode: 0,
      outputs: [output],
      hash: await localHash(),
    });
    expect(json.computations.map(({ restarts }) => restarts)).toEqual([0, 0]);
    expect(stderr.match(/without meaning here/g)).toHaveLength(1);
    for (const main of [mcrtMain, mergerMain]) expect(running(nodes, main)).toEqual([]);
  });

  it("the owner stands still, loses the session, goes on and hands the command on; then the new owner is killed -> the same film", async () => {
    const { coordinators, nodes } = await startFarm({ coordinatorCount: 2, nodeArgs });
    const [first, second] = coordinators as [RunningCoordinator, RunningCoordinator];
    const { command, before, hurry } = await rendering(nodes, doorsOf(first));
    first.process.signal("SIGSTOP");
    await second.process.said(/taking a session over/);
    first.process.signal("SIGCONT");
    await first.process.said(/lease lost or given back/);
    // From the new owner, through the old one: the command knows no other.
    await command.said(/taken the session over[\s\S]* spp · /);
    second.process.signal("SIGKILL");
    await first.process.said(/taking a session over/);
    hurry();
    const { json, exitCode } = await command.finished;
    expect({ exitCode, hash: json.filmSha256 }).toEqual({ exitCode: 0, hash: await localHash() });
    expect(json.computations.map(({ restarts }) => restarts)).toEqual([0, 0]);
    expect(before.flat()).toHaveLength(3);
    for (const main of [mcrtMain, mergerMain]) expect(running(nodes, main)).toEqual([]);
  });

  it("the owner is killed after the end, before the command has heard of it -> it hears it from another, and gets its file", async () => {
    const { nats, coordinators, nodes } = await startFarm({ coordinatorCount: 2, nodeArgs });
    const [owner, other] = coordinators as [RunningCoordinator, RunningCoordinator];
    const output = join(await testFolder(), "out.exr");
    const { command, hurry } = await rendering(nodes, doorsOf(owner, other), "-o", output);
    command.signal("SIGSTOP");
    hurry();
    await recordedEnd(nats);
    owner.process.signal("SIGKILL");
    command.signal("SIGCONT");
    const { json, exitCode } = await command.finished;
    expect({ exitCode, outcome: json.outcome, outputs: json.outputs, hash: json.filmSha256 }).toEqual({
      exitCode: 0,
      outcome: "finished",
      outputs: [output],
      hash: await localHash(),
    });
    for (const main of [mcrtMain, mergerMain]) expect(running(nodes, main)).toEqual([]);
  });

  it("SIGTERM to the owner -> it leaves at once with exit 0, another goes on with the same processes, the same film", async () => {
    const { coordinators, nodes } = await startFarm({ coordinatorCount: 2, nodeArgs });
    const [owner, other] = coordinators as [RunningCoordinator, RunningCoordinator];
    const { command, before, hurry } = await rendering(nodes, doorsOf(owner, other));
    owner.process.signal("SIGTERM");
    expect(await owner.process.exited).toBe(0);
    await other.process.said(/taking a session over/);
    await command.said(/taken the session over[\s\S]* spp · /);
    expect([running(nodes, mcrtMain), running(nodes, mergerMain)]).toEqual(before);
    hurry();
    expect((await command.finished).json.filmSha256).toBe(await localHash());
  });
});

describe.skipIf(!present)("a farm with one coordinator", () => {
  it("it is killed in mid-frame and started again -> it goes on with the same processes, the command too, the same film", async () => {
    const { nats, coordinators, nodes } = await startFarm({ nodeArgs });
    const [only] = coordinators as [RunningCoordinator];
    const { command, before, hurry } = await rendering(nodes, doorsOf(only));
    only.process.signal("SIGKILL");
    await only.process.exited;
    const again = await startCoordinator(nats, { port: only.port });
    await again.process.said(/taking a session over/);
    await command.said(/taken the session over[\s\S]* spp · /);
    expect([running(nodes, mcrtMain), running(nodes, mergerMain)]).toEqual(before);
    hurry();
    const { json, exitCode } = await command.finished;
    expect({ exitCode, hash: json.filmSha256 }).toEqual({ exitCode: 0, hash: await localHash() });
  });

  it("it is killed, and so is an agent, before it starts again -> what ran there is started elsewhere, the same film", async () => {
    const { nats, coordinators, nodes } = await startFarm({ nodeCount: 3, nodeArgs });
    const [only] = coordinators as [RunningCoordinator];
    const { command, hurry } = await rendering(nodes, doorsOf(only));
    only.process.signal("SIGKILL");
    const lost = nodes.find((node) => node.children(mergerMain).length === 0 && node.children(mcrtMain).length > 0);
    if (lost === undefined) throw new Error("all computations are beside the film");
    lost.signal("SIGKILL");
    await Promise.all([only.process.exited, lost.exited]);
    const again = await startCoordinator(nats, { port: only.port });
    await again.process.said(/taking a session over/);
    await expect.poll(() => running(nodes, mcrtMain)).toHaveLength(2);
    hurry();
    const { json, exitCode } = await command.finished;
    expect({ exitCode, hash: json.filmSha256 }).toEqual({ exitCode: 0, hash: await localHash() });
    expect(json.computations.some(({ restarts }) => restarts > 0)).toBe(true);
  });
});
