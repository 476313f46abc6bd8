// A node agent that a real partition cuts off from a real nats-server: nothing arrives, and no connection ends.
import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLog } from "../../host/log.ts";
import { NatsBus } from "../../host/nats/nats-bus.ts";
import type { NatsLink } from "../../host/nats/nats-link.ts";
import { fenceWhenCutOff } from "../../node-agent/fence.ts";
import { HeartbeatSchema } from "../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../proto/limits.ts";
import { subjects } from "../../proto/subjects.ts";
import { isAlive } from "../../scripts/processes.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import { fixtureAgent, launchFixture } from "./fixture-agent.ts";
import { linkTo, lost } from "./nats-link.ts";
import { NatsServer, natsServerPresent } from "./nats-server.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const present = natsServerPresent();
const log = createLog("test", 0);

/** An agent behind a network that can be cut, and somebody on the other side of it. */
async function startNode() {
  const nats = await NatsServer.start();
  onTestFinished(() => nats.end());
  const network = await TcpProxy.start(nats.port);
  const [link, otherLink] = await Promise.all([linkTo({ url: `nats://${network.address}` }), linkTo(nats)]);
  const bus = new NatsBus(otherLink, log);
  const agent = fixtureAgent(new NatsBus(link, log));
  const clock = new FakeClock();
  fenceWhenCutOff(link, clock, () => void agent.stopAll());
  const heard = heartbeat(bus);
  agent.start();
  onTestFinished(async () => {
    network.resume();
    await agent.close();
    await Promise.all([link.close(), otherLink.close()]);
  });
  await heard;
  return { network, link, bus, clock };
}

async function launch(bus: NatsBus, attempt: number): Promise<number> {
  const { pid, error } = await launchFixture(bus, { mode: "normal", attempt });
  if (error !== undefined) throw new Error(error.message);
  return pid;
}

/**
 * The server knows again what the node listens to. A heartbeat alone does not say so: the first ones to arrive may have
 * been held up on the connection that was given up.
 */
async function listensAgain(link: NatsLink): Promise<void> {
  await link.whenConnected(60_000);
  await link.connection.flush();
}

/** Resolves with the next one that arrives. */
function heartbeat(bus: NatsBus) {
  return new Promise((resolve) => {
    const subscription = bus.subscribe(subjects.heartbeat("n1"), (bytes) => {
      subscription.unsubscribe();
      resolve(fromBinary(HeartbeatSchema, bytes).nodeId);
    });
  });
}

describe.skipIf(!present)("a node behind a network", () => {
  it("is cut off for less than it may be -> its work goes on, and it is heard again", async () => {
    const { network, link, bus, clock } = await startNode();
    const pid = await launch(bus, 1);
    network.pause();
    await lost(link);
    clock.advance(limits.nodeAwayMsMax - 1);
    network.resume();
    await listensAgain(link);
    expect(await heartbeat(bus)).toBe("n1");
    clock.advance(limits.nodeAwayMsMax);
    expect(isAlive(pid)).toBe(true);
  });

  it("is cut off for longer -> it ends its work by itself, and can be used again when it is back", async () => {
    const { network, link, bus, clock } = await startNode();
    const pid = await launch(bus, 1);
    network.pause();
    await lost(link);
    clock.advance(limits.nodeAwayMsMax);
    await expect.poll(() => isAlive(pid)).toBe(false);
    network.resume();
    await listensAgain(link);
    expect(await heartbeat(bus)).toBe("n1");
    expect(isAlive(await launch(bus, 2))).toBe(true);
  });

  it("has its connection broken, again and again -> comes back each time, and its work never ends", async () => {
    const { network, link, bus } = await startNode();
    const pid = await launch(bus, 1);
    for (let round = 0; round < 3; round += 1) {
      const isLost = lost(link);
      network.breakAll();
      await isLost;
      expect(await heartbeat(bus)).toBe("n1");
    }
    expect(isAlive(pid)).toBe(true);
  });
});
