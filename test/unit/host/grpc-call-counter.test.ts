// Each gRPC call that ended is told of once, with its status, also those that the gate refuses and clients give up.
import { create } from "@bufbuild/protobuf";
import { type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../../host/clock.ts";
import { type Door, openDoor } from "../../../host/door/door.ts";
import { GrpcClient } from "../../../host/grpc-client.ts";
import { toGrpcError } from "../../../host/grpc-error.ts";
import { ArrasError } from "../../../proto/errors.ts";
import {
  DrainNodeRequestSchema,
  type FarmEvent,
  FarmService,
  ListNodesReplySchema,
  ListNodesRequestSchema,
  WatchEventsRequestSchema,
} from "../../../proto/gen/arras/v1/farm_pb.ts";
import { until } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

let door: Door;
let client: GrpcClient;
let ended: string[];
beforeEach(async () => {
  ended = [];
  door = await openDoor({
    address: "127.0.0.1:0",
    services: [
      {
        service: FarmService,
        implementation: {
          listNodes: (_: ServerUnaryCall<unknown, unknown>, reply: sendUnaryData<unknown>) =>
            reply(null, create(ListNodesReplySchema)),
          drainNode: (_: ServerUnaryCall<unknown, unknown>, reply: sendUnaryData<unknown>) =>
            reply(toGrpcError(new ArrasError("node-missing", { message: "none", action: "" }))),
          listSessions: () => {},
          readSession: () => {},
          watchEvents: () => {},
        },
      },
    ],
    http: { routes: [], upgrades: [] },
    callEnded: (method, code) => void ended.push(`${method} ${code}`),
    clock: systemClock,
    log: silentLog,
  });
  client = new GrpcClient({ address: door.address, service: FarmService, peer: "the door" });
});
afterEach(async () => {
  client.close();
  await door.close();
});

it("a call succeeds, a call fails -> one line each, with gRPC's name of the status", async () => {
  await client.unary("listNodes", create(ListNodesRequestSchema), 60_000);
  await expect(client.unary("drainNode", create(DrainNodeRequestSchema), 60_000)).rejects.toMatchObject({
    code: "node-missing",
  });
  await until(() => ended.length === 2);
  expect(ended).toEqual(["FarmService/ListNodes OK", "FarmService/DrainNode NOT_FOUND"]);
});

it("a client gives a stream up -> CANCELLED, once", async () => {
  const stream = client.serverStream<object, FarmEvent>("watchEvents", create(WatchEventsRequestSchema));
  stream.on("error", () => {});
  // A second call on the same connection: the first has reached the server then.
  await client.unary("listNodes", create(ListNodesRequestSchema), 60_000);
  stream.cancel();
  await until(() => ended.length === 2);
  await client.unary("listNodes", create(ListNodesRequestSchema), 60_000);
  expect(ended.filter((line) => line.startsWith("FarmService/WatchEvents"))).toEqual([
    `FarmService/WatchEvents ${status[status.CANCELLED]}`,
  ]);
});
