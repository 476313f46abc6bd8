// The memory groups of one agent: makes one for each computation, and removes those that dead agents left.
import type { Clock } from "../../host/clock.ts";
import { findGroupBase, type GroupBase } from "./group-base.ts";
import type { GroupHost } from "./group-files.ts";
import { groupName, isStale, ownerOf } from "./group-names.ts";
import { MemoryGroup } from "./memory-group.ts";

/** Names that another agent of the same process took; more than these are no accident. */
const takenNamesMax = 1000;

export class MemoryGroups {
  readonly #base: GroupBase;
  readonly #host: GroupHost;
  #nextNumber = 0;

  private constructor(base: GroupBase, host: GroupHost) {
    this.#base = base;
    this.#host = host;
  }

  /** undefined where this agent may not make groups. */
  static open(host: GroupHost): MemoryGroups | undefined {
    const base = findGroupBase(host);
    return base === undefined ? undefined : new MemoryGroups(base, host);
  }

  get enforcement(): "cgroup-v2" | "cgroup-v1" {
    return this.#base.dialect.enforcement;
  }

  /** An empty group with this limit; undefined when the kernel refused it. */
  create(limitBytes: number): MemoryGroup | undefined {
    for (let tries = 0; tries < takenNamesMax; tries += 1) {
      const path = `${this.#base.path}/${groupName(this.#host.identity, this.#nextNumber)}`;
      this.#nextNumber += 1;
      const outcome = this.#host.files.make(path);
      if (outcome === "refused") return undefined;
      if (outcome === "exists") continue;
      const group = this.#groupAt(path);
      if (group.limit(limitBytes)) return group;
      this.#host.files.remove(path);
      return undefined;
    }
    return undefined;
  }

  /** Ends what dead agents' groups still hold, and removes them. Resolves with how many there were. */
  async removeStale(clock: Clock): Promise<number> {
    const { files, identity } = this.#host;
    const readStat = (pid: number) => files.read(`/proc/${pid}/stat`);
    const stale = files.folders(this.#base.path).filter((name) => {
      const owner = ownerOf(name);
      return owner !== undefined && isStale(owner, identity, readStat);
    });
    const removed = await Promise.all(stale.map((name) => this.#groupAt(`${this.#base.path}/${name}`).remove(clock)));
    return removed.filter(Boolean).length;
  }

  #groupAt(path: string): MemoryGroup {
    return new MemoryGroup(path, this.#base.dialect, this.#host);
  }
}
