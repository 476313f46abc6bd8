// A store that is opened late is a store like any other; one that cannot be opened is tried again.
import { expect, it } from "vitest";
import { DeferredObjectStore } from "../../host/nats/deferred-object-store.ts";
import { ArrasError } from "../../proto/errors.ts";
import { MemoryObjectStore } from "../fakes/memory-object-store.ts";
import { collected, digestOf, noise, objectStoreContract, pieces } from "./object-store.contract.ts";

objectStoreContract("DeferredObjectStore", async () => {
  const store = new MemoryObjectStore();
  return { store: new DeferredObjectStore(async () => store), close: async () => {} };
});

it("nothing is asked of it -> it is not opened; much is -> it is opened once", async () => {
  let openedCount = 0;
  const store = new DeferredObjectStore(async () => {
    openedCount += 1;
    return new MemoryObjectStore();
  });
  expect(openedCount).toBe(0);
  await Promise.all([store.has(digestOf(noise(1))), store.put(digestOf(noise(2)), pieces(noise(2)))]);
  expect(await store.has(digestOf(noise(2)))).toBe(true);
  expect(openedCount).toBe(1);
});

it("it cannot be opened -> its error, every time until it can", async () => {
  let isThere = false;
  const store = new DeferredObjectStore(async () => {
    if (!isThere) throw new ArrasError("unavailable", { message: "There is no JetStream", action: "Turn it on." });
    return new MemoryObjectStore();
  });
  await expect(store.has(digestOf(noise(1)))).rejects.toMatchObject({ code: "unavailable" });
  await expect(collected(store.get(digestOf(noise(1))))).rejects.toMatchObject({ code: "unavailable" });
  isThere = true;
  expect(await store.has(digestOf(noise(1)))).toBe(false);
});
