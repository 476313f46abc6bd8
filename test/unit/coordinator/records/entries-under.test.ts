import { expect, it } from "vitest";
import { entriesUnder } from "../../../../coordinator/records/entries-under.ts";
import { InMemoryKeyValue } from "../../../../host/nats/in-memory-key-value.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";

it("a store with keys under two prefixes -> those of one; what was deleted is not there", async () => {
  const store = new InMemoryKeyValue();
  const clock = new FakeClock();
  for (const key of ["a.1", "a.2", "b.1"]) await store.create(key, Buffer.from(key));
  const removed = await store.create("a.3", Buffer.from("x"));
  if (removed.t === "written") await store.delete("a.3", removed.revision);
  const entries = await entriesUnder(store, "a", clock);
  expect(entries.map(({ key }) => key).sort()).toEqual(["a.1", "a.2"]);
  expect(clock.timerCount).toBe(0);
});

it("a store that says nothing -> timed out, and not listened to any more", async () => {
  const clock = new FakeClock();
  let watchCount = 1;
  const unsubscribe = () => {
    watchCount -= 1;
  };
  const listing = entriesUnder({ watch: () => ({ unsubscribe }) }, "a", clock);
  clock.advance(limits.natsRequestTimeoutMs);
  await expect(listing).rejects.toMatchObject({ code: "timed-out" });
  expect(watchCount).toBe(0);
});
