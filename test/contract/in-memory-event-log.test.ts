// The journal in memory keeps the contract.
import { InMemoryEventLog } from "../../host/nats/in-memory-event-log.ts";
import { eventLogContract } from "./event-log.contract.ts";

eventLogContract("InMemoryEventLog", async () => {
  const log = new InMemoryEventLog();
  return { publisher: log, follower: log, close: async () => {} };
});
