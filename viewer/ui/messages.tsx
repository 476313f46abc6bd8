// What stands over the picture: the connection is lost, the session waits or failed, something asked for was refused.
import type { SessionView } from "../live/session-view.ts";
import type { SessionModel } from "../state/session-model.ts";

export function Messages({ view }: { readonly view: SessionView }) {
  const lines = [...messages(view.model.value), ...(view.pictureError.value ? [view.pictureError.value] : [])];
  if (lines.length === 0) return null;
  return (
    <div class="messages" role="alert">
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

function messages({ connection, session, error, film }: SessionModel): string[] {
  const lines: string[] = [];
  if (connection.t === "lost") lines.push("No connection to the coordinator; it is tried again.");
  if (connection.t === "refused") lines.push(connection.reason || "The coordinator does not show this session.");
  if (connection.t === "connecting" && film === undefined) lines.push("Connecting …");
  if (session?.queue !== undefined) {
    const { position, waitingCount, reason } = session.queue;
    lines.push(
      position === 0 ? `Without a place: ${reason}` : `Place ${position} of ${waitingCount} in the queue: ${reason}`,
    );
  }
  for (const detail of [session?.error, error]) {
    if (detail !== undefined) lines.push([detail.message, detail.action].filter((text) => text !== "").join(" "));
  }
  return lines;
}
