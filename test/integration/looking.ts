// Whoever looks at a farm's session in tests, through the door of any of its coordinators.
import { expect, onTestFinished } from "vitest";
import { LiveClient, type LiveOptions } from "./live-client.ts";

/** Gone with the test. */
export function look(door: string, sessionId: string, options: LiveOptions = {}): LiveClient {
  const client = new LiveClient(door, sessionId, options);
  onTestFinished(() => client.close());
  return client;
}

/** Of the only session that this coordinator has, as soon as it has heard of it. */
export async function onlySessionId(door: string): Promise<string> {
  const sessionIds = async () => {
    const sessions = (await (await fetch(`http://${door}/api/sessions`)).json()) as { sessionId: string }[];
    return sessions.map(({ sessionId }) => sessionId);
  };
  await expect.poll(sessionIds).toHaveLength(1);
  const [sessionId = ""] = await sessionIds();
  return sessionId;
}
