// Whoever looks at a farm's session in tests, through the door of any of its coordinators.
import { onTestFinished } from "vitest";
import { LiveClient, type LiveOptions } from "./live-client.ts";

/** Gone with the test. */
export function look(door: string, sessionId: string, options: LiveOptions = {}): LiveClient {
  const client = new LiveClient(door, sessionId, options);
  onTestFinished(() => client.close());
  return client;
}

/** Of the only session that this coordinator has. */
export async function onlySessionId(door: string): Promise<string> {
  const sessions = (await (await fetch(`http://${door}/api/sessions`)).json()) as { sessionId: string }[];
  const [session, ...others] = sessions;
  if (session === undefined || others.length > 0) throw new Error(`${sessions.length} sessions where one was expected`);
  return session.sessionId;
}
