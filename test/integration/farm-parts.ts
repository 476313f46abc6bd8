// The parts of a farm as tests start them, each ready for the next: nats-server, coordinators, node agents.
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
}

/** On a port that is free, unless `port` says which. Its door is open. */
export async function startCoordinator(
  nats: NatsServer,
  { port: wanted, args = [] }: { readonly port?: string; readonly args?: readonly string[] } = {},
): Promise<RunningCoordinator> {
  const listen = ["--nats", nats.url, "--listen", `127.0.0.1:${wanted ?? (await freePort())}`];
  const process = new FarmProcess("arras-coordinator", [...listen, ...args]);
  const [, port = ""] = await process.said(/^door +127\.0\.0\.1:(\d+)/m);
  return { process, port };
}

/** Of two cores. Where `args` do not say how many, no processes wait for orders: most tests need none, and few cores. */
export function startNode(
  nats: Pick<NatsServer, "url">,
  args: readonly string[] = ["--renderer", "fake"],
): FarmProcess {
  const prestart = args.includes("--prestart") ? [] : ["--prestart", "0"];
  return new FarmProcess("arras-node", ["--nats", nats.url, "--cores", "2", "--memory", "8g", ...prestart, ...args]);
}

/** Resolves when the coordinator has heard of so many nodes, since it started. */
export async function hasNodes(coordinator: FarmProcess, nodeCount: number): Promise<void> {
  await coordinator.said(new RegExp(`(?:"msg":"node joined"[^]*){${nodeCount}}`));
}

/** A command's options for that door. */
export function doorAt(port: string): string[] {
  return ["--host", "127.0.0.1", "--port", port];
}
