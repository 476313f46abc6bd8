// What a process does for the first time takes several times as long as later: modules are loaded when they are first
// needed, and V8 compiles what runs often. One that waits for its order does everything once with itself meanwhile.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "./clock.ts";

/** One that was not started beforehand has its order by then, and has no time for that. */
const waitsLongMs = 250;

/** `rehearse` gets a folder of its own for sockets. What goes wrong in it is no matter: the order will say so again. */
export function rehearseWhileWaiting(
  order: Promise<unknown>,
  clock: Clock,
  rehearse: (folder: string) => Promise<unknown>,
): void {
  const timer = clock.after(waitsLongMs, () => void inFolder(rehearse));
  const come = () => timer.cancel();
  order.then(come, come);
}

async function inFolder(rehearse: (folder: string) => Promise<unknown>): Promise<void> {
  // Of this user alone.
  const folder = await mkdtemp(join(tmpdir(), "arras-rehearsal-")).catch(() => undefined);
  if (folder === undefined) return;
  await rehearse(folder).catch(() => {});
  await rm(folder, { recursive: true, force: true }).catch(() => {});
}
