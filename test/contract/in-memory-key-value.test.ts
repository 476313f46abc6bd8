// Key-value in memory keeps the contract.
import { InMemoryKeyValue } from "../../host/nats/in-memory-key-value.ts";
import { keyValueContract } from "./key-value.contract.ts";

keyValueContract("InMemoryKeyValue", async () => {
  const store = new InMemoryKeyValue();
  return { one: store, other: store, close: async () => {} };
});
