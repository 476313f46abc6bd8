// The door of a local farm for browsers: a port of this machine alone, behind a login that the page's address carries
// once. It is opened where somebody wants to look.
import { createHash, randomBytes } from "node:crypto";
import { HttpRelay } from "../coordinator/viewer/http-relay.ts";
import { pageRoutes } from "../coordinator/viewer/page-routes.ts";
import { type ViewerSurroundings, viewerRoutes } from "../coordinator/viewer/viewer-routes.ts";
import { openDoor } from "../host/door/door.ts";
import type { Log } from "../host/log.ts";
import { readPageFiles } from "../host/page-files.ts";

export interface LocalPage {
  /** Whoever has it sees and stops what renders here: for this user's eyes. */
  addressOf(sessionId: string): string;
  close(): Promise<void>;
}

/** Rejects with `unavailable` where no port can be opened. */
export async function openLocalPage(world: Omit<ViewerSurroundings, "relay">, log: Log): Promise<LocalPage> {
  const token = randomBytes(24).toString("base64url");
  const sha256 = createHash("sha256").update(token).digest();
  const viewer = viewerRoutes({ ...world, relay: new HttpRelay(undefined) });
  const door = await openDoor({
    address: "127.0.0.1:0",
    services: [],
    http: { routes: [...viewer.routes, ...pageRoutes(readPageFiles())], upgrades: viewer.upgrades },
    login: { tokens: [{ user: "local", sha256, right: "operate" }] },
    clock: world.clock,
    log,
  });
  return {
    addressOf: (sessionId) => `http://${door.address}/sessions/${sessionId}?token=${token}`,
    close: () => door.close(),
  };
}
