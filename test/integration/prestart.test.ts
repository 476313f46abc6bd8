// Processes that a real agent starts beforehand: who gets them, what becomes of those that nobody wants.
import { fromBinary } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import { InMemoryBus } from "../../host/in-memory-bus.ts";
import type { Log } from "../../host/log.ts";
import type { NodeAgent } from "../../node-agent/agent.ts";
import type { AgentSettings } from "../../node-agent/agent-settings.ts";
import { readCapabilities } from "../../node-agent/capabilities.ts";
import { findGroupBase } from "../../node-agent/cgroup/group-base.ts";
import { systemGroupHost } from "../../node-agent/cgroup/system-group-host.ts";
import { type ComputationExited, ComputationExitedSchema, ExitCause } from "../../proto/gen/arras/v1/node_pb.ts";
import { subjects } from "../../proto/subjects.ts";
import { isAlive } from "../../scripts/processes.ts";
import { type FixtureWish, fixtureAgent, launchFixture } from "./fixture-agent.ts";

const waitsMs = 60_000;
const mebibyte = 2 ** 20;
const groupHost = systemGroupHost();
const hasGroups = groupHost !== undefined && findGroupBase(groupHost) !== undefined;
if (!hasGroups)
  process.stdout.write("prestart.test.ts: no memory cgroup may be made here, only the watchdog is tested\n");

const agents: NodeAgent[] = [];
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close()));
});

/** What the agent's log says of processes that wait: their ids, in the order in which they were started. */
function startAgent(settings: Partial<AgentSettings> = {}, mode = "normal") {
  const { open, ...made } = makeAgent(settings, mode);
  return { ...made, ...open() };
}

/** The same, not started: `open` does that. */
function makeAgent(settings: Partial<AgentSettings> = {}, mode = "normal") {
  const bus = new InMemoryBus();
  const waited: number[] = [];
  const ended: number[] = [];
  const keep = (fields: { childPid?: number; program?: string }, text?: string) => {
    if (text === "a process waits for an order" && fields.program === "mcrt") waited.push(fields.childPid ?? 0);
    if (text === "a process that waited for an order ended") ended.push(fields.childPid ?? 0);
  };
  const log = { fatal: keep, error: keep, warn: keep, info: keep, debug: keep, trace: keep, child: () => log };
  const agent = fixtureAgent(
    bus,
    {
      capabilities: { ...readCapabilities(), host: "testhost", coreCount: 4, memoryBytes: 4096 * mebibyte },
      memoryEnforcement: "watchdog",
      prestartCount: 1,
      environment: { ...process.env, ARRAS_FIXTURE_MODE: mode },
      graces: { launchTimeoutMs: waitsMs, stopGraceMs: 50, killGraceMs: 50 },
      ...settings,
    },
    { log: log as unknown as Log, groupHost },
  );
  agents.push(agent);
  const open = () => {
    agent.start();
    const exited = new Promise<ComputationExited>((resolve) => {
      bus.subscribe(subjects.exited("s1"), (message) => resolve(fromBinary(ComputationExitedSchema, message)));
    });
    return { exited };
  };
  return { agent, bus, waited, ended, open };
}

/** With no environment of its own, as most sessions. */
const launch = (bus: InMemoryBus, wish: Partial<FixtureWish> = {}, environment = {}) =>
  launchFixture(bus, { mode: "", ...wish, request: { environment, ...wish.request } });

const until = (is: () => boolean) => expect.poll(is).toBe(true);

