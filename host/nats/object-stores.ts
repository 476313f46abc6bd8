// The object stores of one place, reached when they are first used and left together. The client of NATS is loaded only
// then: most processes never need it, and it takes a tenth of a second.
import { join } from "node:path";
import { limits } from "../../proto/limits.ts";
import type { Log } from "../log.ts";
import { DeferredObjectStore } from "./deferred-object-store.ts";
import { FileObjectStore } from "./file-object-store.ts";
import type { NatsLink } from "./nats-link.ts";
import type { NatsObjectStoreOptions } from "./nats-object-store.ts";
import type { NatsSettings } from "./nats-settings.ts";
import type { ObjectStore } from "./object-store.ts";
import type { ObjectStorePlace } from "./object-store-place.ts";

export interface ObjectStoresOptions {
  /** Who connects, for the server's list of connections. */
  readonly clientName: string;
  readonly log: Log;
}

export class ObjectStores {
  readonly #place: ObjectStorePlace;
  readonly #options: ObjectStoresOptions;
  #link: Promise<NatsLink> | undefined;
  readonly #leaving = new AbortController();

  constructor(place: ObjectStorePlace, options: ObjectStoresOptions) {
    this.#place = place;
    this.#options = options;
  }

  /** What cannot be reached is an error of its methods, which then try again. */
  store(name: string, options: Omit<NatsObjectStoreOptions, "name"> = {}): ObjectStore {
    const place = this.#place;
    if (place.t === "folder") return new FileObjectStore(join(place.path, name));
    return new DeferredObjectStore(async () => {
      const { NatsObjectStore } = await loadStore();
      return NatsObjectStore.open(await this.#linkTo(place.settings), { name, ...options });
    });
  }

  async close(): Promise<void> {
    this.#leaving.abort();
    const link = await this.#link?.catch(() => undefined);
    await link?.close();
  }

  #linkTo(settings: NatsSettings): Promise<NatsLink> {
    const { clientName: name, log } = this.#options;
    const options = { name, log, firstConnectionWithinMs: limits.natsAwayMsMax, signal: this.#leaving.signal };
    const connect = async () => (await loadConnect()).connectNats(settings, options);
    const link = this.#link ?? connect();
    this.#link = link;
    link.catch(() => {
      if (this.#link === link) this.#link = undefined;
    });
    return link;
  }
}

const loadStore = () => import("./nats-object-store.ts");
const loadConnect = () => import("./connect.ts");

/** Beforehand, for who has the time and is likely to need it. */
export async function loadNatsClient(): Promise<void> {
  await Promise.all([loadStore(), loadConnect()]);
}
