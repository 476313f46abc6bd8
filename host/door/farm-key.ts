// The key that all coordinators of a farm seal with: the first one makes it, the others find it in the farm's store.
import { ArrasError } from "../../proto/errors.ts";
import type { KeyValue } from "../nats/key-value.ts";

const keyName = "door.seal";
const keySizeBytes = 32;

/** `newKey`: 32 random bytes. Rejects as KeyValue does. */
export async function farmKey(store: KeyValue, newKey: Uint8Array): Promise<Uint8Array> {
  const made = await store.create(keyName, newKey);
  if (made.t === "written") return newKey;
  const entry = await store.get(keyName);
  if (entry?.value.length === keySizeBytes) return entry.value;
  throw new ArrasError("internal", {
    message: `The farm's store has something else than a key under ${keyName}`,
    action: "Remove it, and start the coordinators again.",
  });
}
