// The arras-node command: wires NATS and the node agent to one process, until a signal or a long loneliness.
import { randomBytes } from "node:crypto";
import { hostname, networkInterfaces } from "node:os";
import { builtFile, computationEntry } from "../host/built-file.ts";
import { systemClock } from "../host/clock.ts";
import { createLog, type Log } from "../host/log.ts";
import { MetricSet } from "../host/metrics/metric-set.ts";
import { serveMetrics } from "../host/metrics/metrics-endpoint.ts";
import { assetStore } from "../host/nats/asset-store.ts";
import { connectNats } from "../host/nats/connect.ts";
import { NatsBus } from "../host/nats/nats-bus.ts";
import type { NatsLink } from "../host/nats/nats-link.ts";
import { objectStorePlaceToText } from "../host/nats/object-store-place.ts";
import { noRehearsal } from "../host/rehearsal.ts";
import { describeServiceEnd, sayTo, tellMistakes } from "../host/service-end.ts";
import { ArrasError } from "../proto/errors.ts";
import type { HostPort } from "../proto/host-port.ts";
import { limits } from "../proto/limits.ts";
import { softwareVersion } from "../proto/version.ts";
import { NodeAgent } from "./agent.ts";
import { AgentFigures, agentMetrics } from "./agent-metrics.ts";
import { BundleCache } from "./assets/bundle-cache.ts";
import { type CommandOutcome, runBounded } from "./bounded-command.ts";
import { readCapabilities, readLoad } from "./capabilities.ts";
import { systemGroupHost } from "./cgroup/system-group-host.ts";
import { childEnvironment } from "./child-environment.ts";
import { fenceWhenCutOff } from "./fence.ts";
import { gpuCommand, gpusIn } from "./gpus.ts";
import { MergerIdentity } from "./merger-identity.ts";
import { type NodeSettings, nodeHelp, readNodeCommand } from "./node-settings.ts";
import { watchForNotice } from "./notice.ts";
import { identitiesIn, offerOf, type RendererIdentity } from "./renderers/renderer-identity.ts";
import { readResidentSet } from "./resident-set.ts";
import { watchedScenes } from "./watched-scenes.ts";

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
  const { coreCount, memoryBytes, hostAddress, drainDeadlineMs } = settings;
  const nodeId = `${hostname()}-${randomBytes(4).toString("hex")}`;
  const log = createLog("arras-node", settings.logLevel).child({ node: nodeId });
  const identity = settings.tls && new MergerIdentity(settings.tls, { hostAddress, wallClockMs: Date.now, log });
  const { metrics, figures, endpoint } = await openFigures(settings.metrics);
  const stopping = new AbortController();
  let interrupt = () => stopping.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupt());
  const [offer, gpus] = await Promise.all([
    identify(settings.renderers, log).then(offerOf),
    runHere(gpuCommand, limits.capabilityTimeoutMs).then(gpusIn),
  ]);
  const link = await connectNats(settings.nats, { name: `arras-node ${hostname()}`, log, signal: stopping.signal });
  const { renderers, rendererVersions, instructionSet } = offer;
  const scenes = await BundleCache.open(
    { folder: settings.cacheFolder, sizeBytesMax: settings.cacheSizeBytes, holder: nodeId },
    {
      source: assetStore(link),
      clock: systemClock,
      log,
    },
  ).catch(async (thrown: unknown) => {
    await link.close();
    throw thrown;
  });
  const agent = new NodeAgent(
    {
      nodeId,
      capabilities: { ...readCapabilities(), coreCount, memoryBytes, rendererVersions, instructionSet, gpus },
      coresShared: false,
      renderers,
      tags: settings.tags,
      startedAtMs: Date.now(),
      drainDeadlineMs,
      prestartCount: settings.prestartCount,
      hostAddress,
      ...(identity === undefined ? {} : { mergerIdentity: () => identity.current() }),
      objectStore: objectStorePlaceToText({ t: "nats", settings: settings.nats }),
      entries: entriesOf(settings),
      environment: process.env,
    },
    {
      bus: new NatsBus(link, log),
      clock: systemClock,
      log,
      readMemory: readResidentSet,
      readLoad,
      groupHost: systemGroupHost(),
      scenes: watchedScenes(scenes, metrics),
      watcher: figures,
    },
  );
  interrupt = () => {
    // The next one does not wait.
    interrupt = () => {
      agent.kill();
      process.exit(1);
    };
    agent.drain({ reason: "a signal; another ends at once", deadlineMs: drainDeadlineMs });
  };
  metrics.onRead(() => figures.fill({ coreCount, memoryBytes, ...momentOf(agent, scenes, link) }));
  agent.start();
  if (stopping.signal.aborted) interrupt();
  fenceWhenCutOff(link, systemClock, () => {
    log.error("cut off from NATS for too long: the farm has given this node up, and what runs here is ended");
    void agent.stopAll();
  });
  leaveAtNotice(agent, settings, log);
  process.stdout.write(
    `node     ${nodeId}: ${coreCount} core${coreCount === 1 ? "" : "s"}, ${(memoryBytes / 2 ** 30).toFixed(1)} GB, ${rendererVersions.join(", ")}, at ${hostAddress}\n`,
  );
  if (endpoint !== undefined) process.stdout.write(`metrics  http://${endpoint.address}/metrics\n`);
  const end = await Promise.race([link.closed, agent.drained.then(() => "signal" as const)]);
  await agent.close();
  await scenes.close();
  await endpoint?.close();
  await link.close();
  return describeServiceEnd(end);
}

