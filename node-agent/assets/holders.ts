// Folders of those who share a cache: each agent has one, holds in it what it uses, and says every now and then that it
// is alive. What an agent that died held is let go by the others. Whether one is alive is judged by what each of them
// sees change, by its own clock: process ids mean nothing between containers, and wall clocks jump.
import { mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../host/clock.ts";
import { limits } from "../../proto/limits.ts";
import { ifMissing } from "./object-folder.ts";

const signName = "alive";

interface Seen {
  readonly signMs: number;
  readonly sinceMs: number;
}

export class Holders {
  readonly #folder: string;
  readonly #own: string;
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();

  /** `own` is not the name of any other, now or before. */
  constructor(folder: string, own: string, clock: Clock) {
    this.#folder = folder;
    this.#own = own;
    this.#clock = clock;
  }

  get ownFolder(): string {
    return join(this.#folder, this.#own);
  }

  /** False when the folder is there no more: the others took this agent for dead. */
  async sign(): Promise<boolean> {
    const path = join(this.ownFolder, signName);
    const now = new Date();
    return (await utimes(path, now, now).then(() => true, ifMissing)) === true;
  }

  async open(): Promise<void> {
    await mkdir(this.ownFolder, { recursive: true });
    await writeFile(join(this.ownFolder, signName), "");
  }

  async close(): Promise<void> {
    await rm(this.ownFolder, { recursive: true, force: true });
  }

  /** Lets go what the dead held; true when there were any. To be called as often as they sign. */
  async releaseDead(): Promise<boolean> {
    const names = (await readdir(this.#folder).catch(ifMissing)) ?? [];
    const nowMs = this.#clock.nowMs();
    for (const name of this.#seen.keys()) if (!names.includes(name)) this.#seen.delete(name);
    let hadDead = false;
    for (const name of names.filter((each) => each !== this.#own)) {
      const sign = await stat(join(this.#folder, name, signName)).catch(ifMissing);
      const signMs = sign?.mtimeMs ?? 0;
      const seen = this.#seen.get(name);
      if (seen?.signMs !== signMs) this.#seen.set(name, { signMs, sinceMs: nowMs });
      else if (nowMs - seen.sinceMs >= limits.cacheHolderSilenceMsMax) {
        await rm(join(this.#folder, name), { recursive: true, force: true });
        hadDead = true;
      }
    }
    return hadDead;
  }
}
