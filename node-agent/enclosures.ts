// The memory groups of what one agent runs: each process is put into one before it gets its order, where that is
// possible here, and its group is removed after it.
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import type { GroupHost } from "./cgroup/group-files.ts";
import type { MemoryGroup } from "./cgroup/memory-group.ts";
import { MemoryGroups } from "./cgroup/memory-groups.ts";

export class Enclosures {
  readonly #clock: Clock;
  readonly #log: Log;
  /** undefined where the watchdog alone holds computations to their limits. */
  readonly #groups: MemoryGroups | undefined;
  /** Groups of computations that are gone, on their way out. */
  readonly #removals = new Set<Promise<void>>();

  /** `host`: undefined where no groups are wanted, or possible. What dead agents left behind is removed. */
  constructor(host: GroupHost | undefined, clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#groups = host && MemoryGroups.open(host);
    void this.#groups?.removeStale(clock).then((removedCount) => {
      if (removedCount > 0) log.debug({ removedCount }, "removed memory groups of agents that are gone");
    });
  }

  /** undefined: there are none. */
  get enforcement(): "cgroup-v2" | "cgroup-v1" | undefined {
    return this.#groups?.enforcement;
  }

  /** In a group with this limit; undefined: the watchdog has to do. */
  enclose(pid: number, limitBytes: number, log: Log): MemoryGroup | undefined {
    if (this.#groups === undefined) return undefined;
    const group = this.#groups.create(limitBytes);
    if (group?.join(pid) === true) return group;
    log.warn({ childPid: pid, limitBytes }, "its memory group could not be made: its resident set is watched instead");
    if (group !== undefined) this.remove(group);
    return undefined;
  }

  remove(group: MemoryGroup): void {
    const removal = group.remove(this.#clock).then((isRemoved) => {
      this.#removals.delete(removal);
      if (!isRemoved) this.#log.warn({ group: group.path }, "a memory group could not be removed");
    });
    this.#removals.add(removal);
  }

  /** Resolves when those that are on their way out are gone. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals);
  }
}
