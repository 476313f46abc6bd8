// The film as a file into the farm's store of finished images.
import type { ObjectStore, StoredObject } from "../host/nats/object-store.ts";
import { ArrasError } from "../proto/errors.ts";
import type { EncodeImageRequest } from "../proto/gen/arras/v1/film_pb.ts";
import type { FilmSource, ImageEncoder } from "./image-encoder.ts";

export interface FinishedImageSurroundings {
  readonly merger: FilmSource;
  readonly encoder: Pick<ImageEncoder, "encode">;
  readonly sessionId: string;
  /** undefined: this farm has none. */
  readonly store: Pick<ObjectStore, "add"> | undefined;
}

export class FinishedImages {
  readonly #world: FinishedImageSurroundings;

  constructor(world: FinishedImageSurroundings) {
    this.#world = world;
  }

  /** Rejects as FilmService.StoreImage says. */
  async store(request: EncodeImageRequest | undefined, signal: AbortSignal): Promise<StoredObject> {
    if (request === undefined) throw malformed();
    const { store } = this.#world;
    if (store === undefined) throw noStore();
    return store.add(this.#chunks(request, signal), { signal });
  }

  async *#chunks(request: EncodeImageRequest, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { merger, encoder, sessionId } = this.#world;
    yield* encoder.encode(merger, request, sessionId, () => signal.aborted);
    // Whoever leaves gets the file's beginning, or nothing: that must not become an object.
    if (signal.aborted) throw left();
  }
}

function malformed(): ArrasError {
  return new ArrasError("message-malformed", {
    message: "It is not said which image to store",
    action: "Compare software versions of merger and coordinator.",
  });
}

function noStore(): ArrasError {
  return new ArrasError("unavailable", {
    message: "The merger's node has no object store for finished images",
    action: "Start the node agent with --nats; without it images are fetched while the session is open.",
  });
}

function left(): ArrasError {
  return new ArrasError("cancelled", {
    message: "Whoever wanted the image stored has left",
    action: "Ask again.",
  });
}
