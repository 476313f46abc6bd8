// Where our groups are, and with that where groups with a memory limit might be made, read from /proc/self/cgroup and /proc/self/mountinfo (cgroups(7),
// proc_pid_mountinfo(5)). Whether they may be made there is not known from these.

export interface Hierarchy {
  readonly version: 1 | 2;
  /** Where it is mounted. */
  readonly mountPath: string;
  /** The folder of our own group, at or under `mountPath`. */
  readonly ownPath: string;
}

export function memoryHierarchies(cgroupText: string, mountText: string): Hierarchy[] {
  return hierarchiesOf("memory", cgroupText, mountText);
}

/** Version 2 first: where a system has both (hybrid), only one of them has the controller. */
export function hierarchiesOf(controller: "memory" | "cpu", cgroupText: string, mountText: string): Hierarchy[] {
  const mounts = mountText.split("\n").flatMap((line) => mountIn(line, controller));
  const hierarchies: Hierarchy[] = [];
  for (const line of cgroupText.split("\n")) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match === null) continue;
    const [, controllers = "", group = "/"] = match;
    const version = controllers === "" ? 2 : 1;
    if (version === 1 && !controllers.split(",").includes(controller)) continue;
    const mount = mounts.find((each) => each.version === version && pathInMount(each.root, group) !== undefined);
    if (mount === undefined) continue;
    const { mountPath } = mount;
    hierarchies.push({ version, mountPath, ownPath: `${mountPath}${pathInMount(mount.root, group)}` });
  }
  return hierarchies.sort((a, b) => b.version - a.version);
}

/** Our own group and those above it, up to and without the mount's root. */
export function pathsBelowRoot({ ownPath, mountPath }: Hierarchy): string[] {
  const paths: string[] = [];
  for (let path = ownPath; path.length > mountPath.length; path = path.slice(0, path.lastIndexOf("/"))) {
    paths.push(path);
  }
  return paths;
}

interface Mount {
  readonly version: 1 | 2;
  /** Which group is seen at the mount's root: in a container without a cgroup namespace, the container's. */
  readonly root: string;
  readonly mountPath: string;
}

function mountIn(line: string, controller: string): Mount[] {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , root = "", mountPath = ""] = before.split(" ");
  const [type, , options = ""] = after.split(" ");
  const place = { root: unescaped(root), mountPath: unescaped(mountPath) };
  if (type === "cgroup2") return [{ version: 2, ...place }];
  if (type === "cgroup" && options.split(",").includes(controller)) return [{ version: 1, ...place }];
  return [];
}

/** "" for the root itself; undefined for a group outside of what is mounted, e.g. "/../other". */
function pathInMount(root: string, group: string): string | undefined {
  if (group.split("/").includes("..")) return undefined;
  if (group === root) return "";
  const prefix = root === "/" ? "/" : `${root}/`;
  return group.startsWith(prefix) ? `/${group.slice(prefix.length)}` : undefined;
}

/** The kernel writes space, tab, newline and backslash in octal. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
