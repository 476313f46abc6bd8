// Finished images of sessions, and a shelf of them in memory.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ImageArchive, keptImagesFormat } from "../../coordinator/images/image-archive.ts";
import { ImageShelf } from "../../coordinator/images/image-shelf.ts";
import { InMemoryKeyValue } from "../../host/nats/in-memory-key-value.ts";
import { type KeptImages, KeptImagesSchema } from "../../proto/gen/arras/v1/images_pb.ts";
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { FakeClock } from "./fake-clock.ts";
import { MemoryObjectStore } from "./memory-object-store.ts";
import { digestOf } from "./resumable-sessions.ts";
import { silentLog } from "./silent-log.ts";

/** Of one file, unless `overrides` names others. */
export function keptImagesOf(sessionId: string, overrides: MessageInitShape<typeof KeptImagesSchema> = {}): KeptImages {
  return create(KeptImagesSchema, {
    format: keptImagesFormat,
    sessionId,
    scene: "scene.gltf",
    state: SessionState.FINISHED,
    filmSha256: digestOf(15),
    sppMean: 16,
    widthPx: 64,
    heightPx: 48,
    savedAtMs: 1_000_000n,
    images: [{ name: "film.exr", digest: digestOf(1), sizeBytes: 1000n, contentType: "image/x-exr" }],
    ...overrides,
  });
}

export interface ImageStage {
  readonly shelf: ImageShelf;
  readonly store: InMemoryKeyValue;
  readonly objects: MemoryObjectStore;
  /** May be changed. */
  readonly world: { wallMs: number; capacityBytes: number };
}

export function imageStage({ sessionsMax = 10, keptMs = 1_000_000 } = {}): ImageStage {
  const world = { wallMs: 1_000_000, capacityBytes: 1e9 };
  const store = new InMemoryKeyValue();
  const objects = new MemoryObjectStore();
  const shelf = new ImageShelf({
    archive: new ImageArchive(store, new FakeClock()),
    objects: {
      get: (digest, options) => objects.get(digest, options),
      delete: (digest) => objects.delete(digest),
      capacityBytes: async () => world.capacityBytes,
    },
    bounds: { sessionsMax, keptMs },
    wallClockMs: () => world.wallMs,
    log: silentLog,
  });
  return { shelf, store, objects, world };
}
