// A farm whose nodes reach NATS and the coordinator through a network that is slow, stands still, or breaks
// connections. The film is that of one machine.
import { describe, expect, it } from "vitest";
import { freePort } from "../../scripts/programs.ts";
import { doorAt, hasNodes, startCoordinator, startNats, startNode } from "./farm-parts.ts";
import { natsServerPresent } from "./nats-server.ts";
import { beginSlowFrame, fakeArgs, RunningCommand, undisturbedFilm } from "./run-command.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const present = natsServerPresent();
const frame = ["--size", "128x96", "--num-cores", "1", "--spp", "64", "--num-mcrt", "2"];

/** `toNats`: of the nodes; the coordinator has a way of its own. `toDoor`: of the computations; the command has its own. */
async function startFarm() {
  const nats = await startNats();
  const doorPort = await freePort();
  const [toNats, toDoor] = [await TcpProxy.start(nats.port), await TcpProxy.start(doorPort)];
  const wish = { port: String(doorPort), args: ["--advertise", toDoor.address] };
  const { process: coordinator } = await startCoordinator(nats, wish);
  for (let index = 0; index < 2; index += 1) startNode({ url: `nats://${toNats.address}` });
  await hasNodes(coordinator, 2);
  return { coordinator, toNats, toDoor, frame: [...frame, ...doorAt(String(doorPort))] };
}

async function expectSameFilm(command: RunningCommand): Promise<void> {
  const { json, exitCode } = await command.finished;
  expect({ exitCode, outcome: json.outcome, film: json.filmSha256 }).toEqual({
    exitCode: 0,
    outcome: "finished",
    film: await undisturbedFilm(...frame),
  });
}

describe.skipIf(!present)("a farm over a bad network", () => {
  it("every message takes 60 ms longer each way -> the same film", async () => {
    const farm = await startFarm();
    for (const way of [farm.toNats, farm.toDoor])
      way.conditions = { delayMs: 60, bytesPerSecond: Number.POSITIVE_INFINITY };
    await expectSameFilm(new RunningCommand(fakeArgs({ costMsPerSample: 0.02 }, ...farm.frame)));
  });

  it("the way to the coordinator breaks again and again -> computations come back, none is started again", async () => {
    const farm = await startFarm();
    const { command, hurry } = await beginSlowFrame(farm.frame);
    for (let round = 0; round < 4; round += 1) {
      farm.toDoor.breakAll();
      await expect.poll(() => farm.toDoor.connectionCount).toBe(2);
    }
    hurry();
    await expectSameFilm(command);
    const { json } = await command.finished;
    expect(json.computations.map(({ restarts }) => restarts)).toEqual([0, 0]);
  });

  it("the way to the coordinator stands still until it is given up, then goes on -> the same film", async () => {
    const farm = await startFarm();
    const { command, hurry } = await beginSlowFrame(farm.frame);
    farm.toDoor.pause();
    // Whoever waits for an answer in vain comes with another connection.
    await expect.poll(() => farm.toDoor.connectionCount).toBeGreaterThan(2);
    farm.toDoor.resume();
    hurry();
    await expectSameFilm(command);
  });

  it("the way to NATS stands still until the nodes are lost, then goes on -> the same film", async () => {
    const farm = await startFarm();
    const { command, hurry } = await beginSlowFrame(farm.frame);
    farm.toNats.pause();
    await farm.coordinator.said(/node lost/);
    farm.toNats.resume();
    hurry();
    await expectSameFilm(command);
  });
});
