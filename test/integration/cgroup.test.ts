// Real processes in real cgroups: the kernel ends what passes its limit, also when a child of the computation does.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import { InMemoryBus } from "../../host/in-memory-bus.ts";
import { createLog } from "../../host/log.ts";
import type { NodeAgent } from "../../node-agent/agent.ts";
import type { AgentSettings } from "../../node-agent/agent-settings.ts";
import { findGroupBase } from "../../node-agent/cgroup/group-base.ts";
import { groupName } from "../../node-agent/cgroup/group-names.ts";
import { systemGroupFiles, systemGroupHost } from "../../node-agent/cgroup/system-group-host.ts";
import {
  type ComputationExited,
  ComputationExitedSchema,
  ExitCause,
  HeartbeatSchema,
  StopRequestSchema,
} from "../../proto/gen/arras/v1/node_pb.ts";
import { subjects } from "../../proto/subjects.ts";
import { fixtureAgent, launchFixture } from "./fixture-agent.ts";

const mebibyte = 2 ** 20;
const groupHost = systemGroupHost();
const base = groupHost === undefined ? undefined : findGroupBase(groupHost);
if (base === undefined) process.stdout.write("cgroup.test.ts: skipped, no memory cgroup may be made here\n");

const agents: NodeAgent[] = [];
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close()));
});

/** Names of the groups that this process's agents have now. */
function ownGroups(): string[] {
  if (base === undefined || groupHost === undefined) return [];
  const prefix = groupName(groupHost.identity, "");
  return readdirSync(base.path).filter((name) => name.startsWith(prefix) && !name.endsWith("-agent"));
}

const membersOf = (name: string) => readFileSync(`${base?.path}/${name}/cgroup.procs`, "utf8").trim().split("\n");

function startAgent(settings: Partial<AgentSettings> = {}) {
  const bus = new InMemoryBus();
  const exited = new Promise<ComputationExited>((resolve) => {
    bus.subscribe(subjects.exited("s1"), (message) => resolve(fromBinary(ComputationExitedSchema, message)));
  });
  const heartbeat = new Promise<Uint8Array>((resolve) => void bus.subscribe(subjects.allHeartbeats, resolve));
  const said: string[] = [];
  const log = createLog("test", 0);
  const keep = (fields: unknown, text?: string) => said.push(text ?? String(fields));
  Object.assign(log, { child: () => log, info: keep, warn: keep });
  const graces = { launchTimeoutMs: 20_000, stopGraceMs: 50, killGraceMs: 50 };
  const agent = fixtureAgent(bus, { graces, ...settings }, { log, groupHost });
  agents.push(agent);
  agent.start();
  return { agent, bus, exited, said, heartbeat };
}

function launch(bus: InMemoryBus, mode: string, limitMB: number, megabytes = 0) {
  return launchFixture(bus, { mode, limitMB, environment: { FIXTURE_MB: String(megabytes) } });
}

async function stop(bus: InMemoryBus): Promise<void> {
  const request = create(StopRequestSchema, { sessionId: "s1", computation: "mcrt_i0" });
  await bus.request(subjects.stop("n1"), toBinary(StopRequestSchema, request), 60_000);
}

const isGone = (pid: number) =>
  !existsSync(`/proc/${pid}/stat`) || /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

describe.skipIf(base === undefined)("a computation in a memory group", () => {
  it("passes its limit -> the kernel ends it; limit, peak near it, node, computation and remedy are named", async () => {
    const { bus, exited } = startAgent();
    const { pid } = await launch(bus, "grow", 300);
    const { cause, error, peakMemoryBytes } = await exited;
    expect(isGone(pid)).toBe(true);
    expect(cause).toBe(ExitCause.MEMORY);
    expect(error?.code).toBe("memory-exceeded");
    expect(error?.message).toMatch(
      /^mcrt_i0 on testhost passed its memory limit of 300 MB \(peak \d+ MB\) and was ended$/,
    );
    expect(error?.action).toContain("Raise mcrt's memoryMB");
    expect(error?.place).toMatchObject({ session: "s1", computation: "mcrt_i0", node: "n1" });
    // The kernel lets nothing pass.
    expect(Number(peakMemoryBytes) / mebibyte).toBeGreaterThan(296);
    expect(Number(peakMemoryBytes) / mebibyte).toBeLessThanOrEqual(300);
  });

  it("takes much more than its limit at once -> it never had it", async () => {
    const { bus } = startAgent();
    const { error } = await launch(bus, "hold", 256, 2048);
    expect(error?.code).toBe("memory-exceeded");
    expect(Number(/peak (\d+) MB/.exec(error?.message ?? "")?.[1])).toBeLessThanOrEqual(256);
    await expect.poll(ownGroups).toEqual([]);
  });

  it("has a child that passes the limit -> both are ended, and it is named", async () => {
    const { bus, exited, said } = startAgent();
    const { pid } = await launch(bus, "grow-in-child", 300);
    const { cause, peakMemoryBytes } = await exited;
    expect(cause).toBe(ExitCause.MEMORY);
    expect(Number(peakMemoryBytes) / mebibyte).toBeGreaterThan(296);
    const childPid = Number(/^child (\d+)$/.exec(said.find((text) => text.startsWith("child ")) ?? "")?.[1]);
    expect(isGone(pid)).toBe(true);
    await expect.poll(() => isGone(childPid)).toBe(true);
  });

  it("stays under its limit -> it lives, is alone in its group, and its peak is what it took", async () => {
    const { bus, exited } = startAgent();
    const { pid } = await launch(bus, "hold", 600, 256);
    const names = ownGroups();
    expect(names).toHaveLength(1);
    expect(membersOf(names[0] ?? "")).toEqual([String(pid)]);
    await stop(bus);
    const { cause, peakMemoryBytes } = await exited;
    expect(cause).toBe(ExitCause.STOPPED);
    expect(Number(peakMemoryBytes) / mebibyte).toBeGreaterThan(256);
  });

  it("ends and leaves a child behind -> the child is ended and the group is gone when the agent closes", async () => {
    const { agent, bus, said } = startAgent();
    await launch(bus, "leave-child", 512);
    const childPidOf = () => Number(/^child (\d+)$/.exec(said.find((text) => text.startsWith("child ")) ?? "")?.[1]);
    await expect.poll(childPidOf).toBeGreaterThan(0);
    expect(isGone(childPidOf())).toBe(false);
    await agent.close();
    expect(ownGroups()).toEqual([]);
    await expect.poll(() => isGone(childPidOf())).toBe(true);
  });

  it("a dead agent left its group -> the next agent's start removes it", async () => {
    // No process has number 0, so its owner is dead.
    const left = `${base?.path}/${groupName({ pid: 0, startTicks: 1, pidNamespace: groupHost?.identity.pidNamespace ?? 0 }, 0)}`;
    expect(systemGroupFiles.make(left)).toBe("made");
    startAgent();
    await expect.poll(() => existsSync(left)).toBe(false);
  });

  it("the agent says which: cgroup, or the watchdog where its settings want that", async () => {
    const { heartbeat } = startAgent();
    expect(fromBinary(HeartbeatSchema, await heartbeat).memoryEnforcement).toBe(base?.dialect.enforcement);
    const watched = startAgent({ memoryEnforcement: "watchdog" });
    expect(fromBinary(HeartbeatSchema, await watched.heartbeat).memoryEnforcement).toBe("watchdog");
    await launch(watched.bus, "normal", 512);
    expect(ownGroups()).toEqual([]);
  });
});
