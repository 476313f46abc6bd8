// Encodes the film into files, one after another, and gives them out in chunks. The film may change meanwhile: what is
// encoded is a copy of the moment when its turn came.
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toJsonString } from "@bufbuild/protobuf";
import { writeExr } from "../host/exr/write-exr.ts";
import { ArrasError } from "../proto/errors.ts";
import { type EncodeImageRequest, EncodeImageRequestSchema } from "../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../proto/limits.ts";
import { denoisedLayout } from "./denoise/denoised-layout.ts";
import { type DenoisedPlanes, type Denoiser, denoisedPlanes, denoiserMissing } from "./denoise/denoiser.ts";
import { displayPicture } from "./display-picture.ts";
import { exrLayout } from "./exr-layout.ts";
import type { FilmEpoch } from "./film-epoch.ts";
import { filmMetadata, type ImageRequest, imageRequest, pictureOrigin } from "./image-request.ts";
import { encodePicture } from "./picture.ts";

/** The merger, as far as images need it. */
export interface FilmSource {
  /** Throws `session-state` before a film is open. */
  requireOpen(): FilmEpoch;
  /** Film and hash of one moment; `make` takes from them what it needs and waits for nothing. */
  atOneMoment<Value>(make: (state: FilmEpoch, sha256: string) => Value): Promise<Value>;
}

/** A file that is made, and only has to be fetched. */
interface MadeFile {
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  remove(): Promise<void>;
}

/** One that several want: it is made once, and removed when the last has it. */
interface SharedFile {
  /** Which film, in which state, was asked for what. */
  readonly state: FilmEpoch;
  readonly key: string;
  /** undefined: nobody wanted it any more when its turn had come. */
  readonly made: Promise<MadeFile | undefined>;
  /** Of everybody who waits for it or fetches it: whether he has left. */
  readonly askers: Set<() => boolean>;
}

export class ImageEncoder {
  readonly #denoiser: Denoiser;
  /** Those that somebody waits for or fetches. */
  readonly #files = new Set<SharedFile>();
  /** Wait, are made, or are being fetched. */
  #openCount = 0;
  #turn: Promise<void> = Promise.resolve();
  #denoising: Promise<unknown> = Promise.resolve();

  constructor(denoiser: Denoiser) {
    this.#denoiser = denoiser;
  }

  /**
   * The file in chunks of at most `limits.imageChunkSizeBytes`. Throws `usage` for what cannot be asked, `unavailable`
   * where too many wait, `output-failed` where encoding failed. Where nobody wants the file any more when its turn has
   * come (`isCancelled`) it is not made. Whoever fetches slowly holds up nobody.
   */
  async *encode(
    film: FilmSource,
    request: EncodeImageRequest,
    session: string,
    isCancelled: () => boolean,
  ): AsyncGenerator<Uint8Array> {
    const wanted = imageRequest(request);
    this.#open();
    // Of its own: several calls may come with the same one.
    const hasLeft = () => isCancelled();
    let file: SharedFile | undefined;
    try {
      file = this.#fileOf(film, wanted, { request, session, isCancelled: hasLeft });
      const made = await file.made;
      if (made !== undefined && !isCancelled()) yield* made.chunks();
    } finally {
      this.#openCount -= 1;
      if (file !== undefined) await this.#leave(file, hasLeft);
    }
  }

