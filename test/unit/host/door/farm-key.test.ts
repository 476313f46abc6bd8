import { describe, expect, it } from "vitest";
import { farmKey } from "../../../../host/door/farm-key.ts";
import { InMemoryKeyValue } from "../../../../host/nats/in-memory-key-value.ts";

const bytes = (value: number, length = 32) => new Uint8Array(length).fill(value);

describe("the key of a farm's coordinators", () => {
  it("several ask at once, and one later -> all have the same", async () => {
    const store = new InMemoryKeyValue();
    const keys = await Promise.all([farmKey(store, bytes(1)), farmKey(store, bytes(2)), farmKey(store, bytes(3))]);
    keys.push(await farmKey(store, bytes(4)));
    expect(new Set(keys.map(String)).size).toBe(1);
  });

  it("something else is in its place -> internal", async () => {
    const store = new InMemoryKeyValue();
    await store.create("door.seal", bytes(1, 5));
    await expect(farmKey(store, bytes(2))).rejects.toMatchObject({ code: "internal" });
  });
});