describe("a launch", () => {
  it("finds a process that waits -> it is that one, and another waits soon", async () => {
    const { bus, agent, waited } = startAgent();
    await until(() => agent.prestartedCount("mcrt") === 1);
    const reply = await launch(bus);
    expect(reply.error).toBeUndefined();
    expect(reply.address).toBe("unix:/fixture");
    expect(reply.pid).toBe(waited[0]);
    await until(() => waited.length === 2);
    expect(isAlive(reply.pid)).toBe(true);
    expect(agent.prestartedCount("mcrt")).toBe(1);
  });

  it("twice, however soon -> each has a process of its own", async () => {
    const { bus, agent, waited } = startAgent();
    await until(() => agent.prestartedCount("mcrt") === 1);
    const first = await launch(bus);
    const second = await launch(bus, { attempt: 2 });
    expect(first.pid).toBe(waited[0]);
    expect(second.pid).not.toBe(first.pid);
    expect(second.error).toBeUndefined();
  });

  it("with variables of its session's -> a process of its own; the one that waits waits on", async () => {
    const { bus, agent, waited } = startAgent();
    await until(() => agent.prestartedCount("mcrt") === 1);
    const reply = await launch(bus, {}, { RAAS_DEBUG_FILENAME: "f" });
    expect(reply.error).toBeUndefined();
    expect(reply.pid).not.toBe(waited[0]);
    expect(agent.prestartedCount("mcrt")).toBe(1);
  });

  it("none wait -> a process of its own, as ever", async () => {
    const { bus, agent, waited } = startAgent({ prestartCount: 0 });
    expect((await launch(bus)).error).toBeUndefined();
    expect([agent.prestartedCount("mcrt"), agent.prestartedCount("merge"), waited]).toEqual([0, 0, []]);
  });

  it.each([["watchdog", true] as const, ...(hasGroups ? [["auto", true] as const] : [])])(
    "of one that waited -> it is held to its limit (%s)",
    async (memoryEnforcement) => {
      const { bus, agent, waited, exited } = startAgent({ memoryEnforcement }, "grow");
      await until(() => agent.prestartedCount("mcrt") === 1);
      const reply = await launch(bus, { limitMB: 300 });
      expect(reply.pid).toBe(waited[0]);
      const exit = await exited;
      expect(exit.cause).toBe(ExitCause.MEMORY);
      expect(exit.error?.message).toContain("passed its memory limit of 300 MB");
    },
  );
});

describe("processes that are wanted soon", () => {
  it("before the agent answers anybody -> launches find them, and nothing is started in their place", async () => {
    const { agent, bus, waited, open } = makeAgent({ prestartCount: 0 });
    agent.prestart("mcrt", 2);
    open();
    expect(agent.prestartedCount("mcrt")).toBe(2);
    const first = await launch(bus);
    const second = await launch(bus, { attempt: 2 });
    expect([first.pid, second.pid].map((pid) => waited.includes(pid))).toEqual([true, true]);
    expect(second.pid).not.toBe(first.pid);
    expect(agent.prestartedCount("mcrt")).toBe(0);
  });

  it("nobody wants them after all -> they end with their agent", async () => {
    const { agent, waited, open } = makeAgent({ prestartCount: 0 });
    agent.prestart("mcrt", 1);
    open();
    await agent.close();
    expect(waited.map(isAlive)).toEqual([false]);
  });
});

describe("processes that wait", () => {
  it("one is killed -> another takes its place, and no computation is told to have ended", async () => {
    const { bus, agent, waited, ended } = startAgent();
    await until(() => agent.prestartedCount("mcrt") === 1);
    const [victim = 0] = waited;
    process.kill(victim, "SIGKILL");
    await until(() => waited.length === 2);
    expect(ended).toEqual([victim]);
    expect((await launch(bus)).pid).toBe(waited[1]);
  });

  it("their program does not exist -> launches say so, and it is tried again", async () => {
    const missing = { command: "/no/such/program", args: [] };
    const { bus, ended } = startAgent({ entries: { mcrt: missing, merge: missing } });
    const { error } = await launch(bus);
    expect(error?.message).toContain("ENOENT");
    await until(() => ended.length >= 2);
  });

  it("their node is to leave -> they end, and none are started any more", async () => {
    const { agent, waited } = startAgent();
    await until(() => agent.prestartedCount("mcrt") === 1);
    agent.drain({ reason: "a test", deadlineMs: waitsMs });
    await agent.drained;
    await agent.close();
    expect(waited.map(isAlive)).toEqual([false]);
    expect(agent.prestartedCount("mcrt")).toBe(0);
  });

  it("their node is given up by the farm -> they end, and others wait for its return", async () => {
    const { agent, waited } = startAgent();
    await until(() => agent.prestartedCount("mcrt") === 1);
    await agent.stopAll();
    expect(isAlive(waited[0] ?? 0)).toBe(false);
    await until(() => waited.length === 2);
  });

  it("their agent is ended at once -> they too", async () => {
    const { agent, waited } = startAgent();
    await until(() => agent.prestartedCount("mcrt") === 1);
    agent.kill();
    await until(() => !isAlive(waited[0] ?? 0));
  });
});
