// Real child processes under a real agent: how they start, end, and are held to their memory.
import { existsSync, readFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import { InMemoryBus } from "../../host/in-memory-bus.ts";
import { createLog, type Log } from "../../host/log.ts";
import type { NodeAgent } from "../../node-agent/agent.ts";
import type { AgentSettings } from "../../node-agent/agent-settings.ts";
import { readCapabilities } from "../../node-agent/capabilities.ts";
import {
  AdoptReplySchema,
  AdoptRequestSchema,
  type ComputationExited,
  ComputationExitedSchema,
  ComputationKind,
  DrainReplySchema,
  DrainRequestSchema,
  ExitCause,
  type Heartbeat,
  HeartbeatSchema,
  LaunchOrderSchema,
  LaunchReplySchema,
  StopReplySchema,
  StopRequestSchema,
} from "../../proto/gen/arras/v1/node_pb.ts";
import { subjects } from "../../proto/subjects.ts";
import { fixtureAgent, launchFixture } from "./fixture-agent.ts";

const megabyte = 2 ** 20;

/** A log that keeps its lines. */
function listeningLog(): { log: Log; lines: { fields: unknown; text: string }[] } {
  const lines: { fields: unknown; text: string }[] = [];
  const keep = (fields: unknown, text?: string) => lines.push({ fields, text: text ?? String(fields) });
  const log = { fatal: keep, error: keep, warn: keep, info: keep, debug: () => {}, trace: () => {}, child: () => log };
  return { log: log as unknown as Log, lines };
}

const agents: NodeAgent[] = [];
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.close()));
});

function startAgent(settings: Partial<AgentSettings> = {}, log = createLog("test", 0)) {
  const bus = new InMemoryBus();
  const exits: ComputationExited[] = [];
  let tell: () => void = () => {};
  const exited = new Promise<void>((resolve) => {
    tell = resolve;
  });
  bus.subscribe(subjects.exited("s1"), (message) => {
    exits.push(fromBinary(ComputationExitedSchema, message));
    tell();
  });
  // Cgroups have a test of their own, cgroup.test.ts.
  const graces = { launchTimeoutMs: 20_000, stopGraceMs: 50, killGraceMs: 50 };
  const agent = fixtureAgent(bus, { memoryEnforcement: "watchdog", graces, ...settings }, { log });
  agents.push(agent);
  agent.start();
  return { agent, bus, exits, exited };
}

async function stop(bus: InMemoryBus, computation = "mcrt_i0") {
  const request = toBinary(StopRequestSchema, create(StopRequestSchema, { sessionId: "s1", computation }));
  return fromBinary(StopReplySchema, await bus.request(subjects.stop("n1"), request, 60_000));
}

async function adopt(bus: InMemoryBus, sessionId: string, coordinatorAddress = "") {
  const request = toBinary(AdoptRequestSchema, create(AdoptRequestSchema, { sessionId, coordinatorAddress }));
  return fromBinary(AdoptReplySchema, await bus.request(subjects.adopt("n1"), request, 60_000));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function isZombie(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && /\) Z /.test(readFileSync(path, "utf8"));
}

