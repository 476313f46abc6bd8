// The arras-node command: wires NATS and the node agent to one process, until a signal or a long loneliness.
import { randomBytes } from "node:crypto";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { systemClock } from "../host/clock.ts";
import { createLog } from "../host/log.ts";
import { connectNats } from "../host/nats/connect.ts";
import { NatsBus } from "../host/nats/nats-bus.ts";
import { computationNodeFlags } from "../host/node-flags.ts";
import { packageRoot } from "../host/package-root.ts";
import { describeServiceEnd, sayTo, tellMistakes } from "../host/service-end.ts";
import { softwareVersion } from "../proto/version.ts";
import { NodeAgent } from "./agent.ts";
import { readCapabilities } from "./capabilities.ts";
import { systemGroupHost } from "./cgroup/system-group-host.ts";
import { fenceWhenCutOff } from "./fence.ts";
import { type NodeSettings, nodeHelp, readNodeCommand } from "./node-settings.ts";
import { readResidentSet } from "./resident-set.ts";

/** Resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { coreCount, memoryBytes } = readCapabilities();
    const command = readNodeCommand(args, process.env, { coreCount, memoryBytes, address: ownAddress() });
    if (command.t === "help") return sayTo(process.stdout, nodeHelp());
    if (command.t === "version") return sayTo(process.stdout, `arras-node ${softwareVersion}\n`);
    return await run(command.settings);
  } catch (thrown) {
    return tellMistakes(thrown);
  }
}

async function run(settings: NodeSettings): Promise<number> {
  const { coreCount, memoryBytes, hostAddress } = settings;
  const log = createLog("arras-node", settings.logLevel);
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  const link = await connectNats(settings.nats, { name: `arras-node ${hostname()}`, log, signal: stopping.signal });
  const nodeId = `${hostname()}-${randomBytes(4).toString("hex")}`;
  const agent = new NodeAgent(
    {
      nodeId,
      capabilities: { ...readCapabilities(), coreCount, memoryBytes },
      coresShared: false,
      renderers: settings.renderers,
      tags: settings.tags,
      hostAddress,
      entries: { mcrt: computationEntry("node-agent/mcrt/main.js"), merge: computationEntry("merger/main.js") },
      environment: process.env,
    },
    { bus: new NatsBus(link, log), clock: systemClock, log, readMemory: readResidentSet, groupHost: systemGroupHost() },
  );
  agent.start();
  fenceWhenCutOff(link, systemClock, () => {
    log.error("cut off from NATS for too long: the farm has given this node up, and what runs here is ended");
    void agent.stopAll();
  });
  process.stdout.write(
    `node     ${nodeId}: ${coreCount} cores, ${(memoryBytes / 2 ** 30).toFixed(1)} GB, at ${hostAddress}\n`,
  );
  const signal = new Promise<"signal">((resolve) => {
    if (stopping.signal.aborted) resolve("signal");
    stopping.signal.addEventListener("abort", () => resolve("signal"));
  });
  const end = await Promise.race([link.closed, signal]);
  log.info("leaving: what runs here is ended and goes elsewhere");
  await agent.drain();
  await agent.close();
  await link.close();
  return describeServiceEnd(end);
}

/** The first address that is not the machine's own loop, IPv4 before IPv6. */
function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outer = all.filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
  return (outer.find(({ family }) => family === "IPv4") ?? outer[0])?.address;
}

function computationEntry(path: string): { readonly command: string; readonly args: readonly string[] } {
  return { command: process.execPath, args: [...computationNodeFlags, join(packageRoot(), "dist", path)] };
}
