// The parts of a farm as tests start them, each ready for the next: nats-server, coordinators, node agents; and all of it.
import { onTestFinished } from "vitest";
import { freePort } from "../../scripts/programs.ts";
import { FarmProcess } from "./farm-processes.ts";
import { NatsServer } from "./nats-server.ts";

/** Ended with the test. */
export async function startNats(): Promise<NatsServer> {
  const nats = await NatsServer.start();
  onTestFinished(() => nats.end());
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
}

/** Its door is open. */
export async function startCoordinator(
  nats: NatsServer,
  { port: wanted, args = [] }: CoordinatorWish = {},
): Promise<RunningCoordinator> {
  const listen = ["--nats", nats.url, "--listen", `127.0.0.1:${wanted ?? (await freePort())}`];
  const process = new FarmProcess("arras-coordinator", [...listen, ...args]);
  const [, port = ""] = await process.said(/^door +127\.0\.0\.1:(\d+)/m);
  return { process, port, door: `127.0.0.1:${port}` };
}

/** Of two cores. Where `args` do not say how many, no processes wait for orders: most tests need none, and few cores. */
export function startNode(
  nats: Pick<NatsServer, "url">,
  args: readonly string[] = ["--renderer", "fake"],
): FarmProcess {
  const prestart = args.includes("--prestart") ? [] : ["--prestart", "0"];
  return new FarmProcess("arras-node", ["--nats", nats.url, "--cores", "2", "--memory", "8g", ...prestart, ...args]);
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
  /** By the node's number; undefined: with the fake renderer. */
  readonly nodeArgs?: (at: number) => readonly string[];
}

/** Every coordinator knows every node. */
export async function startFarm({
  nats: given,
  coordinatorCount = 1,
  port,
  nodeCount = 2,
  nodeArgs,
}: FarmWish = {}): Promise<RunningFarm> {
  const nats = given ?? (await startNats());
  const coordinators: RunningCoordinator[] = [];
  for (let at = 0; at < coordinatorCount; at++) coordinators.push(await startCoordinator(nats, { port }));
  const nodes = Array.from({ length: nodeCount }, (_, at) => startNode(nats, nodeArgs?.(at)));
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