describe("a computation that starts", () => {
  it("is answered with the address it announced and its process id", async () => {
    const { bus } = startAgent();
    const reply = await launchFixture(bus, { mode: "normal" });
    expect(reply.error).toBeUndefined();
    expect(reply.address).toBe("unix:/fixture");
    expect(isAlive(reply.pid)).toBe(true);
  });

  it("is started once when the same attempt is asked for twice", async () => {
    const { bus } = startAgent();
    const [first, second] = await Promise.all([
      launchFixture(bus, { mode: "normal" }),
      launchFixture(bus, { mode: "normal" }),
    ]);
    expect(second.pid).toBe(first.pid);
  });

  it("takes the place of an older attempt, which is ended first", async () => {
    const { bus, exits } = startAgent();
    const first = await launchFixture(bus, { mode: "normal" });
    const second = await launchFixture(bus, { mode: "normal", attempt: 2 });
    expect(second.pid).not.toBe(first.pid);
    expect(isAlive(first.pid)).toBe(false);
    expect(exits.map(({ attempt, cause }) => [attempt, cause])).toEqual([[1, ExitCause.STOPPED]]);
    const late = await launchFixture(bus, { mode: "normal", attempt: 1 });
    expect(late.error?.code).toBe("session-state");
  });

  it("gets the node's plain variables and the session's, a thread pool that fits, and no secret", async () => {
    const { log, lines } = listeningLog();
    const environment = { PATH: "/bin", NATS_PASSWORD: "p", ARRAS_TOKEN: "t", ARRAS_TEST: "yes", NODE_OPTIONS: "--x" };
    const { bus } = startAgent({ environment }, log);
    await launchFixture(bus, { mode: "environment", environment: { RAAS_DEBUG_FILENAME: "f" } });
    await stop(bus);
    const said = lines.find(({ text }) => text === "environment")?.fields as { environment: Record<string, string> };
    expect(said.environment).toMatchObject({ PATH: "/bin", ARRAS_TEST: "yes", RAAS_DEBUG_FILENAME: "f" });
    expect(said.environment.UV_THREADPOOL_SIZE).toBe("6");
    for (const name of ["NATS_PASSWORD", "ARRAS_TOKEN", "NODE_OPTIONS"])
      expect(said.environment).not.toHaveProperty(name);
  });

  it("may say a million characters and a thousand lines first: lines are cut, the announcement is heard", async () => {
    const { log, lines } = listeningLog();
    const { bus } = startAgent({}, log);
    expect((await launchFixture(bus, { mode: "flood" })).address).toBe("unix:/fixture");
    await stop(bus);
    expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThan(10_000);
    expect(lines.at(-1)?.text).toBe("line 999");
  });
});

describe("a computation that does not start", () => {
  it.each([
    ["silent", "timed-out", "did not announce itself within 300 ms"],
    ["other-words", "computation-crashed", 'announced itself with "Starting up..."'],
    ["crash-at-once", "computation-crashed", "code 3; it last said: cannot open the scene"],
  ])("%s is answered with %s", async (mode, code, text) => {
    const { bus, exits } = startAgent({
      graces: { launchTimeoutMs: mode === "silent" ? 300 : 20_000, stopGraceMs: 50, killGraceMs: 50 },
    });
    const { error } = await launchFixture(bus, { mode });
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(text);
    expect(error?.place).toMatchObject({ session: "s1", computation: "mcrt_i0", node: "n1" });
    // The reply has told it; a second report would count the death twice.
    expect(exits).toEqual([]);
  });

  it("is named when its program does not exist", async () => {
    const missing = { command: "/no/such/program", args: [] };
    const { bus } = startAgent({ entries: { mcrt: missing, merge: missing } });
    const { error } = await launchFixture(bus, { mode: "normal" });
    expect(error?.code).toBe("computation-crashed");
    expect(error?.message).toContain("ENOENT");
  });

  it("is refused before any process starts when the request is wrong", async () => {
    const { bus } = startAgent();
    const refusals = await Promise.all([
      launchFixture(bus, { mode: "normal", request: { memoryLimitBytes: 0n } }),
      launchFixture(bus, { mode: "normal", environment: { LD_PRELOAD: "/tmp/evil.so" } }),
      launchFixture(bus, { mode: "normal", limitMB: 5000 }),
    ]);
    expect(refusals.map(({ error }) => error?.code)).toEqual([
      "message-malformed",
      "message-malformed",
      "resources-insufficient",
    ]);
    const garbage = await bus.request(subjects.launch("n1"), new Uint8Array([255, 1, 2]), 1000);
    expect(fromBinary(LaunchReplySchema, garbage).error?.code).toBe("message-malformed");
  });

  it("is refused when its limit and those of the running ones pass the node's memory", async () => {
    const { bus } = startAgent();
    await launchFixture(bus, { mode: "normal", limitMB: 3000 });
    const order = { sessionId: "s1", computation: "mcrt_i1", attempt: 1, kind: ComputationKind.MCRT, token: "t" };
    const more = { ...order, threadCount: 1, coordinatorAddress: "unix:/x", nodeId: "n1" };
    const { error } = await launchFixture(bus, { mode: "normal", limitMB: 1097, request: { order: more } });
    expect(error?.code).toBe("resources-insufficient");
    expect(error?.message).toBe("testhost has 1096 MB left to promise, mcrt_i1 is to have 1097 MB");
  });
});

