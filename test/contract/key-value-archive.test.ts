// Sessions in key-value keep the contract, also when somebody else writes between reading and writing.
import { expect, it } from "vitest";
import { KeyValueArchive } from "../../coordinator/checkpoints/key-value-archive.ts";
import { InMemoryKeyValue } from "../../host/nats/in-memory-key-value.ts";
import { limits } from "../../proto/limits.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import { digestOf, resumable } from "../fakes/resumable-sessions.ts";
import { resumeArchiveContract } from "./resume-archive.contract.ts";

resumeArchiveContract("KeyValueArchive", async () => {
  const store = new InMemoryKeyValue();
  return {
    archive: new KeyValueArchive(store, new FakeClock()),
    spoil: async (sessionId: string) => void (await store.create(`session.${sessionId}`, new Uint8Array([255, 1]))),
    close: async () => {},
  };
});

it("two write the same at once -> one of them is there, and nobody fails", async () => {
  const store = new InMemoryKeyValue();
  const [first, second] = [new KeyValueArchive(store, new FakeClock()), new KeyValueArchive(store, new FakeClock())];
  await Promise.all([first.put(resumable("a")), second.put(resumable("a", { checkpoint: digestOf(5) }))]);
  expect((await first.list()).map(({ sessionId }) => sessionId)).toEqual(["a"]);
});

it("the store is away -> the list does not come, and says so in time", async () => {
  const clock = new FakeClock();
  const silent = new InMemoryKeyValue();
  silent.watch = () => ({ unsubscribe: () => {} });
  const listing = new KeyValueArchive(silent, clock).list();
  clock.advance(limits.natsRequestTimeoutMs);
  await expect(listing).rejects.toMatchObject({ code: "timed-out" });
});
