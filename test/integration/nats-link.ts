// Connections to a test's nats-server.
import { connectNats } from "../../host/nats/connect.ts";
import type { NatsLink } from "../../host/nats/nats-link.ts";
import { parseNatsSettings } from "../../host/nats/nats-settings.ts";
import { silentLog } from "../fakes/silent-log.ts";
import type { NatsServer } from "./nats-server.ts";

export async function linkTo(
  server: Pick<NatsServer, "url">,
  environment: Record<string, string> = {},
): Promise<NatsLink> {
  const settings = parseNatsSettings({ nats: server.url }, environment);
  if (settings === undefined) throw new Error("no server named");
  return connectNats(settings, { name: "test", log: silentLog, firstConnectionWithinMs: 10_000 });
}

/** Resolves when the link has noticed that the server is away. */
export function lost(link: NatsLink): Promise<void> {
  if (!link.isConnected) return Promise.resolve();
  return new Promise((resolve) => {
    const end = link.onChange((isConnected) => {
      if (isConnected) return;
      end();
      resolve();
    });
  });
}