describe("a computation that ends", () => {
  it("by a signal is reported with it and with the last line it said", async () => {
    const { bus, exits, exited } = startAgent();
    await launchFixture(bus, { mode: "crash" });
    await exited;
    expect(exits[0].cause).toBe(ExitCause.CRASHED);
    expect(exits[0].error?.code).toBe("computation-crashed");
    expect(exits[0].error?.message).toBe(
      "mcrt_i0 on testhost ended with signal SIGSEGV; it last said: about to divide by zero",
    );
  });

  it("by itself with code 0 is reported as ended, without an error", async () => {
    const { bus, exits, exited } = startAgent();
    await launchFixture(bus, { mode: "end-by-itself" });
    await exited;
    expect(exits[0]).toMatchObject({ cause: ExitCause.ENDED, computation: "mcrt_i0", attempt: 1, nodeId: "n1" });
    expect(exits[0].error).toBeUndefined();
    if (existsSync("/proc/self/status")) expect(exits[0].peakMemoryBytes).toBeGreaterThan(0n);
  });

  it.each([
    ["normal", "because its input closes"],
    ["until-terminated", "by SIGTERM when it does not mind its input"],
    ["deaf", "by SIGKILL when it minds neither"],
  ])("on request (%s) ends %s", async (mode) => {
    const { bus, exits } = startAgent();
    const { pid } = await launchFixture(bus, { mode });
    await stop(bus);
    expect(isAlive(pid)).toBe(false);
    expect(exits.map(({ cause }) => cause)).toEqual([ExitCause.STOPPED]);
    // Asking again is no mistake.
    await stop(bus);
  });

  it("by SIGKILL takes with it what it started itself", async () => {
    const { log, lines } = listeningLog();
    const { bus } = startAgent({}, log);
    await launchFixture(bus, { mode: "deaf-with-child" });
    const childPidOf = () => Number(lines.map(({ text }) => /^child (\d+)$/.exec(text)?.[1]).find(Boolean) ?? 0);
    // It says so on another pipe than it announces itself on.
    await expect.poll(childPidOf).toBeGreaterThan(0);
    const childPid = childPidOf();
    expect(isAlive(childPid)).toBe(true);
    await stop(bus);
    // Its new parent, init, may not have reaped it yet.
    await expect.poll(() => !isAlive(childPid) || isZombie(childPid)).toBe(true);
  });

  it("with its agent is ended too", async () => {
    const { agent, bus } = startAgent();
    const { pid } = await launchFixture(bus, { mode: "deaf" });
    await agent.close();
    expect(isAlive(pid)).toBe(false);
  });
});

