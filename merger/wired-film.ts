// A merger and all that is served of it: film, checkpoints, images, previews. Reaches nothing by itself.
import type { Clock } from "../host/clock.ts";
import type { ServedService } from "../host/grpc-server.ts";
import type { Log } from "../host/log.ts";
import type { ObjectStore } from "../host/nats/object-store.ts";
import { Checkpoints } from "./checkpoint/checkpoints.ts";
import { DenoisedFilm } from "./denoise/denoised-film.ts";
import type { Denoiser } from "./denoise/denoiser.ts";
import { filmService } from "./film-service.ts";
import { FinishedImages } from "./finished-images.ts";
import { ImageEncoder } from "./image-encoder.ts";
import { Merger } from "./merger.ts";
import { TileEncoder } from "./preview/tile-encoder.ts";

export interface FilmSurroundings {
  readonly sessionId: string;
  readonly token: string;
  readonly denoiser: Denoiser;
  readonly clock: Clock;
  readonly log: Log;
  /** Of checkpoints and of finished images; undefined: there is none. */
  readonly stores: {
    readonly checkpoints: Pick<ObjectStore, "add" | "get"> | undefined;
    readonly images: Pick<ObjectStore, "add"> | undefined;
  };
}

export interface WiredFilm {
  readonly merger: Merger;
  readonly tileEncoder: TileEncoder;
  readonly service: ServedService;
}

export function wiredFilm({ sessionId, token, denoiser, clock, log, stores }: FilmSurroundings): WiredFilm {
  const merger = new Merger(clock);
  const denoised = new DenoisedFilm(merger, denoiser, clock);
  const tileEncoder = new TileEncoder(denoised);
  const encoder = new ImageEncoder(denoiser);
  const service = filmService({
    merger,
    checkpoints: new Checkpoints({ merger, sessionId, store: stores.checkpoints }),
    encoder,
    images: new FinishedImages({ merger, encoder, sessionId, store: stores.images }),
    preview: { merger, encoder: tileEncoder, clock, denoiser, denoised },
    sessionId,
    token,
    log,
  });
  return { merger, tileEncoder, service };
}
