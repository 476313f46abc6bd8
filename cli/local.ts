// A farm in this process: coordinator and node agent over the in-memory bus, with the same child processes and the same
// gRPC that a cluster runs. The composition root of local rendering. Its processes are started first; the coordinator is
// loaded meanwhile.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { computationEntry } from "../host/built-file.ts";
import { systemClock } from "../host/clock.ts";
import { InMemoryBus } from "../host/in-memory-bus.ts";
import type { Log } from "../host/log.ts";
import { objectStorePlaceToText } from "../host/nats/object-store-place.ts";
import { noRehearsal } from "../host/rehearsal.ts";
import { NodeAgent } from "../node-agent/agent.ts";
import { readCapabilities, readLoad } from "../node-agent/capabilities.ts";
import { systemGroupHost } from "../node-agent/cgroup/system-group-host.ts";
import { readResidentSet } from "../node-agent/resident-set.ts";

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
  /** Processes that its first session will want; of mcrts no more are started before than there are cores. */
  readonly first: { readonly merge: number; readonly mcrt: number };
}

export async function startLocalFarm(options: LocalFarmOptions): Promise<LocalFarm> {
  const bus = new InMemoryBus();
  const agent = localAgent(options, bus);
  try {
    return await startAround(agent, bus, options);
  } catch (thrown) {
    agent.kill();
    throw thrown;
  }
}

async function startAround(agent: NodeAgent, bus: InMemoryBus, options: LocalFarmOptions): Promise<LocalFarm> {
  const { log, logLevel, stateFolder } = options;
  const [{ localCoordinator }, page] = await Promise.all([
    import("./local-coordinator.ts"),
    options.hasPage ? import("./local-page.ts") : undefined,
  ]);
  // Short: a socket's path may have 107 characters.
  const folder = mkdtempSync(join(tmpdir(), "arras-"));
  const { address, coordinator, serve } = localCoordinator({ bus, folder, stateFolder, log, logLevel });
  // First the one who hears, then the one who says that it is there.
  coordinator.start();
  agent.start();
  const server = await serve();
  const opened = await page?.openLocalPage({ finder: coordinator, clock: systemClock }, log);
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  return {
    address,
    ...(opened === undefined ? {} : { pageOf: (sessionId: string) => opened.addressOf(sessionId) }),
    close: async () => {
      await opened?.close();
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

/** With the processes that wait for the first session's orders; it answers nobody yet. */
function localAgent(options: LocalFarmOptions, bus: InMemoryBus): NodeAgent {
  const { log, first } = options;
  const capabilities = readCapabilities();
  const agent = new NodeAgent(
    {
      nodeId: "local",
      capabilities,
      coresShared: true,
      renderers: options.renderers,
      tags: [],
      startedAtMs: Date.now(),
      objectStore: objectStorePlaceToText({ t: "folder", path: options.stateFolder }),
      entries: {
        mcrt: computationEntry("node-agent/mcrt/main.js", noRehearsal),
        merge: computationEntry("merger/main.js", noRehearsal),
      },
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
  // First those that have a scene to load.
  agent.prestart("mcrt", Math.min(first.mcrt, capabilities.coreCount));
  agent.prestart("merge", first.merge);
  return agent;
}