describe("a session that another coordinator takes over", () => {
  it("is told to its computations, and what runs of it to the coordinator, each time it asks", async () => {
    const { log, lines } = listeningLog();
    const { bus } = startAgent({}, log);
    const { pid } = await launchFixture(bus, { mode: "repeat-notes", attempt: 3 });
    const replies = [
      await adopt(bus, "s1", "other:8888"),
      await adopt(bus, "s1", "other:8888"),
      await adopt(bus, "s1"),
    ];
    for (const { computations, error } of replies) {
      expect(error).toBeUndefined();
      expect(computations).toMatchObject([
        {
          name: "mcrt_i0",
          attempt: 3,
          kind: ComputationKind.MCRT,
          address: "unix:/fixture",
          pid,
          memoryLimitBytes: BigInt(512 * megabyte),
          threadCount: 2,
        },
      ]);
    }
    const notes = () => lines.map(({ text }) => text).filter((text) => text.startsWith("note "));
    const note = 'note {"t":"coordinator","address":"other:8888"}';
    await expect.poll(notes).toEqual([note, note]);
  });

  it("has nothing on this node, or only what is being ended -> an empty answer", async () => {
    const { bus } = startAgent();
    await launchFixture(bus, { mode: "deaf" });
    expect((await adopt(bus, "s2", "other:8888")).computations).toEqual([]);
    const stopped = stop(bus);
    expect((await adopt(bus, "s1", "other:8888")).computations).toEqual([]);
    await stopped;
    expect((await adopt(bus, "s1", "nowhere")).error?.code).toBe("message-malformed");
  });

  it("stands still meanwhile -> hears the newest note when it goes on", async () => {
    const { log, lines } = listeningLog();
    const { bus } = startAgent({}, log);
    const { pid } = await launchFixture(bus, { mode: "repeat-notes" });
    process.kill(pid, "SIGSTOP");
    const address = (k: number) => `host-${"x".repeat(200)}-${k}:1`;
    for (let k = 0; k < 2000; k += 1) await adopt(bus, "s1", address(k));
    process.kill(pid, "SIGCONT");
    const last = () => lines.map(({ text }) => text).at(-1);
    await expect.poll(last).toBe(`note {"t":"coordinator","address":"${address(1999)}"}`);
    expect(lines.length).toBeLessThan(2000);
  });
});

describe.skipIf(!existsSync("/proc/self/status"))("a computation's memory", () => {
  it("over its limit: it is ended and the report names limit, peak, node, computation and what to change", async () => {
    const { bus, exits, exited } = startAgent();
    const { pid } = await launchFixture(bus, { mode: "grow", limitMB: 300 });
    await exited;
    expect(isAlive(pid)).toBe(false);
    const { cause, error, peakMemoryBytes } = exits[0];
    expect(cause).toBe(ExitCause.MEMORY);
    expect(error?.code).toBe("memory-exceeded");
    expect(error?.message).toMatch(
      /^mcrt_i0 on testhost passed its memory limit of 300 MB \(peak \d+ MB\) and was ended$/,
    );
    expect(error?.action).toContain("Raise mcrt's memoryMB");
    expect(error?.place).toMatchObject({ session: "s1", computation: "mcrt_i0", node: "n1" });
    expect(Number(peakMemoryBytes)).toBeGreaterThan(300 * megabyte);
  });

  it("over its limit before it announces itself: the launch's reply says so", async () => {
    const { bus, exits } = startAgent();
    const { error } = await launchFixture(bus, { mode: "grow-first", limitMB: 300 });
    expect(error?.code).toBe("memory-exceeded");
    expect(exits).toEqual([]);
  });

  it("over its limit in a process that it started, in a group of its own: both are ended, and it is named", async () => {
    const { log, lines } = listeningLog();
    const { bus, exits, exited } = startAgent({}, log);
    const { pid } = await launchFixture(bus, { mode: "grow-in-child", limitMB: 300 });
    await exited;
    expect(exits[0].cause).toBe(ExitCause.MEMORY);
    expect(Number(exits[0].peakMemoryBytes)).toBeGreaterThan(300 * megabyte);
    const childPid = Number(lines.map(({ text }) => /^child (\d+)$/.exec(text)?.[1]).find(Boolean));
    expect(isAlive(pid)).toBe(false);
    await expect.poll(() => !isAlive(childPid) || isZombie(childPid)).toBe(true);
  });

  it("under its limit: it lives, and its peak is in the report of its end", async () => {
    const { bus, exits } = startAgent();
    await launchFixture(bus, { mode: "hold", limitMB: 600, environment: { FIXTURE_MB: "256" } });
    await stop(bus);
    expect(exits[0].cause).toBe(ExitCause.STOPPED);
  });
});

