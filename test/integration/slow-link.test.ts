// A viewer behind a cable that the kernel makes narrow (tc, token bucket), and wide again.
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../host/package-root.ts";
import { PreviewEncoding } from "../../proto/gen/arras/v1/preview_pb.ts";
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { ViewerCommand } from "../../proto/gen/arras/v1/viewer_pb.ts";
import { Program } from "../../scripts/programs.ts";
import { hasNodes } from "./farm-parts.ts";
import { FarmProcess } from "./farm-processes.ts";
import { look } from "./looking.ts";
import { NatsServer, natsServerPresent } from "./nats-server.ts";
import { LabNetwork, networksPresent } from "./netns.ts";
import { fakeArgs, RunningCommand, testFolder } from "./run-command.ts";

const present = natsServerPresent() && networksPresent();

/** A whole farm on one host, a frame that renders there, and a socket here that leads to its door through another host. */
async function startFrame() {
  const network = await LabNetwork.create(["farm", "user"]);
  const onFarm = network.on("farm");
  const nats = await NatsServer.start({ listen: { host: "127.0.0.1", port: 4222 }, spawnAs: onFarm });
  onTestFinished(() => nats.end());
  const listen = ["--listen", `${network.address("farm")}:8888`, "--insecure"];
  const coordinator = new FarmProcess("arras-coordinator", ["--nats", nats.url, ...listen], onFarm);
  const node = ["--nats", nats.url, "--cores", "2", "--memory", "4g", "--renderer", "fake"];
  await coordinator.said(/^door /m);
  new FarmProcess("arras-node", node, onFarm);
  await hasNodes(coordinator, 1);
  const frame = ["--size", "512x384", "--spp", "4096", "--num-mcrt", "1", "--num-cores", "1", "-l", "3"];
  const door = ["--host", network.address("farm"), "--port", "8888"];
  const command = new RunningCommand(fakeArgs({ costMsPerSample: 0.005 }, ...frame, ...door), {
    timeoutMs: 230_000,
    spawnAs: onFarm,
  });
  const [, sessionId = ""] = await command.said(/Created session id (\S+)\n/);
  const socket = join(await testFolder(), "door");
  const bridge = [join(packageRoot(), "test/fixtures/unix-bridge.mjs"), socket, network.address("farm"), "8888"];
  const [program = "", ...args] = network.on("user")([process.execPath, ...bridge]);
  const bridging = new Program("bridge", program, args);
  onTestFinished(async () => {
    bridging.signal("SIGKILL");
    await bridging.exited;
  });
  await bridging.said(/^ready$/m);
  return { network, command, sessionId, socket };
}

describe.skipIf(!present)("a viewer whose cable is narrow", () => {
  it("2.4 Mbit/s, then 1 Gbit/s -> pictures, all of the film and the commands pass; then half floats again", async () => {
    const { network, command, sessionId, socket } = await startFrame();
    await network.narrow("farm", 2_400);
    const page = look(socket, sessionId);
    await page.wish({ encoding: PreviewEncoding.AUTO });
    const sentAs = (encoding: PreviewEncoding, from = 0) =>
      page.saw(() =>
        page.events.slice(from).some((event) => event.case === "frame" && event.value.encoding === encoding),
      );
    await sentAs(PreviewEncoding.WEBP);
    const pictures = page.events.length - 1;
    await page.saw(() => page.events.slice(pictures).some((event) => event.case === "frame" && event.value.isWhole));
    expect(page.tileCount("beauty")).toBe(48);
    const narrow = page.events.length;
    await network.narrow("farm", 1_000_000);
    await sentAs(PreviewEncoding.HALF, narrow);
    page.send({ case: "command", value: ViewerCommand.STOP });
    await page.saw((event) => event.case === "session" && event.value.state === SessionState.STOPPED);
    expect((await command.finished).exitCode).toBe(0);
  });
});
