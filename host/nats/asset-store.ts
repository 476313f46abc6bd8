// The farm's store of assets: the files of scenes, by digest. They go by themselves some weeks after they were last put;
// those that are used are put again half that time before.
import { limits } from "../../proto/limits.ts";
import { storeNames } from "../../proto/subjects.ts";
import { DeferredObjectStore } from "./deferred-object-store.ts";
import type { NatsLink } from "./nats-link.ts";
import { NatsObjectStore } from "./nats-object-store.ts";
import type { ObjectStore } from "./object-store.ts";

export function assetStore(link: NatsLink): ObjectStore {
  const { assetsKeptMs: keptMs, assetsRenewAfterMs: renewAfterMs } = limits;
  return new DeferredObjectStore(() => NatsObjectStore.open(link, { name: storeNames.assets, keptMs, renewAfterMs }));
}