function entriesOf({ rehearses }: NodeSettings) {
  const args = rehearses ? [] : [noRehearsal];
  return {
    mcrt: computationEntry("node-agent/mcrt/main.js", ...args),
    merge: computationEntry("merger/main.js", ...args),
  };
}

function momentOf(agent: NodeAgent, scenes: BundleCache, { isConnected, reconnections }: NatsLink) {
  const prestarted = { mcrt: agent.prestartedCount("mcrt"), merge: agent.prestartedCount("merge") };
  const cache = { cachedSceneCount: scenes.held.length, cacheSizeBytesMax: scenes.sizeBytesMax };
  return { isDraining: agent.isDraining, prestarted, ...cache, isConnected, reconnections };
}

/** Where the operator has named a command that tells. */
function leaveAtNotice(agent: NodeAgent, { drainWhen, drainDeadlineMs: deadlineMs }: NodeSettings, log: Log): void {
  if (drainWhen === undefined) return;
  watchForNotice({
    clock: systemClock,
    log,
    ask: () => runHere(drainWhen, limits.noticeTimeoutMs),
    noticed: () => agent.drain({ reason: "a notice of --drain-when", deadlineMs }),
  });
}

async function openFigures(listen: HostPort | undefined) {
  const metrics = new MetricSet(agentMetrics);
  const endpoint = listen && (await serveMetrics(listen, metrics));
  if (endpoint !== undefined) metrics.watchProcess();
  return { metrics, figures: new AgentFigures(metrics), endpoint };
}

/** What is allowed and runs here. Throws `renderer-missing` when nothing does. */
async function identify(names: readonly string[], log: Log): Promise<RendererIdentity[]> {
  const main = builtFile("node-agent/renderers/identify-main.js");
  const identities = identitiesIn(await runHere([process.execPath, main, ...names], limits.capabilityTimeoutMs), names);
  const reasons = identities.flatMap((each) => (each.t === "missing" ? [`${each.name}: ${each.reason}`] : []));
  if (reasons.length === names.length) {
    throw new ArrasError("renderer-missing", {
      message: `No renderer runs on this machine: ${reasons.join("; ")}`,
      action: "Install what is missing, or allow another renderer (--renderer).",
    });
  }
  for (const reason of reasons) log.warn(`not offered: ${reason}`);
  return identities;
}

/** With what a computation would get of the environment: no secrets. */
function runHere(command: readonly string[], timeoutMs: number): Promise<CommandOutcome> {
  return runBounded(command, { timeoutMs, environment: childEnvironment(process.env, {}, 1) });
}

/** The first address that is not the machine's own loop, IPv4 before IPv6. */
function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outer = all.filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
  return (outer.find(({ family }) => family === "IPv4") ?? outer[0])?.address;
}
