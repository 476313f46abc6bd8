// Encodes the film into files, one after another, and gives them out in chunks. The film may change meanwhile: what is
// encoded is a copy of the moment when its turn came.
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeExr } from "../host/exr/write-exr.ts";
import { ArrasError } from "../proto/errors.ts";
import type { EncodeImageRequest } from "../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../proto/limits.ts";
import { displayPicture } from "./display-picture.ts";
import { exrLayout } from "./exr-layout.ts";
import type { FilmEpoch } from "./film-epoch.ts";
import { filmMetadata, type ImageRequest, imageRequest } from "./image-request.ts";
import { encodePicture } from "./picture.ts";

/** The merger, as far as images need it. */
export interface FilmSource {
  /** Throws `session-state` before a film is open. */
  requireOpen(): FilmEpoch;
  /** Film and hash of one moment; `make` takes from them what it needs and waits for nothing. */
  atOneMoment<Value>(make: (state: FilmEpoch, sha256: string) => Value): Promise<Value>;
}

export class ImageEncoder {
  #waitingCount = 0;
  #turn: Promise<void> = Promise.resolve();

  /**
   * The file in chunks of at most `limits.imageChunkSizeBytes`. Throws `usage` for what cannot be asked, `unavailable`
   * where too many wait, `output-failed` where encoding failed. Where nobody wants the file any more when its turn has
   * come (`isCancelled`) it is not made.
   */
  async *encode(
    film: FilmSource,
    request: EncodeImageRequest,
    session: string,
    isCancelled: () => boolean,
  ): AsyncGenerator<Uint8Array> {
    const wanted = imageRequest(request);
    const done = await this.#takeTurn();
    try {
      if (isCancelled()) return;
      if (wanted.t === "display") yield* displayChunks(film, wanted);
      else yield* exrChunks(film, wanted, request, session);
    } finally {
      done();
    }
  }

  async #takeTurn(): Promise<() => void> {
    if (this.#waitingCount >= limits.encodingsWaitingMax) {
      throw new ArrasError("unavailable", {
        message: `encodingsWaitingMax = ${limits.encodingsWaitingMax} images wait to be written already`,
        action: "Try again when some are done.",
      });
    }
    const before = this.#turn;
    let done: () => void = () => {};
    this.#turn = new Promise((resolve) => {
      done = resolve;
    });
    this.#waitingCount += 1;
    await before;
    this.#waitingCount -= 1;
    return done;
  }
}

async function* displayChunks(source: FilmSource, { picture }: ImageRequest & { t: "display" }) {
  const { film } = source.requireOpen();
  const pixels = refuseMissing(() => displayPicture(film, picture));
  const bytes = await encodePicture(pixels, picture);
  for (let at = 0; at < bytes.length; at += limits.imageChunkSizeBytes) {
    yield bytes.subarray(at, at + limits.imageChunkSizeBytes);
  }
}

async function* exrChunks(
  source: FilmSource,
  { layout }: ImageRequest & { t: "exr" },
  request: EncodeImageRequest,
  session: string,
) {
  const parts = await source.atOneMoment(({ film }, sha256) => {
    const metadata = filmMetadata(request.metadata, session, sha256);
    return refuseMissing(() => exrLayout(film, metadata, layout));
  });
  const folder = await mkdtemp(join(tmpdir(), "arras-merge-")).catch((thrown: Error) => {
    throw new ArrasError("output-failed", {
      message: `no temporary folder can be made: ${thrown.message}`,
      action: "Give the merge computation's node room in its temporary folder (TMPDIR).",
      cause: thrown,
    });
  });
  try {
    const path = join(folder, "film.exr");
    await writeExr(path, parts);
    for await (const chunk of createReadStream(path, { highWaterMark: limits.imageChunkSizeBytes })) {
      yield chunk as Uint8Array;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The layouts throw RangeError for an output that this film lacks, which is the asker's mistake. */
function refuseMissing<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new ArrasError("usage", {
      message: `The image cannot be made: ${thrown.message}`,
      action: "Ask only for outputs that the film was opened with (--aov).",
      cause: thrown,
    });
  }
}
