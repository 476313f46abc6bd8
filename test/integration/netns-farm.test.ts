// A farm on hosts of its own, each a network namespace, whose network fails in the middle of the frame. The film is that
// of one machine, whatever happened.
import { describe, expect, it, onTestFinished } from "vitest";
import { isAlive } from "../../scripts/processes.ts";
import { FarmProcess } from "./farm-processes.ts";
import { NatsServer, natsServerPresent } from "./nats-server.ts";
import { LabNetwork, networksPresent } from "./netns.ts";
import { fakeArgs, mcrtMain, mergerMain, RunningCommand, runCommand } from "./run-command.ts";

const present = natsServerPresent() && networksPresent();
/** Long enough for a partition of thirty seconds in the middle: about twenty seconds with two threads, undisturbed. */
const slow = { costMsPerSample: 0.05 };
const frame = ["--size", "128x96", "--num-cores", "1", "--spp", "64", "--num-mcrt", "2"];
const nodeNames = ["n1", "n2", "n3"];
const partitionMs = 30_000;

async function startFarm(otherDoors: readonly string[] = []) {
  const network = await LabNetwork.create(["hub", "door", ...otherDoors, "user", ...nodeNames]);
  const listen = { host: network.address("hub"), port: 4222 };
  const nats = await NatsServer.start({ listen, spawnAs: network.on("hub") });
  onTestFinished(() => nats.end());
  const door = network.address("door");
  const startCoordinator = async (host: string) => {
    const args = ["--nats", nats.url, "--listen", `${network.address(host)}:8888`, "--insecure"];
    const started = new FarmProcess("arras-coordinator", args, network.on(host));
    await started.said(/^door /m);
    return started;
  };
  const coordinator = await startCoordinator("door");
  const others = await Promise.all(otherDoors.map(startCoordinator));
  const nodes = new Map<string, FarmProcess>();
  for (const name of nodeNames) {
    const args = ["--nats", nats.url, "--cores", "2", "--memory", "4g", "--renderer", "fake"];
    nodes.set(name, new FarmProcess("arras-node", args, network.on(name)));
  }
  await coordinator.said(/(?:"msg":"node joined"[\s\S]*){3}/);
  const command = new RunningCommand(fakeArgs(slow, ...frame, "--host", door, "--port", "8888"), {
    timeoutMs: 300_000,
    spawnAs: network.on("user"),
  });
  await command.said(/ spp · /);
  const nodesWith = (main: string) => nodeNames.filter((name) => (nodes.get(name)?.children(main).length ?? 0) > 0);
  return { network, coordinator, others, nodes, command, nodesWith };
}

type Farm = Awaited<ReturnType<typeof startFarm>>;

/** A node that renders and does not hold the film. */
function renderingNode({ nodesWith }: Farm): string {
  const name = nodesWith(mcrtMain).find((each) => !nodesWith(mergerMain).includes(each));
  if (name === undefined) throw new Error("all computations are beside the film");
  return name;
}

describe.skipIf(!present)("a farm on hosts of its own", () => {
  async function expectSameFilm({ command }: Farm): Promise<void> {
    const { json, exitCode } = await command.finished;
    const { json: local } = await runCommand(fakeArgs({}, ...frame));
    expect({ exitCode, outcome: json.outcome, film: json.filmSha256 }).toEqual({
      exitCode: 0,
      outcome: "finished",
      film: local.filmSha256,
    });
  }

  it("a node's link is down for 30 s -> its work goes elsewhere; back, it ends what it was left with", async () => {
    const farm = await startFarm();
    const victim = renderingNode(farm);
    const orphans = farm.nodes.get(victim)?.children(mcrtMain) ?? [];
    const cut = farm.network.unplug(victim, partitionMs);
    await farm.coordinator.said(/node lost/);
    await cut;
    await expectSameFilm(farm);
    await expect.poll(() => orphans.filter(isAlive), { timeout: 30_000 }).toEqual([]);
    expect(orphans.length).toBeGreaterThan(0);
  });

  it("the link of the node with the film is down for 30 s -> the same film", async () => {
    const farm = await startFarm();
    const [victim = ""] = farm.nodesWith(mergerMain);
    const cut = farm.network.unplug(victim, partitionMs);
    await farm.coordinator.said(/node lost/);
    await cut;
    await expectSameFilm(farm);
  });

  it("the coordinator's link is down for 30 s -> it costs time only", async () => {
    const farm = await startFarm();
    await farm.network.unplug("door", partitionMs);
    await expectSameFilm(farm);
    expect(farm.coordinator.text).not.toMatch(/node lost/);
  });

  it("the link of the coordinator that owns it is down for 30 s -> another goes on with it", async () => {
    const farm = await startFarm(["door2"]);
    const cut = farm.network.unplug("door", partitionMs);
    await farm.others[0]?.said(/taking a session over/);
    await cut;
    await expectSameFilm(farm);
  });

  it("the link of NATS is down for 30 s -> no node is lost", async () => {
    const farm = await startFarm();
    await farm.network.unplug("hub", partitionMs);
    await expectSameFilm(farm);
    expect(farm.coordinator.text).not.toMatch(/node lost/);
  });

  it("every host loses 3 % of its packets -> the same film", async () => {
    const farm = await startFarm();
    for (const host of ["hub", "door", ...nodeNames]) await farm.network.lose(host, 3);
    await expectSameFilm(farm);
  });

  it("a node sends through 256 kbit/s -> the others do not wait for it, the same film", async () => {
    const farm = await startFarm();
    await farm.network.narrow(renderingNode(farm), 256);
    await expectSameFilm(farm);
  });
});
