// The stream to the coordinator, against a real gRPC server that a test can break, and a clock that it moves.
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { toGrpcError } from "../../../../host/grpc-error.ts";
import { type GrpcServer, serveGrpc } from "../../../../host/grpc-server.ts";
import { BudgetLink } from "../../../../node-agent/mcrt/budget-link.ts";
import { ArrasError, type ErrorCode } from "../../../../proto/errors.ts";
import {
  BudgetService,
  HelloSchema,
  type WorkOrder,
  WorkOrderSchema,
  type WorkReport,
} from "../../../../proto/gen/arras/v1/budget_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { settled, until } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const freshAddress = socketFolder();
const hello = create(HelloSchema, { sessionId: "s", computation: "mcrt_i0", token: "t", threadCount: 2 });

interface CoordinatorStream {
  readonly call: ServerDuplexStream<WorkReport, WorkOrder>;
  readonly received: (string | undefined)[];
}

describe("a budget link", () => {
  const streams: CoordinatorStream[] = [];
  const events: string[] = [];
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
    streams.length = 0;
    events.length = 0;
  });

  async function serve(address: string): Promise<GrpcServer> {
    const work = (call: ServerDuplexStream<WorkReport, WorkOrder>) => {
      const stream: CoordinatorStream = { call, received: [] };
      streams.push(stream);
      call.on("data", ({ report }: WorkReport) => void stream.received.push(report.case));
      call.on("end", () => call.end());
      call.on("error", () => {});
    };
    const server = await serveGrpc(address, [{ service: BudgetService, implementation: { work } }]);
    ends.push(() => server.close());
    return server;
  }

  function connect(address: string): { link: BudgetLink; clock: FakeClock } {
    const clock = new FakeClock();
    const link = new BudgetLink({ caPem: "", address, clock, log: silentLog });
    ends.push(() => link.close());
    link.connect(hello, {
      order: ({ order }) => void events.push(`order ${order.case}`),
      disconnected: () => void events.push("disconnected"),
      rejected: ({ code }) => void events.push(`rejected ${code}`),
    });
    return { link, clock };
  }

  function breakStream(code: ErrorCode): void {
    streams.at(-1)!.call.emit("error", toGrpcError(new ArrasError(code, { message: "m", action: "a" })));
  }

  it("it connects -> Hello goes first, orders come", async () => {
    const address = freshAddress();
    await serve(address);
    const { link } = connect(address);
    void link.send({ case: "credit", value: { $typeName: "arras.v1.Credit", unitCount: 1 } });
    await until(() => streams[0]?.received.length === 2);
    expect(streams[0]!.received).toEqual(["hello", "credit"]);
    streams[0]!.call.write(
      create(WorkOrderSchema, { order: { case: "end", value: { $typeName: "arras.v1.EndWork" } } }),
    );
    await until(() => events.length > 0);
    expect(events).toEqual(["order end"]);
  });

  it("the stream breaks -> told once, and opened again with Hello after a while; reports between are dropped", async () => {
    const address = freshAddress();
    await serve(address);
    const { link, clock } = connect(address);
    await until(() => streams[0]?.received.length === 1);
    breakStream("unavailable");
    await until(() => events.length > 0);
    void link.send({ case: "credit", value: { $typeName: "arras.v1.Credit", unitCount: 1 } });
    expect(streams).toHaveLength(1);
    clock.advance(100);
    await until(() => streams[1]?.received.length === 1);
    expect(streams[1]!.received).toEqual(["hello"]);
    expect(events).toEqual(["disconnected"]);
  });

  it("the stream breaks, is closed or is not there -> what waits for a report to be sent goes on", async () => {
    const address = freshAddress();
    const server = await serve(address);
    const { link } = connect(address);
    await until(() => streams[0]?.received.length === 1);
    const notice = { $typeName: "arras.v1.Notice" as const, level: 3, text: "x".repeat(1_000_000) };
    const waiting = Array.from({ length: 24 }, () => link.send({ case: "notice", value: notice }));
    await server.close();
    await Promise.all(waiting);
    await until(() => events.length > 0);
    await link.send({ case: "notice", value: notice });
    link.close();
    await link.send({ case: "notice", value: notice });
  });

  it("another coordinator has the session -> told once that the old stream is void, and Hello there", async () => {
    const [old, other] = [freshAddress(), freshAddress()];
    await serve(old);
    const { link, clock } = connect(old);
    await until(() => streams[0]?.received.length === 1);
    let isLeft = false;
    streams[0]!.call.on("cancelled", () => {
      isLeft = true;
    });
    await serve(other);
    link.moveTo(other);
    await until(() => streams[1]?.received.length === 1 && isLeft);
    expect(streams[1]!.received).toEqual(["hello"]);
    expect(events).toEqual(["disconnected"]);
    streams[1]!.call.write(
      create(WorkOrderSchema, { order: { case: "end", value: { $typeName: "arras.v1.EndWork" } } }),
    );
    await until(() => events.length > 1);
    expect([events.slice(1), clock.timerCount]).toEqual([["order end"], 0]);
  });

  it("told again of the coordinator where it is -> nothing; of another before it waits any longer -> at once", async () => {
    const [old, other] = [freshAddress(), freshAddress()];
    await serve(old);
    const { link, clock } = connect(old);
    await until(() => streams[0]?.received.length === 1);
    link.moveTo(old);
    breakStream("unavailable");
    await until(() => events.length > 0);
    expect([events, streams.length, clock.timerCount]).toEqual([["disconnected"], 1, 1]);
    await serve(other);
    link.moveTo(other);
    await until(() => streams[1]?.received.length === 1);
    expect([events, clock.timerCount]).toEqual([["disconnected"], 0]);
    link.close();
    link.moveTo(old);
    await settled();
    expect(streams).toHaveLength(2);
  });

  it("the coordinator is away for long -> it waits twice as long each time, up to two seconds", async () => {
    const { clock } = connect(freshAddress());
    const waitsMs: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      await until(() => events.length > attempt);
      let waitMs = 0;
      while (clock.timerCount > 0) {
        clock.advance(50);
        waitMs += 50;
      }
      waitsMs.push(waitMs);
    }
    expect(waitsMs).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
  });

  it("the coordinator is away for longer than the limit -> given up, once", async () => {
    const { clock } = connect(freshAddress());
    for (let attempt = 0; events.at(-1) !== "rejected unavailable"; attempt++) {
      await until(() => events.length > attempt);
      // While an attempt is under way there is no timer.
      while (clock.timerCount > 0) clock.advance(50);
    }
    expect(clock.nowMs()).toBeGreaterThanOrEqual(limits.coordinatorAwayMsMax);
    expect(clock.nowMs()).toBeLessThan(limits.coordinatorAwayMsMax + 2_050);
    expect(clock.timerCount).toBe(0);
  });

  it.each<ErrorCode>(["session-missing", "unauthenticated"])(
    "it is refused with %s -> rejected, never again",
    async (code) => {
      const address = freshAddress();
      await serve(address);
      const { clock } = connect(address);
      await until(() => streams[0]?.received.length === 1);
      breakStream(code);
      await until(() => events.length > 0);
      expect(events).toEqual([`rejected ${code}`]);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("it is closed -> the coordinator sees the end, nothing is told and nothing tried again", async () => {
    const address = freshAddress();
    await serve(address);
    const { link, clock } = connect(address);
    await until(() => streams[0]?.received.length === 1);
    let ended = false;
    streams[0]!.call.on("end", () => {
      ended = true;
    });
    link.close();
    await until(() => ended);
    await settled();
    expect([events, clock.timerCount]).toEqual([[], 0]);
  });
});
