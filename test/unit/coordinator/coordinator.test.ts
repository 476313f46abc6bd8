// A coordinator and its two gRPC services, with clients and computations on the other side of a socket.
import { randomUUID } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { budgetService } from "../../../coordinator/budget-service.ts";
import { Coordinator } from "../../../coordinator/coordinator.ts";
import { dialWith } from "../../../coordinator/relay/peer-doors.ts";
import { SessionRelay } from "../../../coordinator/relay/session-relay.ts";
import { sessionService } from "../../../coordinator/session-service.ts";
import { GrpcClient } from "../../../host/grpc-client.ts";
import { type GrpcServer, serveGrpc } from "../../../host/grpc-server.ts";
import { InMemoryBus } from "../../../host/in-memory-bus.ts";
import { InMemoryKeyValue } from "../../../host/nats/in-memory-key-value.ts";
import { stableId } from "../../../host/stable-id.ts";
import {
  BudgetService,
  type WorkOrder,
  type WorkReport,
  WorkReportSchema,
} from "../../../proto/gen/arras/v1/budget_pb.ts";
import { ComputationExitedSchema, ExitCause, HeartbeatSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import {
  CloseSessionRequestSchema,
  CreateSessionRequestSchema,
  FetchImageRequestSchema,
  type SessionEvent,
  SessionService,
  SessionState,
  StopSessionRequestSchema,
  WatchSessionRequestSchema,
} from "../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { subjects } from "../../../proto/subjects.ts";
import { softwareVersion } from "../../../proto/version.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeFilmService } from "../../fakes/fake-film-service.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";
import { smallSpec } from "../../fakes/session-specs.ts";
import { settled, until } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";

const freshAddress = socketFolder();

describe("a coordinator", () => {
  let bus: InMemoryBus;
  let clock: FakeClock;
  let launcher: FakeLauncher;
  let coordinator: Coordinator;
  let server: GrpcServer;
  let client: GrpcClient;
  let computations: GrpcClient;
  let ids: number;

  beforeEach(async () => {
    [bus, clock, launcher, ids] = [new InMemoryBus(), new FakeClock(), new FakeLauncher(), 0];
    const address = freshAddress();
    coordinator = new Coordinator({
      bus,
      clock,
      wallClockMs: () => 1_000_000 + clock.nowMs(),
      log: silentLog,
      launcher,
      stores: { sessions: new InMemoryKeyValue(), leases: new InMemoryKeyValue(), places: new InMemoryKeyValue() },
      leaseTimes: limits,
      newId: () => `id${++ids}`,
      sessionIdFor: stableId,
      coordinatorAddress: () => address,
      mergerAddress: () => freshAddress(),
      clientHost: "h",
      logLevel: 1,
    });
    coordinator.start();
    server = await serveGrpc(address, [
      sessionService({
        coordinator,
        relay: new SessionRelay({ finder: coordinator, dial: dialWith(undefined), clock }),
      }),
      budgetService((hello) => coordinator.sessionOf(hello)),
    ]);
    client = new GrpcClient({ address, service: SessionService, peer: "the coordinator" });
    computations = new GrpcClient({ address, service: BudgetService, peer: "the coordinator" });
    await heartbeat();
  });
  afterEach(async () => {
    client.close();
    computations.close();
    await coordinator.end();
    await server.close();
  });

  async function heartbeat(memoryMB = 16_384, nodeId = "n", version = softwareVersion): Promise<void> {
    const node = {
      nodeId,
      softwareVersion: version,
      host: "h",
      coreCount: 8,
      coresShared: true,
      renderers: ["fake"],
      architecture: "x64",
    };
    const message = create(HeartbeatSchema, { ...node, memoryBytes: BigInt(memoryMB) * 2n ** 20n });
    bus.publish(subjects.heartbeat(nodeId), toBinary(HeartbeatSchema, message));
    await settled();
  }

  const request = (requestId: string, queueTimeoutMs = 0) =>
    create(CreateSessionRequestSchema, { requestId, session: smallSpec({ queueTimeoutMs }) });
  const createSession = async (requestId: string = randomUUID(), queueTimeoutMs = 0) =>
    (await client.unary<object, { sessionId: string }>("createSession", request(requestId, queueTimeoutMs), 60_000))
      .sessionId;
  const stop = (sessionId: string) =>
    client.unary("stopSession", create(StopSessionRequestSchema, { sessionId }), 60_000);
  const close = (sessionId: string) =>
    client.unary("closeSession", create(CloseSessionRequestSchema, { sessionId }), 60_000);

  function watch(sessionId: string): { events: SessionEvent[]; end: Promise<string> } {
    const events: SessionEvent[] = [];
    const stream = client.serverStream<object, SessionEvent>(
      "watchSession",
      create(WatchSessionRequestSchema, { sessionId }),
    );
    const end = new Promise<string>((resolve) => {
      stream.on("data", (event) => events.push(event));
      stream.on("end", () => resolve("end"));
      stream.on("error", (error) => resolve(client.error(error).code));
    });
    return { events, end };
  }

  /** A computation's stream; `orders` and `end` as they come. */
  function work(report: WorkReport["report"]): {
    orders: (string | undefined)[];
    end: Promise<string>;
    send: typeof send;
  } {
    const stream = computations.duplex<WorkReport, WorkOrder>("work");
    const orders: (string | undefined)[] = [];
    const end = new Promise<string>((resolve) => {
      stream.on("data", ({ order }) => void orders.push(order.case));
      stream.on("end", () => resolve("end"));
      stream.on("error", (error) => resolve(computations.error(error).code));
    });
    const send = (more: WorkReport["report"]) => void stream.write(create(WorkReportSchema, { report: more }));
    send(report);
    return { orders, end, send };
  }
  const hello = (sessionId: string, token: string, computation = "mcrt_i0"): WorkReport["report"] => {
    const value = { $typeName: "arras.v1.Hello" as const, sessionId, token, computation, threadCount: 1, nodeId: "n" };
    return { case: "hello", value };
  };
  const tokenOf = () => launcher.launches[0]!.launch.order.token;
  const mcrtName = () => launcher.launches.find(({ launch }) => launch.order.kind === 1)!.launch.order.computation;

  it("a session is created -> its processes are launched; the same request again -> the same session", async () => {
    const sessionId = await createSession("r1");
    expect(await createSession("r1")).toBe(sessionId);
    expect(launcher.launches).toHaveLength(2);
    expect(await createSession("r2")).not.toBe(sessionId);
  });

  /** A second at a time, as nodes live. */
  async function pass(seconds: number, ...living: readonly string[]): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      for (const nodeId of living) await heartbeat(16_384, nodeId);
      clock.advance(1_000);
    }
  }

  it("a node is silent for three heartbeats -> what ran there is launched on another; it returns -> told to end it", async () => {
    const sessionId = await createSession();
    expect(launcher.launches.map(({ nodeId }) => nodeId)).toEqual(["n", "n"]);
    await pass(3, "other");
    expect(launcher.launches).toHaveLength(2);
    await pass(2, "other");
    expect(launcher.launches.slice(2).map(({ nodeId }) => nodeId)).toEqual(["other", "other"]);
    expect(launcher.stopped).toEqual([]);
    await heartbeat();
    expect(launcher.stopped.sort()).toEqual([`n ${sessionId} mcrt_i0`, `n ${sessionId} merge`]);
  });

  it("a node of another version -> takes no part", async () => {
    await createSession();
    for (let second = 0; second < 6; second += 1) {
      await heartbeat(16_384, "other", "0.0.9");
      clock.advance(1_000);
    }
    expect(launcher.launches).toHaveLength(2);
    await expect(createSession()).rejects.toMatchObject({ code: "resources-insufficient" });
  });

  it("the coordinator itself stood still -> no node is lost by that", async () => {
    await createSession();
    await pass(1, "n", "other");
    clock.nowMs = (
      (before) => () =>
        before() + 60_000
    )(clock.nowMs.bind(clock));
    clock.advance(1_000);
    await pass(2, "n", "other");
    expect(launcher.launches).toHaveLength(2);
  });

  it("a finished session is left by its client -> closed after a while", async () => {
    const sessionId = await createSession();
    await stop(sessionId);
    await settled();
    await pass(limits.sessionKeptMs / 1_000 - 1, "n");
    expect(coordinator.session(sessionId).state.t).toBe("stopped");
    await pass(2, "n");
    await settled();
    expect(() => coordinator.session(sessionId)).toThrow(/There is no session/);
  });

  it("a session waits for a place and nobody watches it -> cancelled after a while, with the reason; a watched one waits on", async () => {
    const passWithoutRoom = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        await heartbeat(64);
        clock.advance(1_000);
      }
    };
    await passWithoutRoom(1);
    const wait = () => createSession(randomUUID(), limits.queueTimeoutMsMax);
    const [forsaken, watched] = [await wait(), await wait()];
    const { events } = watch(watched);
    await until(() => events.length > 0);
    await passWithoutRoom(limits.forsakenMsMax / 1_000 - 1);
    expect([forsaken, watched].map((each) => coordinator.session(each).state.t)).toEqual(["queued", "queued"]);
    await passWithoutRoom(2);
    await until(() => coordinator.session(forsaken).state.t === "failed");
    expect(coordinator.session(forsaken).state).toMatchObject({
      error: { code: "cancelled", message: expect.stringMatching(/^Nobody has watched it for 60\d s while it waited/) },
    });
    expect(coordinator.session(watched).state.t).toBe("queued");
  });

  it("a session has its places and nobody watches it -> it is not forsaken", async () => {
    expect(coordinator.session(await createSession()).waiting.isForsaken).toBe(false);
  });

  it("a request without an id or a session -> message-malformed", async () => {
    const bad = create(CreateSessionRequestSchema, { requestId: "x" });
    await expect(client.unary("createSession", bad, 60_000)).rejects.toMatchObject({ code: "message-malformed" });
    await expect(createSession("")).rejects.toMatchObject({ code: "message-malformed" });
    await expect(createSession("x".repeat(129))).rejects.toMatchObject({ code: "message-malformed" });
  });

  it("the node's memory is all reserved -> resources-insufficient; a session is closed -> there is room again", async () => {
    const sessions: string[] = [];
    let failure: unknown;
    while (failure === undefined) {
      await createSession().then(
        (sessionId) => sessions.push(sessionId),
        (error: unknown) => {
          failure = error;
        },
      );
    }
    expect(failure).toMatchObject({ code: "resources-insufficient" });
    expect(sessions.length).toBeGreaterThan(0);
    launcher.stopError = new Error("no answer");
    await close(sessions[0]!);
    await createSession();
  });

  it("the node is not heard of any more -> no place for a session", async () => {
    clock.advance(3001);
    await expect(createSession()).rejects.toMatchObject({ code: "resources-insufficient" });
  });

  /** Time passes until it holds, in steps that the queue's looks take. */
  async function passUntil(condition: () => boolean, ...living: readonly string[]): Promise<void> {
    while (!condition()) {
      for (const nodeId of living) await heartbeat(16_384, nodeId);
      clock.advance(50);
      await settled();
    }
  }

  it("there is no node, and it may wait -> queued, with its place; a node comes -> launched", async () => {
    clock.advance(3001);
    const sessionId = await createSession("r", 600_000);
    const { events, end } = watch(sessionId);
    await passUntil(() => events.at(-1)?.queue !== undefined);
    expect(events.at(-1)).toMatchObject({
      state: SessionState.QUEUED,
      queue: { position: 1, waitingCount: 1, reason: "No node is there", unblocks: "a node" },
    });
    expect(await createSession("r", 600_000)).toBe(sessionId);
    await passUntil(() => events.at(-1)?.state === SessionState.STARTING, "n");
    expect(launcher.launches).toHaveLength(2);
    await close(sessionId);
    expect(await end).toBe("end");
  });

  it("it waits in the queue and is stopped, or waits too long -> over, and nothing is reserved or waits", async () => {
    clock.advance(3001);
    const [stopped, late] = [await createSession("r", 600_000), await createSession("q", 10_000)];
    const [first, second] = [watch(stopped), watch(late)];
    await stop(stopped);
    expect(await first.end).toBe("end");
    await passUntil(() => second.events.at(-1)?.state === SessionState.FAILED);
    expect(first.events.at(-1)?.state).toBe(SessionState.STOPPED);
    expect(second.events.at(-1)?.error).toMatchObject({ code: "resources-insufficient" });
    await heartbeat();
    const next = await createSession();
    expect(launcher.launches.map(({ launch }) => launch.order.sessionId)).toEqual([next, next]);
  });

  it("messages on the bus that are none -> logged, and everything goes on", async () => {
    const sessionId = await createSession();
    const garbage = Uint8Array.of(255, 255, 255);
    for (const subject of [subjects.heartbeat("x"), subjects.exited(sessionId), subjects.usage(sessionId)]) {
      bus.publish(subject, garbage);
    }
    await settled();
    await createSession();
  });

  it("it is watched -> the present state first, the final one last, then the stream ends", async () => {
    const sessionId = await createSession();
    const { events, end } = watch(sessionId);
    await until(() => events.length > 0);
    expect(events[0]?.state).toBe(SessionState.STARTING);
    await stop(sessionId);
    expect(await end).toBe("end");
    expect(events.at(-1)?.state).toBe(SessionState.STOPPED);
  });

  it("somebody else closes it -> who watches it sees it stopped, and the stream ends", async () => {
    const sessionId = await createSession();
    const { events, end } = watch(sessionId);
    await until(() => events.length > 0);
    await close(sessionId);
    expect(await end).toBe("end");
    expect(events.at(-1)?.state).toBe(SessionState.STOPPED);
  });

  it("it was closed, or never was -> session-missing; closing it again -> nothing", async () => {
    const sessionId = await createSession("r");
    await close(sessionId);
    await close(sessionId);
    await expect(stop(sessionId)).rejects.toMatchObject({ code: "session-missing" });
    expect(await watch("never").end).toBe("session-missing");
    await createSession("r");
    expect(launcher.labels.filter((label) => label === "merge#1")).toHaveLength(2);
  });

  it("a picture before there is a film -> session-state; then the merger's bytes", async () => {
    const sessionId = await createSession();
    const fetch = () => {
      const message = create(FetchImageRequestSchema, { image: { sessionId, format: { case: undefined } } });
      return client.serverStream<object, { content: Uint8Array }>("fetchImage", message);
    };
    const failure = new Promise((resolve) => fetch().on("error", (error) => resolve(client.error(error).code)));
    expect(await failure).toBe("session-state");
    const service = await new FakeFilmService(freshAddress()).start();
    launcher.launches.find(({ launch }) => launch.order.kind === 2)!.announce(service.address);
    await until(() => service.watches.length > 0);
    const pieces: string[] = [];
    for await (const { content } of fetch()) pieces.push(Buffer.from(content).toString());
    expect(pieces.join("")).toBe(`${sessionId} ${tokenOf()}`);
    await service.close();
  });

  it("a computation says Hello with its token -> it is in, loads the scene, and is told to end when the session ends", async () => {
    const sessionId = await createSession();
    const { orders, end } = work(hello(sessionId, tokenOf(), mcrtName()));
    await until(() => coordinator.session(sessionId).state.t !== "failed" && launcher.launches.length > 0);
    for (let times = 0; times < 20; times++) await settled();
    await stop(sessionId);
    await until(() => orders.length > 1);
    expect(orders).toEqual(["assignment", "end"]);
    void end;
  });

  it.each<[string, (sessionId: string) => WorkReport["report"], string]>([
    ["a wrong token", (sessionId) => hello(sessionId, "guess"), "session-missing"],
    ["another session", () => hello("nowhere", "guess"), "session-missing"],
    ["a name that is not of the session", (sessionId) => hello(sessionId, tokenOf(), "stranger"), "session-missing"],
    [
      "something before Hello",
      () => ({ case: "credit", value: { $typeName: "arras.v1.Credit", unitCount: 1 } }),
      "message-malformed",
    ],
    ["nothing at all", () => ({ case: undefined }), "message-malformed"],
  ])("a stream begins with %s -> refused", async (_, report, code) => {
    const sessionId = await createSession();
    expect(await work(report(sessionId)).end).toBe(code);
  });

  it("a computation reports what is malformed -> its stream ends so, and the session goes on", async () => {
    const sessionId = await createSession();
    const { end, send } = work(hello(sessionId, tokenOf(), mcrtName()));
    send({ case: "started", value: { $typeName: "arras.v1.UnitStarted" } });
    expect(await end).toBe("message-malformed");
    expect(coordinator.session(sessionId).state.t).toBe("starting");
  });

  it("a process's exit comes over the bus -> it is started again", async () => {
    const sessionId = await createSession();
    const exit = { sessionId, computation: mcrtName(), attempt: 1, cause: ExitCause.CRASHED };
    bus.publish(subjects.exited(sessionId), toBinary(ComputationExitedSchema, create(ComputationExitedSchema, exit)));
    await settled();
    clock.advance(0);
    await settled();
    expect(launcher.labels).toContain(`${mcrtName()}#2`);
  });
});
