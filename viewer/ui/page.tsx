// The whole page: the list of sessions, or one session's picture.
import { FarmPage } from "./farm-page.tsx";
import { SessionPage } from "./session-page.tsx";

export function Page({ path }: { readonly path: string }) {
  const sessionId = /^\/sessions\/([^/]+)\/?$/.exec(path)?.[1];
  return sessionId === undefined ? <FarmPage /> : <SessionPage path={`/sessions/${sessionId}`} />;
}
