// The coordinator of a local farm, served on a socket. It is loaded while the farm's processes start: a part of the
// composition root local.ts.
import { hostname } from "node:os";
import { join } from "node:path";
import { budgetService } from "../coordinator/budget-service.ts";
import { localCheckpoints } from "../coordinator/checkpoints/local-checkpoints.ts";
import { Coordinator } from "../coordinator/coordinator.ts";
import { loneSurroundings } from "../coordinator/lone-surroundings.ts";
import { lookService } from "../coordinator/look-service.ts";
import { dialWith } from "../coordinator/relay/peer-doors.ts";
import { SessionRelay } from "../coordinator/relay/session-relay.ts";
import { sessionService } from "../coordinator/session-service.ts";
import type { Bus } from "../host/bus.ts";
import { systemClock } from "../host/clock.ts";
import { serveGrpc } from "../host/grpc-server.ts";
import type { Log } from "../host/log.ts";

export interface LocalCoordinatorOptions {
  readonly bus: Bus;
  /** Of the farm's sockets. */
  readonly folder: string;
  readonly stateFolder: string;
  readonly log: Log;
  readonly logLevel: number;
}

/** Nobody else can want them: a machine that sleeps, or stands still under load, loses nothing. */
const aloneLeaseTimes = {
  leaseTtlMs: 7 * 24 * 3600 * 1000,
  leaseAllowanceMs: 6 * 24 * 3600 * 1000,
  leaseRenewIntervalMs: 3600 * 1000,
};

/** `start` makes it hear the bus, and `serve` opens `address`. */
export function localCoordinator({ bus, folder, stateFolder, log, logLevel }: LocalCoordinatorOptions) {
  const address = `unix:${join(folder, "door")}`;
  const coordinator = new Coordinator({
    ...loneSurroundings(bus, log, () => address),
    checkpoints: localCheckpoints(stateFolder, log, systemClock),
    leaseTimes: aloneLeaseTimes,
    mergerAddress: (sessionId) => `unix:${join(folder, `m-${sessionId.slice(0, 8)}`)}`,
    clientHost: hostname(),
    logLevel,
  });
  const serve = () => {
    const relay = new SessionRelay({ finder: coordinator, dial: dialWith(undefined), clock: systemClock });
    return serveGrpc(address, [
      sessionService({ coordinator, relay }),
      lookService(relay),
      budgetService((hello) => coordinator.sessionOf(hello)),
    ]);
  };
  return { address, coordinator, serve };
}
