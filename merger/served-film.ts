// One merger that is served as its launch order says: film, checkpoints, pictures, gRPC.
import { systemClock } from "../host/clock.ts";
import { serveGrpc } from "../host/grpc-server.ts";
import type { Log } from "../host/log.ts";
import { imageStoreOptions } from "../host/nats/image-store-options.ts";
import { objectStorePlaceFromText } from "../host/nats/object-store-place.ts";
import { ObjectStores } from "../host/nats/object-stores.ts";
import { ArrasError } from "../proto/errors.ts";
import { filmSpecFromMessage } from "../proto/film-spec-message.ts";
import type { LaunchOrder } from "../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../proto/limits.ts";
import { mergerAddressText } from "../proto/merger-address.ts";
import { storeNames } from "../proto/subjects.ts";
import type { Denoiser } from "./denoise/denoiser.ts";
import type { Merger } from "./merger.ts";
import { wiredFilm } from "./wired-film.ts";

export interface ServedFilm {
  readonly merger: Merger;
  /** See proto/merger-address.ts. */
  readonly address: string;
  /** Ends all calls. */
  close(): Promise<void>;
}

/** Rejects with `unavailable` when it cannot listen. */
export async function serveFilm(order: LaunchOrder, denoiser: Denoiser, log: Log): Promise<ServedFilm> {
  const { sessionId, token } = order;
  const objects = order.objectStore === "" ? undefined : openObjectStores(order.objectStore, log);
  const stores = {
    checkpoints: objects?.store(storeNames.checkpoints, { keptMs: limits.checkpointsKeptMs }),
    images: objects?.store(storeNames.images, imageStoreOptions),
  };
  const { merger, service } = wiredFilm({ sessionId, token, denoiser, clock: systemClock, log, stores });
  const { tlsCertPem: certPem, tlsKeyPem: keyPem } = order;
  const isSecure = keyPem !== "";
  const server = await serveGrpc(order.listenAddress, [service], isSecure ? { certPem, keyPem } : undefined);
  const close = async () => {
    await server.close();
    await objects?.close();
  };
  return { merger, address: mergerAddressText({ target: server.address, isSecure }), close };
}

/** While the coordinator connects: it asks for the same film, and is told then what is wrong with it. */
export function openOrderedFilm({ film, filmEpoch }: LaunchOrder, merger: Merger, log: Log): void {
  if (film === undefined) return;
  try {
    merger.open(filmEpoch, filmSpecFromMessage(film));
  } catch (thrown) {
    log.debug({ code: ArrasError.from(thrown).code }, "the film of the launch order was not opened");
  }
}

/** Reached when it is first needed: most films are finished before. */
function openObjectStores(text: string, log: Log): ObjectStores {
  return new ObjectStores(objectStorePlaceFromText(text), { clientName: "arras-merge", log });
}
