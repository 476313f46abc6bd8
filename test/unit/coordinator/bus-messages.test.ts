import { create, toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { hearMessages } from "../../../coordinator/bus-messages.ts";
import { InMemoryBus } from "../../../host/in-memory-bus.ts";
import { HeartbeatSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

it("a message comes between two that are none -> it alone is told, until nobody hears any more", async () => {
  const bus = new InMemoryBus();
  const heard: string[] = [];
  const subscription = hearMessages({ bus, log: silentLog }, "beats", HeartbeatSchema, ({ nodeId }) =>
    heard.push(nodeId),
  );
  const beat = toBinary(HeartbeatSchema, create(HeartbeatSchema, { nodeId: "n" }));
  bus.publish("beats", Uint8Array.of(255));
  bus.publish("beats", beat);
  bus.publish("beats", beat.subarray(1));
  await settled();
  expect(heard).toEqual(["n"]);
  subscription.unsubscribe();
  bus.publish("beats", beat);
  await settled();
  expect(heard).toEqual(["n"]);
});
