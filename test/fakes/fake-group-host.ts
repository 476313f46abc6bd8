// A cgroupfs in memory, of either version, with the rules that matter: a group is made with its files, a process is in
// one group, a group with processes or subgroups cannot be removed, version 2 has no inner processes.
import type {
  AgentIdentity,
  GroupFiles,
  GroupHost,
  MakeOutcome,
  RemoveOutcome,
} from "../../node-agent/cgroup/group-files.ts";

export interface FakeHostSetup {
  /** Files that are there, by path, beside those of the groups. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Groups that are there, by path, with their processes. */
  readonly groups: Readonly<Record<string, readonly number[]>>;
  readonly version: 1 | 2;
  /** Paths that may not be written to: a group, and what is below it. */
  readonly refused?: readonly string[];
  /** Files that this kernel lacks, e.g. "memory.peak". */
  readonly lacking?: readonly string[];
  readonly identity?: AgentIdentity;
}

const filesOf = {
  1: {
    "memory.limit_in_bytes": "9223372036854771712\n",
    "memory.memsw.limit_in_bytes": "9223372036854771712\n",
    "memory.swappiness": "60\n",
    "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
    "memory.max_usage_in_bytes": "0\n",
    "memory.stat": "cache 0\nrss 0\ntotal_cache 0\ntotal_rss 0\ntotal_shmem 0\n",
  },
  2: {
    "memory.max": "max\n",
    "memory.swap.max": "max\n",
    "memory.oom.group": "0\n",
    "memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n",
    "memory.peak": "0\n",
    "memory.stat": "anon 0\nfile 0\nshmem 0\n",
  },
} as const;

export class FakeGroupHost implements GroupHost {
  readonly identity: AgentIdentity;
  readonly files: GroupFiles;
  readonly killed: number[] = [];
  /** Processes that SIGKILL does not end yet: the kernel is taking their memory apart. */
  readonly lingering = new Set<number>();
  /** All files by path; cgroup.procs are in `groups`. */
  readonly texts = new Map<string, string>();
  readonly groups = new Map<string, Set<number>>();
  readonly #setup: FakeHostSetup;

  constructor(setup: FakeHostSetup) {
    this.#setup = setup;
    this.identity = setup.identity ?? { pid: 77, startTicks: 1000, pidNamespace: 5 };
    for (const [path, text] of Object.entries(setup.texts ?? {})) this.texts.set(path, text);
    for (const [path, pids] of Object.entries(setup.groups)) this.#addGroup(path, pids);
    this.files = {
      read: (path) => this.#read(path),
      write: (path, text) => this.#write(path, text),
      make: (folder) => this.#make(folder),
      remove: (folder) => this.#remove(folder),
      folders: (folder) => this.#subgroups(folder).map((path) => path.slice(folder.length + 1)),
    };
  }

  readonly kill = (pid: number): void => {
    this.killed.push(pid);
    if (this.lingering.has(pid)) return;
    for (const pids of this.groups.values()) pids.delete(pid);
  };

  #addGroup(path: string, pids: readonly number[]): void {
    this.groups.set(path, new Set(pids));
    const files: Record<string, string> = this.#hasMemory(path) ? { ...filesOf[this.#setup.version] } : {};
    if (this.#setup.version === 2) {
      files["cgroup.controllers"] = this.#hasMemory(path) ? "memory pids\n" : "pids\n";
      files["cgroup.subtree_control"] = "\n";
    }
    for (const [name, text] of Object.entries(files)) {
      const file = `${path}/${name}`;
      if (this.#setup.lacking?.includes(name) !== true && !this.texts.has(file)) this.texts.set(file, text);
    }
  }

  #hasMemory(path: string): boolean {
    const parent = parentOf(path);
    if (this.#setup.version === 1 || !this.groups.has(parent)) return true;
    return (this.texts.get(`${parent}/cgroup.subtree_control`) ?? "").includes("memory");
  }

  #isRefused(path: string): boolean {
    return this.#setup.refused?.some((each) => path === each || path.startsWith(`${each}/`)) ?? false;
  }

  #read(path: string): string | undefined {
    if (!path.endsWith("/cgroup.procs")) return this.texts.get(path);
    const pids = this.groups.get(parentOf(path));
    return pids === undefined ? undefined : [...pids].map((pid) => `${pid}\n`).join("");
  }

  #write(path: string, text: string): boolean {
    if (this.#isRefused(path)) return false;
    if (path.endsWith("/cgroup.procs")) return this.#move(Number(text), parentOf(path));
    if (!this.texts.has(path)) return false;
    if (!path.endsWith("/cgroup.subtree_control")) {
      this.texts.set(path, `${text}\n`);
      return true;
    }
    if ((this.groups.get(parentOf(path))?.size ?? 0) > 0) return false;
    this.texts.set(path, `${text.replace("+", "")}\n`);
    return true;
  }

  #move(pid: number, group: string): boolean {
    const pids = this.groups.get(group);
    if (pids === undefined) return false;
    for (const others of this.groups.values()) others.delete(pid);
    pids.add(pid);
    return true;
  }

  #make(folder: string): MakeOutcome {
    if (this.groups.has(folder)) return "exists";
    if (this.#isRefused(folder) || !this.groups.has(parentOf(folder))) return "refused";
    this.#addGroup(folder, []);
    return "made";
  }

  #remove(folder: string): RemoveOutcome {
    const pids = this.groups.get(folder);
    if (pids === undefined) return "gone";
    if (this.#isRefused(folder)) return "refused";
    if (pids.size > 0 || this.#subgroups(folder).length > 0) return "busy";
    this.groups.delete(folder);
    for (const path of this.texts.keys()) if (parentOf(path) === folder) this.texts.delete(path);
    return "removed";
  }

  #subgroups(folder: string): string[] {
    return [...this.groups.keys()].filter((path) => parentOf(path) === folder);
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
