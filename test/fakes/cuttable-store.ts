// A key-value store over a connection that a test can cut. While it is cut nothing is answered and no change is told;
// when it is joined again, watches go on with what comes then.
import type { InMemoryKeyValue } from "../../host/nats/in-memory-key-value.ts";
import type { KeyValue } from "../../host/nats/key-value.ts";
import { ArrasError } from "../../proto/errors.ts";

export function cuttable(store: InMemoryKeyValue, link: { readonly isCut: boolean }): KeyValue {
  const over = async <Result>(operation: () => Promise<Result>): Promise<Result> => {
    if (link.isCut) throw new ArrasError("unavailable", { message: "cut off", action: "Wait." });
    const result = await operation();
    if (link.isCut) throw new ArrasError("timed-out", { message: "cut off before the answer", action: "Wait." });
    return result;
  };
  return {
    create: (key, value) => over(() => store.create(key, value)),
    get: (key) => over(() => store.get(key)),
    update: (key, value, revision) => over(() => store.update(key, value, revision)),
    delete: (key, revision) => over(() => store.delete(key, revision)),
    watch: (prefix, listener) => store.watch(prefix, (change) => !link.isCut && listener(change)),
  };
}