  #fileOf(film: FilmSource, wanted: ImageRequest, { request, session, isCancelled }: Asked): SharedFile {
    const state = film.requireOpen();
    const key = `${state.versions.latest} ${toJsonString(EncodeImageRequestSchema, { ...request, sessionId: "", token: "" })}`;
    // Not one that all have left: it may never be made.
    const shared = [...this.#files].find(
      (each) => each.state === state && each.key === key && !isUnwanted(each.askers),
    );
    if (shared !== undefined) {
      shared.askers.add(isCancelled);
      return shared;
    }
    const askers = new Set([isCancelled]);
    const made = this.#make(film, wanted, { request, session, isCancelled: () => isUnwanted(askers) });
    const file: SharedFile = { state, key, made, askers };
    this.#files.add(file);
    return file;
  }

  async #leave(file: SharedFile, asker: () => boolean): Promise<void> {
    file.askers.delete(asker);
    if (file.askers.size > 0) return;
    // Whoever asks from now on has another one made, also of one that failed.
    this.#files.delete(file);
    await (await file.made.catch(() => undefined))?.remove();
  }

  async #make(
    film: FilmSource,
    wanted: ImageRequest,
    { request, session, isCancelled }: Asked,
  ): Promise<MadeFile | undefined> {
    // Not in turn: it takes seconds, and others' files do not wait for it.
    const denoised = wanted.isDenoised ? await this.#denoise(film.requireOpen(), isCancelled) : undefined;
    return this.#inTurn(async () => {
      if (isCancelled()) return undefined;
      if (wanted.t === "display") return madeDisplay(film, wanted, { request, session, denoised });
      return madeExr(film, wanted, { request, session, denoised });
    });
  }

  /** Throws `denoiser-missing` where there is none. */
  async #denoise({ film }: FilmEpoch, isCancelled: () => boolean): Promise<DenoisedPlanes> {
    const missing = await this.#denoiser.missing();
    if (missing !== undefined) throw denoiserMissing(missing);
    const stop = new AbortController();
    const watch = setInterval(() => {
      if (isCancelled()) stop.abort();
    }, 1000);
    // One at a time: each takes limits.denoiserMemoryMbMax.
    const before = this.#denoising;
    const run = before.then(() => denoisedPlanes(film, this.#denoiser, false, stop.signal));
    this.#denoising = run.catch(() => {});
    return run.finally(() => clearInterval(watch));
  }

  #open(): void {
    if (this.#openCount > limits.encodingsWaitingMax) {
      throw new ArrasError("unavailable", {
        message: `encodingsWaitingMax = ${limits.encodingsWaitingMax} images wait to be written or fetched already`,
        action: "Try again when some are done.",
      });
    }
    this.#openCount += 1;
  }

  /** One at a time: each takes memory for a copy of the picture. */
  async #inTurn<Value>(make: () => Promise<Value>): Promise<Value> {
    const before = this.#turn;
    let done: () => void = () => {};
    this.#turn = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    try {
      return await make();
    } finally {
      done();
    }
  }
}

function isUnwanted(askers: SharedFile["askers"]): boolean {
  return [...askers].every((hasLeft) => hasLeft());
}

async function madeDisplay(
  source: FilmSource,
  { picture, hasOrigin }: ImageRequest & { t: "display" },
  { request, session, denoised }: Circumstances,
): Promise<MadeFile> {
  const pixelsOf = ({ film }: FilmEpoch) => refuseMissing(() => displayPicture(film, picture, denoised?.planes));
  const { pixels, ...origin } = hasOrigin
    ? await source.atOneMoment((state, sha256) => {
        return { pixels: pixelsOf(state), origin: pictureOrigin(request.metadata, session, sha256) };
      })
    : { pixels: pixelsOf(source.requireOpen()) };
  const bytes = await encodePicture(pixels, { ...picture, ...origin });
  return { chunks: () => pieces(bytes), remove: async () => {} };
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += limits.imageChunkSizeBytes) {
    yield bytes.subarray(at, at + limits.imageChunkSizeBytes);
  }
}

interface Asked {
  readonly request: EncodeImageRequest;
  readonly session: string;
  readonly isCancelled: () => boolean;
}

interface Circumstances {
  readonly request: EncodeImageRequest;
  readonly session: string;
  readonly denoised: DenoisedPlanes | undefined;
}

async function madeExr(
  source: FilmSource,
  { layout }: ImageRequest & { t: "exr" },
  { request, session, denoised }: Circumstances,
): Promise<MadeFile> {
  const parts = await source.atOneMoment(({ film }, sha256) => {
    const metadata = filmMetadata(request.metadata, session, sha256);
    if (denoised !== undefined) return denoisedLayout(film, metadata, layout, denoised);
    return refuseMissing(() => exrLayout(film, metadata, layout));
  });
  const folder = await mkdtemp(join(tmpdir(), "arras-merge-")).catch((thrown: Error) => {
    throw new ArrasError("output-failed", {
      message: `no temporary folder can be made: ${thrown.message}`,
      action: "Give the merge computation's node room in its temporary folder (TMPDIR).",
      cause: thrown,
    });
  });
  const path = join(folder, "film.exr");
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await writeExr(path, parts);
  } catch (thrown) {
    await remove();
    throw thrown;
  }
  return { chunks: () => createReadStream(path, { highWaterMark: limits.imageChunkSizeBytes }), remove };
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
