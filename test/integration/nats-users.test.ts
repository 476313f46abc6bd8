// A farm whose processes log in as the users that deploy/nats.conf suggests, and whose server refuses all that these may
// not do: scenes, checkpoints, finished images, compared units, a node that leaves. What it refuses is a failure here.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { farmEvents } from "./farm-command.ts";
import { doorAt, hasNodes, startCoordinator, startNode } from "./farm-parts.ts";
import { NatsServer, natsServerPresent, shippedUsers } from "./nats-server.ts";
import {
  fakeArgs,
  killOnly,
  mergerMain,
  RunningCommand,
  slowFrame,
  testFolder,
  undisturbedFilm,
} from "./run-command.ts";
import { writeSmallScene } from "./small-scene.ts";

const password = "pass";
const frame = ["--size", "128x96", "--num-cores", "1", "--spp", "64", "--num-mcrt", "2"];

async function startFarm() {
  const nats = await NatsServer.start({ configuration: await shippedUsers(password) });
  onTestFinished(() => nats.end());
  const passwordFile = join(nats.folder, "password");
  await writeFile(passwordFile, password);
  const as = (user: string) => ["--nats-user", user, "--nats-password-file", passwordFile];
  const { process: coordinator, port } = await startCoordinator(nats, { args: as("coordinator") });
  const nodes = Array.from({ length: 3 }, () => startNode(nats, ["--renderer", "fake", ...as("agent")]));
  await hasNodes(coordinator, nodes.length);
  return { nats, coordinator, port, nodes };
}

it.skipIf(!natsServerPresent())(
  "a frame with files, comparisons and checkpoints, its merger killed, a node leaves -> the same film, kept, and nothing refused",
  async () => {
    const { nats, coordinator, port, nodes } = await startFarm();
    const scene = await writeSmallScene(await testFolder());
    const { knobs, hurry } = slowFrame();
    const wish = ["--verify", "30%", "--checkpoint-interval", "0.3", "-l", "3"];
    const command = new RunningCommand(fakeArgs(knobs, scene, ...frame, ...wish, ...doorAt(port)));
    await command.said(/Uploaded \d+ files/);
    await command.said(/it goes on with: arras-render --resume/);
    killOnly(nodes.flatMap((node) => node.children(mergerMain)));
    await command.said(/The film begins with a checkpoint/);
    const leaver = nodes.find((node) => node.children(mergerMain).length === 0)!;
    leaver.signal("SIGTERM");
    expect(await leaver.exited).toBe(0);
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect([exitCode, json.filmSha256]).toEqual([0, await undisturbedFilm(...frame)]);
    expect(stderr).not.toMatch(/could not/i);
    await coordinator.said(/Finished images of \d+ bytes are kept/);
    // Of agents, of the session's owner.
    const kinds = async () => (await farmEvents(port)).map(({ kind }) => kind);
    await expect.poll(kinds).toEqual(expect.arrayContaining(["node-joined", "node-left", "session-finished"]));
    expect(nats.violations).toEqual([]);
  },
);
