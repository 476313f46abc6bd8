// What a process does for the first time takes several times as long as later: modules are loaded when they are first
// needed, and V8 compiles what runs often. One that waits for its order does everything once with itself meanwhile.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "./clock.ts";

/** One that was not started beforehand has its order by then, and has no time for that. */
const waitsLongMs = 250;

/**
 * An argument of a computation whose order is on its way, however long it takes: its session has better use for the cores.
 * Or its node was told that those that wait are only to wait.
 */
export const noRehearsal = "--no-rehearsal";

/** `rehearse` gets a folder of its own. What goes wrong in it is no matter: the order will say so again. */
export function rehearseWhileWaiting(
  order: Promise<unknown>,
  clock: Clock,
  rehearse: (folder: string) => Promise<unknown>,
): void {
  const timer = clock.after(waitsLongMs, () => void inFolder(rehearse));
  const come = () => timer.cancel();
  order.then(come, come);
}

/** With the process's number, so that what a killed one has left can be told. */
const folderPrefix = (pid: number | string) => `arras-rehearsal-${pid}-`;
const ofSomeProcess = new RegExp(`^${folderPrefix("(\\d+)")}`);

async function inFolder(rehearse: (folder: string) => Promise<unknown>): Promise<void> {
  await removeLeftovers();
  // Of this user alone.
  const folder = await mkdtemp(join(tmpdir(), folderPrefix(process.pid))).catch(() => undefined);
  if (folder === undefined) return;
  await rehearse(folder).catch(() => {});
  await remove(folder);
}

/** Those that wait are killed without notice: when their agent ends, and when they are not needed. */
async function removeLeftovers(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) {
    const pid = Number(ofSomeProcess.exec(name)?.[1]);
    if (pid > 0 && !isRunning(pid)) await remove(join(tmpdir(), name));
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    // Somebody else's.
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => {});
}
