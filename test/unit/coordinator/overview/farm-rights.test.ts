// Who sees and does what of a farm whose door asks for a login.
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, it } from "vitest";
import { farmService } from "../../../../coordinator/overview/farm-service.ts";
import { systemClock } from "../../../../host/clock.ts";
import { type Door, openDoor } from "../../../../host/door/door.ts";
import { GrpcClient } from "../../../../host/grpc-client.ts";
import { InMemoryEventLog } from "../../../../host/nats/in-memory-event-log.ts";
import {
  DrainNodeRequestSchema,
  type FarmEvent,
  FarmService,
  type ListNodesReply,
  ListNodesRequestSchema,
  type ListSessionsReply,
  ListSessionsRequestSchema,
  ReadSessionRequestSchema,
  WatchEventsRequestSchema,
} from "../../../../proto/gen/arras/v1/farm_pb.ts";
import { accessOf, tokenEntry } from "../../../fakes/door-users.ts";
import { nodeRow, sessionRow } from "../../../fakes/farm-rows.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

const [annsId, bobsId] = [sessionRow().sessionId, "77aa1a52-9d3e-4d0b-9a34-0d4f2f6a7f11"];

let door: Door;
let clients: GrpcClient[];
let drained: string[];
beforeEach(async () => {
  [clients, drained] = [[], []];
  const farm = {
    nodes: () => [
      nodeRow({ computations: [annsId, bobsId].map((sessionId) => ({ sessionId, computation: "mcrt_i0" })) }),
    ],
    sessions: () => [sessionRow({ user: "ann" }), sessionRow({ sessionId: bobsId, user: "bob" })],
    drain: async (nodeId: string) => void drained.push(nodeId),
  };
  door = await openDoor({
    address: "127.0.0.1:0",
    services: [farmService(farm, new InMemoryEventLog())],
    http: { routes: [], upgrades: [] },
    login: { tokens: [tokenEntry("ann", "submit"), tokenEntry("ops", "operate")] },
    clock: systemClock,
    log: silentLog,
  });
});
afterEach(async () => {
  for (const client of clients) client.close();
  await door.close();
});

function clientOf(user: string): GrpcClient {
  const access = accessOf(user);
  const client = new GrpcClient({ address: door.address, service: FarmService, peer: "the door", access });
  clients.push(client);
  return client;
}

const sessionsOf = async (client: GrpcClient) =>
  (await client.unary<object, ListSessionsReply>("listSessions", create(ListSessionsRequestSchema), 60_000)).sessions;
const runningOn = async (client: GrpcClient) =>
  (await client.unary<object, ListNodesReply>("listNodes", create(ListNodesRequestSchema), 60_000)).nodes[0]
    ?.computations;
const read = (client: GrpcClient, sessionId: string) =>
  client.unary("readSession", create(ReadSessionRequestSchema, { sessionId }), 60_000);
const drain = (client: GrpcClient) =>
  client.unary("drainNode", create(DrainNodeRequestSchema, { nodeId: "n" }), 60_000);
const eventsEnd = (client: GrpcClient) =>
  new Promise<string>((resolve) => {
    const stream = client.serverStream<object, FarmEvent>("watchEvents", create(WatchEventsRequestSchema));
    stream.on("data", () => {});
    stream.on("end", () => resolve("end"));
    stream.on("error", (error) => resolve(client.error(error).code));
  });

it("a user -> every machine, and of sessions his own alone; nodes and the journal are not his business", async () => {
  const ann = clientOf("ann");
  expect((await sessionsOf(ann)).map(({ sessionId }) => sessionId)).toEqual([annsId]);
  expect((await runningOn(ann))?.map(({ sessionId }) => sessionId)).toEqual([annsId]);
  await read(ann, annsId);
  await expect(read(ann, bobsId)).rejects.toMatchObject({ code: "session-missing" });
  await expect(drain(ann)).rejects.toMatchObject({ code: "not-allowed" });
  expect(await eventsEnd(ann)).toBe("not-allowed");
  expect(drained).toEqual([]);
});

it("an operator -> all of it", async () => {
  const ops = clientOf("ops");
  expect(await sessionsOf(ops)).toHaveLength(2);
  expect(await runningOn(ops)).toHaveLength(2);
  await read(ops, bobsId);
  await drain(ops);
  expect([drained, await eventsEnd(ops)]).toEqual([["n"], "end"]);
});

it("nobody knows the caller -> nothing", async () => {
  await expect(sessionsOf(clientOf("eve"))).rejects.toMatchObject({ code: "unauthenticated" });
});
