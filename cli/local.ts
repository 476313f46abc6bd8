// A farm in this process: coordinator and node agent over the in-memory bus, with the same child processes and the same
// gRPC that a cluster runs. The composition root of local rendering.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { budgetService } from "../coordinator/budget-service.ts";
import { localCheckpoints } from "../coordinator/checkpoints/local-checkpoints.ts";
import { Coordinator } from "../coordinator/coordinator.ts";
import { BusLauncher } from "../coordinator/launcher.ts";
import { lookService } from "../coordinator/look-service.ts";
import { dialWith } from "../coordinator/relay/peer-doors.ts";
import { SessionRelay } from "../coordinator/relay/session-relay.ts";
import { sessionService } from "../coordinator/session-service.ts";
import { HttpRelay } from "../coordinator/viewer/http-relay.ts";
import { computationEntry } from "../host/built-file.ts";
import { systemClock } from "../host/clock.ts";
import { serveGrpc } from "../host/grpc-server.ts";
import { InMemoryBus } from "../host/in-memory-bus.ts";
import type { Log } from "../host/log.ts";
import { InMemoryKeyValue } from "../host/nats/in-memory-key-value.ts";
import { objectStorePlaceToText } from "../host/nats/object-store-place.ts";
import { stableId } from "../host/stable-id.ts";
import { NodeAgent } from "../node-agent/agent.ts";
import { readCapabilities, readLoad } from "../node-agent/capabilities.ts";
import { systemGroupHost } from "../node-agent/cgroup/system-group-host.ts";
import { readResidentSet } from "../node-agent/resident-set.ts";
import { openLocalPage } from "./local-page.ts";

export interface LocalFarm {
  /** Where SessionService is served. */
  readonly address: string;
  /** Ends all sessions and their processes. */
  close(): Promise<void>;
  /** At once: the second Ctrl-C. */
  kill(): void;
  /** Where the session's page is; undefined where nobody wants to look. */
  pageOf?(sessionId: string): string;
}

export interface LocalFarmOptions {
  readonly renderers: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly logLevel: number;
  /** Where films' checkpoints are kept, absolute; made when it is needed. */
  readonly stateFolder: string;
  /** Opens a port of this machine for browsers. */
  readonly hasPage: boolean;
}

/** Nobody else can want them: a machine that sleeps, or stands still under load, loses nothing. */
const aloneLeaseTimes = {
  leaseTtlMs: 7 * 24 * 3600 * 1000,
  leaseAllowanceMs: 6 * 24 * 3600 * 1000,
  leaseRenewIntervalMs: 3600 * 1000,
};

export async function startLocalFarm(options: LocalFarmOptions): Promise<LocalFarm> {
  const { log } = options;
  // Short: a socket's path may have 107 characters.
  const folder = mkdtempSync(join(tmpdir(), "arras-"));
  const address = `unix:${join(folder, "door")}`;
  const bus = new InMemoryBus();
  const coordinator = new Coordinator({
    bus,
    clock: systemClock,
    wallClockMs: Date.now,
    log,
    launcher: new BusLauncher(bus, () => address),
    stores: { sessions: new InMemoryKeyValue(), leases: new InMemoryKeyValue(), places: new InMemoryKeyValue() },
    checkpoints: localCheckpoints(options.stateFolder, log),
    leaseTimes: aloneLeaseTimes,
    newId: randomUUID,
    sessionIdFor: stableId,
    coordinatorAddress: () => address,
    mergerAddress: (sessionId) => `unix:${join(folder, `m-${sessionId.slice(0, 8)}`)}`,
    clientHost: hostname(),
    logLevel: options.logLevel,
  });
  const agent = new NodeAgent(
    {
      nodeId: "local",
      capabilities: readCapabilities(),
      coresShared: true,
      renderers: options.renderers,
      tags: [],
      startedAtMs: Date.now(),
      objectStore: objectStorePlaceToText({ t: "folder", path: options.stateFolder }),
      entries: { mcrt: computationEntry("node-agent/mcrt/main.js"), merge: computationEntry("merger/main.js") },
      environment: options.environment,
    },
    {
      bus,
      clock: systemClock,
      log: log.child({ node: "local" }),
      readMemory: readResidentSet,
      readLoad,
      groupHost: systemGroupHost(),
    },
  );
  // First the one who hears, then the one who says that it is there.
  coordinator.start();
  agent.start();
  const relay = new SessionRelay({ finder: coordinator, dial: dialWith(undefined), clock: systemClock });
  const server = await serveGrpc(address, [
    sessionService({ coordinator, relay }),
    lookService(relay),
    budgetService((hello) => coordinator.sessionOf(hello)),
  ]);
  const httpRelay = new HttpRelay(undefined);
  const page = options.hasPage
    ? await openLocalPage({ finder: coordinator, relay: httpRelay, clock: systemClock }, log)
    : undefined;
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  return {
    address,
    ...(page === undefined ? {} : { pageOf: (sessionId: string) => page.addressOf(sessionId) }),
    close: async () => {
      await page?.close();
      await coordinator.end();
      await agent.close();
      await server.close();
      removeFolder();
    },
    kill: () => {
      agent.kill();
      removeFolder();
    },
  };
}