describe("an agent that is to leave", () => {
  /** Resolves with the next heartbeat that says so. */
  function heartbeat(bus: InMemoryBus): Promise<Heartbeat> {
    return new Promise((resolve) => {
      bus.subscribe(subjects.allHeartbeats, (message) => {
        const said = fromBinary(HeartbeatSchema, message);
        if (said.draining) resolve(said);
      });
    });
  }

  async function drain(bus: InMemoryBus, deadlineMs: number) {
    const request = toBinary(DrainRequestSchema, create(DrainRequestSchema, { deadlineMs, reason: "tests" }));
    return fromBinary(DrainReplySchema, await bus.request(subjects.drain("n1"), request, 60_000));
  }

  it("runs nothing -> says so and has left", async () => {
    const { agent, bus } = startAgent();
    const said = heartbeat(bus);
    expect((await drain(bus, 0)).computationCount).toBe(0);
    await agent.drained;
    expect((await said).draining).toBe(true);
  });

  it("runs something -> says so at once, takes nothing new, waits until it was stopped", async () => {
    const { agent, bus } = startAgent();
    await launchFixture(bus, { mode: "normal" });
    const said = heartbeat(bus);
    const { computationCount, leftMs } = await drain(bus, 3_600_000);
    expect([computationCount, leftMs > 3_000_000, leftMs <= 3_600_000]).toEqual([1, true, true]);
    expect((await said).drainLeftMs).toBeGreaterThan(3_000_000);
    expect((await launchFixture(bus, { mode: "normal", attempt: 2 })).error?.code).toBe("unavailable");
    await agent.drained;
  });

  it("is stopped by nobody -> at the deadline it ends what is left; of two deadlines the earlier counts", async () => {
    const { agent, bus, exits } = startAgent();
    const { pid } = await launchFixture(bus, { mode: "normal" });
    await drain(bus, 3_600_000);
    await drain(bus, 50);
    expect((await drain(bus, 3_600_000)).leftMs).toBeLessThanOrEqual(50);
    await agent.drained;
    expect(isAlive(pid)).toBe(false);
    expect(exits.map(({ cause }) => cause)).toEqual([ExitCause.STOPPED]);
  });

  it("is asked for what cannot be -> refused, and it stays", async () => {
    const { bus } = startAgent();
    expect((await drain(bus, 86_400_001)).error?.code).toBe("message-malformed");
    expect((await launchFixture(bus, { mode: "normal" })).error).toBeUndefined();
  });
});

describe("an agent", () => {
  it("it knows where objects are -> tells a merger, and nobody else, whatever the request says", async () => {
    const { bus } = startAgent({ objectStore: "where objects are" });
    const addressOf = async (kind: ComputationKind, computation: string) => {
      const order = create(LaunchOrderSchema, {
        sessionId: "s1",
        computation,
        attempt: 1,
        kind,
        token: "t",
        threadCount: 1,
        coordinatorAddress: "unix:/nowhere",
        listenAddress: "unix:/nowhere",
        nodeId: "n1",
        objectStore: "what a coordinator says",
      });
      return (await launchFixture(bus, { mode: "tell-object-store", request: { order } })).address;
    };
    expect(await addressOf(ComputationKind.MERGE, "merge")).toBe("where objects are");
    expect(await addressOf(ComputationKind.MCRT, "mcrt_i0")).toBe("none");
  });

  it("says what its node has when it starts", async () => {
    const bus = new InMemoryBus();
    const heard = new Promise<Uint8Array>((resolve) => void bus.subscribe(subjects.allHeartbeats, resolve));
    const capabilities = readCapabilities();
    const settings = {
      nodeId: "n2",
      capabilities,
      coresShared: false,
      renderers: ["embree"],
      tags: ["gpu"],
      startedAtMs: 0,
      environment: {},
    };
    const agent = fixtureAgent(bus, settings);
    agents.push(agent);
    agent.start();
    expect(fromBinary(HeartbeatSchema, await heard)).toMatchObject({
      nodeId: "n2",
      host: capabilities.host,
      coreCount: capabilities.coreCount,
      memoryBytes: BigInt(capabilities.memoryBytes),
      renderers: ["embree"],
      tags: ["gpu"],
      coresShared: false,
    });
  });
});
