// One computation's group: the kernel ends its processes when all of them together pass the limit.
import type { Clock } from "../../host/clock.ts";
import type { GroupDialect, GroupReading } from "./group-dialect.ts";
import type { GroupHost } from "./group-files.ts";

/** A killed process leaves its group when the kernel has taken its memory apart: at once, or after a second for many GB. */
const removalRetryMs = 20;
const removalRetriesMax = 100;

export class MemoryGroup {
  readonly path: string;
  readonly #dialect: GroupDialect;
  readonly #host: GroupHost;

  constructor(path: string, dialect: GroupDialect, host: GroupHost) {
    this.path = path;
    this.#dialect = dialect;
    this.#host = host;
  }

  /** Whether the kernel took the limit; the group must be empty still. */
  limit(limitBytes: number): boolean {
    return this.#dialect
      .limitSettings(limitBytes)
      .map(({ file, text, isRequired }) => this.#write(file, text) || !isRequired)
      .every((isTaken) => isTaken);
  }

  /** From now on what the process allocates, and what its children do, counts. Whether the kernel took it. */
  join(pid: number): boolean {
    return this.#write("cgroup.procs", String(pid));
  }

  /** undefined: the group is gone. */
  reading(): GroupReading | undefined {
    return this.#dialect.reading((file) => this.#host.files.read(`${this.path}/${file}`));
  }

  /** Everything in it, also what left the computation's process group. */
  kill(): void {
    const members = (this.#host.files.read(`${this.path}/cgroup.procs`) ?? "").split("\n").map(Number);
    // 0 is a process of another PID namespace, and would be our own process group.
    for (const pid of members.filter((each) => each > 0)) this.#host.kill(pid);
  }

  /**
   * Ends what is left in it and removes it. Resolves with false when that did not succeed in two seconds; then a later
   * agent's start does it.
   */
  remove(clock: Clock): Promise<boolean> {
    return new Promise((resolve) => {
      const attempt = (retriesLeft: number) => {
        const outcome = this.#host.files.remove(this.path);
        if (outcome === "removed" || outcome === "gone") return resolve(true);
        if (outcome === "refused" || retriesLeft === 0) return resolve(false);
        this.kill();
        clock.after(removalRetryMs, () => attempt(retriesLeft - 1));
      };
      attempt(removalRetriesMax);
    });
  }

  #write(file: string, text: string): boolean {
    return this.#host.files.write(`${this.path}/${file}`, text);
  }
}
