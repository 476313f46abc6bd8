// A coordinator that has nothing to do takes some sessions through their lives with another coordinator in its own
// process, whose client, node, merger and computation it plays: so its first real session does not wait for what a process
// does for the first time. None of it leaves the process but over a port of this machine that wants a token, and nothing
// is counted, logged or kept.
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { type Clock, systemClock } from "../../host/clock.ts";
import { openDoor } from "../../host/door/door.ts";
import { InMemoryBus } from "../../host/in-memory-bus.ts";
import { type Log, rehearsedLog } from "../../host/log.ts";
import { Secret } from "../../host/nats/secret.ts";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { budgetService } from "../budget-service.ts";
import { Coordinator } from "../coordinator.ts";
import { loneSurroundings } from "../lone-surroundings.ts";
import { dialWith } from "../relay/peer-doors.ts";
import { SessionRelay } from "../relay/session-relay.ts";
import { sessionService } from "../session-service.ts";
import { HttpRelay } from "../viewer/http-relay.ts";
import { viewerRoutes } from "../viewer/viewer-routes.ts";
import { renderOnce } from "./played-client.ts";
import { PlayedNode } from "./played-node.ts";

/** Whoever starts a farm and renders at once is not to wait for it. */
const idleMs = 3_000;

/** Once, some seconds from now, between one look at `isIdle` and the next. Returns how to do without it. */
export function rehearseWhenIdle(
  sessionCountMax: number,
  isIdle: () => boolean,
  clock: Clock,
  log: Log,
): { end(): void } {
  if (sessionCountMax === 0) return { end: () => {} };
  let isEnded = false;
  const timer = clock.after(idleMs, () => {
    rehearseSessions(sessionCountMax, () => isIdle() && !isEnded).then(
      (sessionCount) => log.info({ sessionCount }, "sessions were rehearsed"),
      // No matter: the first real session will say so again.
      (thrown: unknown) => log.info({ code: ArrasError.from(thrown).code }, "sessions could not be rehearsed"),
    );
  });
  return {
    end: () => {
      isEnded = true;
      timer.cancel();
    },
  };
}

/**
 * Resolves with how many sessions came to their end. It ends soon once `mayGoOn` says no, and between two sessions
 * there is time for who else needs the machine.
 */
export async function rehearseSessions(sessionCount: number, mayGoOn: () => boolean): Promise<number> {
  const bus = new InMemoryBus();
  const log = rehearsedLog();
  let address = "";
  const coordinator = new Coordinator({
    ...loneSurroundings(bus, log, () => address),
    leaseTimes: limits,
    mergerAddress: () => "",
    clientHost: undefined,
    logLevel: 0,
  });
  const relay = new SessionRelay({ finder: coordinator, dial: dialWith(undefined), clock: systemClock });
  const viewer = viewerRoutes({ finder: coordinator, relay: new HttpRelay(undefined), clock: systemClock });
  const token = new Secret(randomBytes(32).toString("hex"));
  const sha256 = createHash("sha256").update(token.reveal()).digest();
  const door = await openDoor({
    address: "127.0.0.1:0",
    services: [sessionService({ coordinator, relay }), budgetService((hello) => coordinator.sessionOf(hello))],
    http: viewer,
    login: { tokens: [{ user: "rehearsal", sha256, right: "submit" }] },
    clock: systemClock,
    log,
  });
  address = door.address;
  let endedCount = 0;
  coordinator.start();
  const node = new PlayedNode(bus);
  try {
    while (endedCount < sessionCount && mayGoOn()) {
      const beganMs = systemClock.nowMs();
      if (!(await renderOnce({ address, token }, randomUUID(), mayGoOn))) break;
      endedCount += 1;
      const tookMs = systemClock.nowMs() - beganMs;
      await new Promise<void>((resolve) => systemClock.after(tookMs, resolve));
    }
  } finally {
    await coordinator.end();
    await node.close();
    relay.close();
    await door.close();
  }
  return endedCount;
}
