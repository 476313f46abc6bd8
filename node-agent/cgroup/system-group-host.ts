// cgroupfs and /proc of this machine, as a GroupHost. Not which group is made where: that is memory-groups.ts.
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  writeSync,
} from "node:fs";
import type { GroupFiles, GroupHost, MakeOutcome, RemoveOutcome } from "./group-files.ts";
import { startTicksIn } from "./group-names.ts";

/** undefined: this system has no /proc, so it has no cgroups either. */
export function systemGroupHost(): GroupHost | undefined {
  const startTicks = startTicksIn(systemGroupFiles.read("/proc/self/stat") ?? "");
  const pidNamespace = readPidNamespace();
  if (startTicks === undefined || pidNamespace === undefined) return undefined;
  return { files: systemGroupFiles, identity: { pid: process.pid, startTicks, pidNamespace }, kill };
}

export const systemGroupFiles: GroupFiles = {
  read(path) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  },
  write(path, text) {
    try {
      // Without O_CREAT: a file that is not there means that this kernel lacks the feature, and must not be made.
      const file = openSync(path, constants.O_WRONLY);
      try {
        writeSync(file, text);
      } finally {
        closeSync(file);
      }
      return true;
    } catch {
      return false;
    }
  },
  make(folder): MakeOutcome {
    try {
      mkdirSync(folder);
      return "made";
    } catch (error) {
      return codeOf(error) === "EEXIST" ? "exists" : "refused";
    }
  },
  remove(folder): RemoveOutcome {
    try {
      rmdirSync(folder);
      return "removed";
    } catch (error) {
      const code = codeOf(error);
      if (code === "ENOENT") return "gone";
      return code === "EBUSY" ? "busy" : "refused";
    }
  },
  folders(folder) {
    try {
      const entries = readdirSync(folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    } catch {
      return [];
    }
  },
};

function readPidNamespace(): number | undefined {
  try {
    const match = /^pid:\[(\d+)\]$/.exec(readlinkSync("/proc/self/ns/pid"));
    return match === null ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
