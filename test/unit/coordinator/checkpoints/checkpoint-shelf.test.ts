import { describe, expect, it } from "vitest";
import { CheckpointShelf, digestsOf } from "../../../../coordinator/checkpoints/checkpoint-shelf.ts";
import { KeyValueArchive } from "../../../../coordinator/checkpoints/key-value-archive.ts";
import { InMemoryKeyValue } from "../../../../host/nats/in-memory-key-value.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { digestOf, resumable } from "../../../fakes/resumable-sessions.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

function stage({ sessionsMax = 2, bytesMax = 1e9 } = {}) {
  const store = new InMemoryKeyValue();
  const archive = new KeyValueArchive(store, new FakeClock());
  const deleted: string[] = [];
  const objects = { delete: async (digest: string) => void deleted.push(digest) };
  const shelf = new CheckpointShelf({ archive, objects, bounds: { sessionsMax, bytesMax }, log: silentLog });
  const ids = async () => (await archive.list()).map(({ sessionId }) => sessionId).sort();
  return { store, archive, deleted, shelf, ids };
}

const aged = (sessionId: string, savedAtMs: number, digit = savedAtMs) =>
  resumable(sessionId, { savedAtMs: BigInt(savedAtMs), checkpoint: digestOf(digit), formerCheckpoint: "" });

describe("a shelf of checkpoints", () => {
  it("one more than it holds -> the oldest goes with its checkpoints", async () => {
    const { shelf, deleted, ids } = stage();
    await shelf.keep(aged("a", 1));
    await shelf.keep(aged("b", 2));
    await shelf.keep(aged("c", 3));
    expect(await ids()).toEqual(["b", "c"]);
    expect(deleted).toEqual([digestOf(1)]);
  });

  it("a session is sought -> as it was kept; of another user -> missing, and not named", async () => {
    const { shelf } = stage();
    const mine = resumable("a", { user: "me" });
    await shelf.keep(mine);
    await shelf.keep(resumable("b", { user: "you" }));
    expect(await shelf.find("a", "me")).toEqual(mine);
    const error = await shelf.find("b", "me").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "session-missing",
      action: "These can be gone on with: a (scene.gltf, 1970-01-01 00:16 UTC).",
    });
    await expect(shelf.find("../x", "nobody")).rejects.toMatchObject({
      code: "session-missing",
      action: expect.stringContaining("no session that can be gone on with"),
    });
  });

  it("a session is dropped -> it and its checkpoints are gone; forgotten -> its checkpoints stay", async () => {
    const { shelf, deleted, ids } = stage();
    await shelf.keep(resumable("a"));
    await shelf.keep(resumable("b"));
    await shelf.forget("b");
    expect([await ids(), deleted]).toEqual([["a"], []]);
    await shelf.drop("a", digestsOf(resumable("a")));
    expect([await ids(), deleted]).toEqual([[], [digestOf(1), digestOf(2)]]);
  });

  it("the archive is away -> keeping says so, dropping deletes nothing that is spoken of", async () => {
    const { store, shelf, deleted, ids } = stage();
    await shelf.keep(resumable("a"));
    store.faults.push("lost");
    await expect(shelf.keep(resumable("b"))).rejects.toMatchObject({
      code: expect.stringMatching(/unavailable|timed-out/),
    });
    store.faults.push("lost");
    await shelf.drop("a", digestsOf(resumable("a")));
    expect([await ids(), deleted]).toEqual([["a"], []]);
  });
});
