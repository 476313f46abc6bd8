// The parts of a farm as tests start them, each ready for the next: nats-server, coordinators, node agents; and all of it.
import { freePort } from "../../scripts/programs.ts";
import { FarmProcess } from "./farm-processes.ts";
import { type Lifetime, ofTest } from "./lifetime.ts";
import { NatsServer } from "./nats-server.ts";

export async function startNats(lifetime: Lifetime = ofTest): Promise<NatsServer> {
  const nats = await NatsServer.start();
  lifetime.atEnd(() => nats.end());
  return nats;
}

export interface RunningCoordinator {
  readonly process: FarmProcess;
  readonly port: string;
  /** Host and port. */
  readonly door: string;
}

interface CoordinatorWish {
  /** undefined: one that is free. */
  readonly port?: string | undefined;
  readonly args?: readonly string[];
  readonly lifetime?: Lifetime;
}

/** Its door is open. Where `args` do not say how many, it rehearses no sessions: that is for first pictures, and takes seconds of a core. */
export async function startCoordinator(
  nats: NatsServer,
  { port: wanted, args = [], lifetime }: CoordinatorWish = {},
): Promise<RunningCoordinator> {
  const listen = ["--nats", nats.url, "--listen", `127.0.0.1:${wanted ?? (await freePort())}`];
  const rehearse = args.includes("--rehearse") ? [] : ["--rehearse", "0"];
  const process = new FarmProcess("arras-coordinator", [...listen, ...rehearse, ...args], undefined, lifetime);
  const [, port = ""] = await process.said(/^door +127\.0\.0\.1:(\d+)/m);
  return { process, port, door: `127.0.0.1:${port}` };
}

/**
 * Of two cores. Where `args` do not say how many, no processes wait for orders: most tests need none, and few cores. Those
 * that wait do not rehearse, for the same reason as a coordinator.
 */
export function startNode(
  nats: Pick<NatsServer, "url">,
  args: readonly string[] = ["--renderer", "fake"],
  lifetime?: Lifetime,
): FarmProcess {
  const prestart = args.includes("--prestart") ? [] : ["--prestart", "0"];
  const own = ["--cores", "2", "--memory", "8g", "--no-rehearsal"];
  return new FarmProcess("arras-node", ["--nats", nats.url, ...own, ...prestart, ...args], undefined, lifetime);
}

export interface RunningFarm {
  readonly nats: NatsServer;
  readonly coordinators: readonly RunningCoordinator[];
  readonly nodes: readonly FarmProcess[];
}

export interface FarmWish {
  /** undefined: one of its own. */
  readonly nats?: NatsServer;
  readonly coordinatorCount?: number;
  /** Of the only coordinator; undefined: one that is free. */
  readonly port?: string;
  readonly nodeCount?: number;
  /** Of each coordinator. */
  readonly coordinatorArgs?: readonly string[];
  /** By the node's number; undefined: with the fake renderer. */
  readonly nodeArgs?: (at: number) => readonly string[];
  readonly lifetime?: Lifetime;
}

/** Every coordinator knows every node. */
export async function startFarm({
  nats: given,
  coordinatorCount = 1,
  port,
  nodeCount = 2,
  coordinatorArgs: args = [],
  nodeArgs,
  lifetime = ofTest,
}: FarmWish = {}): Promise<RunningFarm> {
  const nats = given ?? (await startNats(lifetime));
  const coordinators: RunningCoordinator[] = [];
  for (let at = 0; at < coordinatorCount; at++)
    coordinators.push(await startCoordinator(nats, { port, args, lifetime }));
  const nodes = Array.from({ length: nodeCount }, (_, at) => startNode(nats, nodeArgs?.(at), lifetime));
  for (const { process } of coordinators) await hasNodes(process, nodeCount);
  return { nats, coordinators, nodes };
}

/** Resolves when the coordinator has heard of so many nodes, since it started. */
export async function hasNodes(coordinator: FarmProcess, nodeCount: number): Promise<void> {
  await coordinator.said(new RegExp(`(?:"msg":"node joined"[^]*){${nodeCount}}`));
}

/** A command's options for that door. */
export function doorAt(port: string): string[] {
  return ["--host", "127.0.0.1", "--port", port];
}

/** A command's options for all of their doors. */
export function doorsOf(...coordinators: readonly RunningCoordinator[]): string[] {
  return ["--host", coordinators.map(({ door }) => door).join(",")];
}
