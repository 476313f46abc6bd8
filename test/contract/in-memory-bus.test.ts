// The in-memory bus keeps the bus's contract.
import { InMemoryBus } from "../../host/in-memory-bus.ts";
import { busContract } from "./bus.contract.ts";

busContract("InMemoryBus", async () => {
  const bus = new InMemoryBus();
  return { publisher: bus, subscriber: bus, ready: async () => {}, close: async () => {} };
});
