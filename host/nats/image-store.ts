// The farm's store of finished images: bounded in size, and what is old goes by itself.
import { storeNames } from "../../proto/subjects.ts";
import { DeferredObjectStore } from "./deferred-object-store.ts";
import { imageStoreOptions } from "./image-store-options.ts";
import type { NatsLink } from "./nats-link.ts";
import { NatsObjectStore } from "./nats-object-store.ts";
import type { ObjectStore } from "./object-store.ts";

export interface ImageObjects extends Pick<ObjectStore, "get" | "delete"> {
  /** What it may take, all together. */
  capacityBytes(): Promise<number>;
}

export function imageStore(link: NatsLink): ImageObjects {
  const store = new DeferredObjectStore(() =>
    NatsObjectStore.open(link, { name: storeNames.images, ...imageStoreOptions }),
  );
  return {
    get: (digest, options) => store.get(digest, options),
    delete: (digest) => store.delete(digest),
    capacityBytes: async () => (await store.opened()).capacityBytes(),
  };
}
