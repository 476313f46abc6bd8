// FarmService over real gRPC, with a farm and a journal in memory; and the command's client for it.
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FarmClient } from "../../../../cli/farm-command/farm-client.ts";
import { farmService } from "../../../../coordinator/overview/farm-service.ts";
import type { FarmView } from "../../../../coordinator/overview/farm-view.ts";
import { GrpcClient } from "../../../../host/grpc-client.ts";
import { type GrpcServer, serveGrpc } from "../../../../host/grpc-server.ts";
import type { EventLog } from "../../../../host/nats/event-log.ts";
import { InMemoryEventLog } from "../../../../host/nats/in-memory-event-log.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import {
  type FarmEvent,
  FarmService,
  type ReadSessionReply,
  ReadSessionRequestSchema,
  WatchEventsRequestSchema,
} from "../../../../proto/gen/arras/v1/farm_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { farmEvent, nodeRow, sessionRow } from "../../../fakes/farm-rows.ts";
import { settled, until } from "../../../fakes/settled.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const freshAddress = socketFolder();

describe("the farm's service", () => {
  let events: InMemoryEventLog;
  let followCount: number;
  let drained: string[];
  let server: GrpcServer;
  let client: FarmClient;
  let raw: GrpcClient;
  beforeEach(async () => {
    events = new InMemoryEventLog();
    followCount = 0;
    drained = [];
    const farm: FarmView = {
      nodes: () => [nodeRow()],
      sessions: () => [sessionRow()],
      drain: async (nodeId) => {
        if (nodeId !== nodeRow().nodeId)
          throw new ArrasError("node-missing", { message: `There is no node ${nodeId}`, action: "Look." });
        drained.push(nodeId);
      },
    };
    const counting: EventLog = {
      publish: (event) => events.publish(event),
      follow: (from, listener) => {
        followCount += 1;
        const following = events.follow(from, listener);
        return {
          unsubscribe: () => {
            followCount -= 1;
            following.unsubscribe();
          },
        };
      },
    };
    const address = freshAddress();
    server = await serveGrpc(address, [farmService(farm, counting)]);
    client = new FarmClient({ address });
    raw = new GrpcClient({ address, service: FarmService, peer: "the coordinator" });
  });
  afterEach(async () => {
    client.close();
    raw.close();
    await server.close();
  });

  const publish = async (count: number, begin = 1) => {
    for (let sequence = begin; sequence < begin + count; sequence += 1)
      await events.publish(farmEvent(sequence, { text: `e${sequence}` }));
  };

  async function texts(list: AsyncIterable<FarmEvent>, countMax = Number.POSITIVE_INFINITY): Promise<string[]> {
    const found: string[] = [];
    for await (const { text } of list) {
      found.push(text);
      if (found.length === countMax) break;
    }
    return found;
  }

  it("nodes and sessions are asked for -> the rows, whole", async () => {
    expect(await client.nodes()).toEqual([nodeRow()]);
    expect(await client.sessions()).toEqual([sessionRow()]);
    const read = (sessionId: string) =>
      raw.unary<object, ReadSessionReply>("readSession", create(ReadSessionRequestSchema, { sessionId }), 60_000);
    expect((await read(sessionRow().sessionId)).session).toEqual(sessionRow());
    await expect(read("3f0c")).rejects.toMatchObject({ code: "session-missing" });
  });

  it("a node is drained -> it is asked to; one that is not there -> node-missing", async () => {
    await client.drain(nodeRow().nodeId);
    expect(drained).toEqual([nodeRow().nodeId]);
    await expect(client.drain("x")).rejects.toMatchObject({ code: "node-missing" });
  });

  it("what is kept is asked for -> it, and the stream ends", async () => {
    await publish(3);
    expect(await texts(client.events({ t: "start" }, false))).toEqual(["e1", "e2", "e3"]);
    expect(await texts(client.events({ t: "after", sequence: 2 }, false))).toEqual(["e3"]);
    expect(await texts(client.events({ t: "after", sequence: 3 }, false))).toEqual([]);
    expect(await texts(client.events({ t: "since", sinceMs: 0 }, false))).toHaveLength(3);
    await until(() => followCount === 0);
  });

  it("events are followed -> those that are kept, then what comes; who leaves costs nothing", async () => {
    await publish(1);
    const following = texts(client.events({ t: "start" }, true), 3);
    await until(() => followCount === 1);
    await publish(2, 2);
    expect(await following).toEqual(["e1", "e2", "e3"]);
    await until(() => followCount === 0);
  });

  it("a reader who does not read -> what he has not read stays in the log", async () => {
    // More than all buffers between here and there.
    const text = "x".repeat(60_000);
    for (let sequence = 1; sequence <= 400; sequence += 1) await events.publish(farmEvent(sequence, { text }));
    let toldCount = 0;
    const told = events.follow.bind(events);
    events.follow = (from, listener) =>
      told(from, {
        ...listener,
        event: (event) => {
          toldCount += 1;
          return listener.event(event);
        },
      });
    const stream = raw.serverStream<object, FarmEvent>("watchEvents", create(WatchEventsRequestSchema, {}));
    stream.on("error", () => {});
    await new Promise((resolve) => stream.once("readable", resolve));
    await until(() => toldCount > 20);
    for (let count = 0; count < 200; count += 1) await settled();
    expect(toldCount).toBeLessThan(400);
    stream.cancel();
    await until(() => followCount === 0);
  });

  it("more readers than may be -> unavailable, and the others go on", async () => {
    const streams = Array.from({ length: limits.eventReadersMax }, () => {
      const stream = raw.serverStream<object, FarmEvent>(
        "watchEvents",
        create(WatchEventsRequestSchema, { follow: true }),
      );
      stream.on("error", () => {});
      stream.resume();
      return stream;
    });
    await until(() => followCount === limits.eventReadersMax);
    await expect(texts(client.events({ t: "start" }, true))).rejects.toMatchObject({ code: "unavailable" });
    for (const stream of streams) stream.cancel();
    await until(() => followCount === 0);
    expect(await texts(client.events({ t: "start" }, false))).toEqual([]);
  });
});
