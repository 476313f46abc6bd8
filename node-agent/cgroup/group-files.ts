// What memory groups need of the outside: the files of cgroupfs and /proc, and a signal. Not how they are read.

export type MakeOutcome = "made" | "exists" | "refused";
export type RemoveOutcome = "removed" | "gone" | "busy" | "refused";

/** Paths are absolute. Nothing throws: whether something may be read or written is the question that is asked. */
export interface GroupFiles {
  /** undefined: not there, or not readable. */
  read(path: string): string | undefined;
  /** Writes to a file that is there already. Whether the kernel took it. */
  write(path: string, text: string): boolean;
  make(folder: string): MakeOutcome;
  /** One group without subgroups. "busy" while processes are in it. */
  remove(folder: string): RemoveOutcome;
  /** Names of the folders in a folder; empty where it cannot be read. */
  folders(folder: string): readonly string[];
}

/** Tells one agent's groups from another's, also after its process id was given to somebody else. */
export interface AgentIdentity {
  readonly pid: number;
  /** When the process started, clock ticks since boot (proc_pid_stat(5), field 22). */
  readonly startTicks: number;
  /** Of the PID namespace: ids of another namespace (a container's) say nothing in ours. */
  readonly pidNamespace: number;
}

export interface GroupHost {
  readonly files: GroupFiles;
  readonly identity: AgentIdentity;
  /** SIGKILL; a process that is gone is no error. */
  readonly kill: (pid: number) => void;
}
