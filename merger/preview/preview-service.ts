// FilmService.Preview: one viewer's stream. Frames go out as tiles change and the viewer acknowledges; a viewer that
// does not keep up gets fewer, and what is kept for it is two frames at most.
import { setImmediate } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { Clock, Timer } from "../../host/clock.ts";
import { type FrameTile, frameBytes } from "../../host/encoded-frame.ts";
import { toGrpcError } from "../../host/grpc-error.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import {
  type PreviewDenoiser,
  PreviewDenoiserSchema,
  type PreviewRequest,
  type PreviewWish,
} from "../../proto/gen/arras/v1/preview_pb.ts";
import type { Tiling } from "../../proto/tiling.ts";
import { malformed } from "../contribution-reader.ts";
import type { DenoisedFilm } from "../denoise/denoised-film.ts";
import { type Denoiser, denoiserText } from "../denoise/denoiser.ts";
import type { FilmEpoch } from "../film-epoch.ts";
import type { Merger } from "../merger.ts";
import { blockTilesMax, coarseBlocks } from "./coarse-blocks.ts";
import { LookingAllowance } from "./looking-allowance.ts";
import { type NextFrame, PreviewCursor, type VersionedTiles } from "./preview-cursor.ts";
import { type PreviewWishes, previewWishes } from "./preview-wishes.ts";
import type { EncodedTile, TileEncoder } from "./tile-encoder.ts";

export interface PreviewSource {
  readonly merger: Merger;
  readonly encoder: TileEncoder;
  readonly clock: Clock;
  readonly denoiser: Denoiser;
  readonly denoised: DenoisedFilm;
}

/** Making one takes about 0.4 ms of the film's thread; a coarse block up to ten times as long. */
const tilesAtOnce = 8;
/**
 * A tile that was seen coarse waits so long for others of which there is the first sample: as each comes by itself, a
 * viewer of 720p got 200 frames, and gets 160 with this. Less than anybody sees (a tenth of a second).
 */
const gatherMs = 50;
/** Without a contribution for so long, rendering pauses or has ended. */
const restMs = 200;
/** Learning what denoises takes a process, and the first picture needs the processor more. */
const denoiserLearnedAfterMs = 1_000;

type DenoiserKnowledge =
  | { readonly t: "unasked" }
  | { readonly t: "asked" }
  | { readonly t: "known"; readonly missing: string | undefined };

/** Frames go out encoded. */
export type PreviewCall = ServerDuplexStream<PreviewRequest, Uint8Array>;

/** Throws `unavailable` where too many look already. */
export function servePreview(source: PreviewSource, call: PreviewCall): void {
  const stream = new PreviewStream(source, call);
  call.on("data", (request: PreviewRequest) => stream.receive(request));
  for (const event of ["end", "close", "cancelled", "error"]) call.on(event, () => stream.close());
}

class PreviewStream {
  readonly #source: PreviewSource;
  readonly #call: PreviewCall;
  readonly #cursor = new PreviewCursor();
  readonly #allowance = new LookingAllowance();
  readonly #stopWatching: () => void;
  #wish: PreviewWish | undefined;
  /** Of the wish, for the film of now. */
  #wishes: { readonly state: FilmEpoch; readonly wishes: PreviewWishes } | undefined;
  #isEncoding = false;
  #isBlocked = false;
  #isClosed = false;
  #lastFrameMs = Number.NEGATIVE_INFINITY;
  /** Of the last film of which a frame was made when all of its coarse picture was there. */
  #wholeEpoch = 0;
  #due: Timer | undefined;
  #resting: Timer | undefined;
  #learning: Timer | undefined;
  /** Nothing has been merged for a while. */
  #isAtRest = false;
  #stopDenoising: (() => void) | undefined;
  #denoiser: DenoiserKnowledge = { t: "unasked" };
  #isDenoiserTold = true;

  constructor(source: PreviewSource, call: PreviewCall) {
    this.#source = source;
    this.#call = call;
    this.#stopWatching = source.merger.look(() => {
      this.#isAtRest = false;
      this.#pump();
    });
    call.on("drain", () => {
      this.#isBlocked = false;
      this.#pump();
    });
  }

  receive({ request }: PreviewRequest): void {
    try {
      if (request.case === "wish") this.#wishFor(request.value);
      else if (request.case === "acknowledge") this.#cursor.acknowledge(Number(request.value));
      else throw malformed("a preview request holds nothing");
    } catch (thrown) {
      this.#fail(thrown instanceof RangeError ? malformed(thrown.message) : thrown);
      return;
    }
    this.#pump();
  }

  close(): void {
    this.#end();
    if (!this.#call.destroyed) this.#call.end();
  }

  #end(): void {
    this.#isClosed = true;
    this.#due?.cancel();
    this.#resting?.cancel();
    this.#learning?.cancel();
    this.#stopWatching();
    this.#stopDenoising?.();
  }

  #wishFor(wish: PreviewWish): void {
    this.#wish = wish;
    this.#wishes = undefined;
    this.#cursor.reset();
    this.#stopDenoising?.();
    this.#stopDenoising = undefined;
    if (wish.outputs.includes("denoised")) this.#learnDenoiser();
  }

  /** Asked a while after there is a picture, or when it is wished for. */
  #learnDenoiser(): void {
    if (this.#denoiser.t !== "unasked") return;
    this.#denoiser = { t: "asked" };
    void this.#source.denoiser.missing().then((missing) => {
      this.#denoiser = { t: "known", missing };
      this.#isDenoiserTold = false;
      this.#pump();
    });
  }

  #lookDenoised(): void {
    this.#stopDenoising ??= this.#source.denoised.look((failure) => {
      if (failure === undefined) this.#pump();
      else this.#fail(failure);
    });
  }

  /** Sends the next frame when there is one, credit, room, and its time has come. */
  #pump(): void {
    if (this.#isClosed || this.#isEncoding || this.#isBlocked) return;
    try {
      const wishes = this.#currentWishes();
      if (wishes === undefined) return;
      const nowMs = this.#source.clock.nowMs();
      const waitMs = this.#lastFrameMs + wishes.wishes.intervalMs - nowMs;
      // What makes the first picture whole does not wait for a display's rhythm.
      const completes = wishes.state.coarse.isWhole && this.#wholeEpoch !== wishes.state.epoch;
      if (waitMs > 0 && !completes) {
        this.#pumpAfter(waitMs);
        return;
      }
      if (wishes.wishes.isDenoised) this.#lookDenoised();
      const refinementsMax = this.#isAtRest
        ? Number.POSITIVE_INFINITY
        : this.#allowance.tileCount(wishes.state.renderedMs);
      const gatheringMs = this.#lastFrameMs + gatherMs - nowMs;
      const gathers = gatheringMs > 0 && !this.#isAtRest;
      const look = { refinementsMax, gathers, isTold: this.#isDenoiserTold, isAtRest: this.#isAtRest };
      const next = this.#cursor.next(this.#versioned(wishes), look);
      if (this.#cursor.isGathering) this.#pumpAfter(gatheringMs);
      if (this.#cursor.refinementCount > 0 || (next === undefined && this.#cursor.isOwed))
        this.#awaitRest(wishes.state);
      if (next === undefined) return;
      this.#allowance.spend(next.refinedCount);
      this.#lastFrameMs = this.#source.clock.nowMs();
      if (completes) this.#wholeEpoch = wishes.state.epoch;
      this.#isEncoding = true;
      this.#send(wishes.state, wishes.wishes, next).catch((thrown: unknown) => this.#fail(thrown));
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #pumpAfter(waitMs: number): void {
    this.#due ??= this.#source.clock.after(waitMs, () => {
      this.#due = undefined;
      this.#pump();
    });
  }

  /** What was left out is shown when rendering pauses or has ended: then it costs nothing. */
  #awaitRest(state: FilmEpoch): void {
    if (this.#resting !== undefined) return;
    const version = state.versions.latest;
    this.#resting = this.#source.clock.after(restMs, () => {
      this.#resting = undefined;
      this.#isAtRest = state === this.#source.merger.state && state.versions.latest === version;
      this.#pump();
    });
  }

  #currentWishes() {
    const { state } = this.#source.merger;
    if (state === undefined || this.#wish === undefined) return undefined;
    const known = this.#denoiser;
    if (known.t !== "known" && this.#wish.outputs.includes("denoised")) return undefined;
    const missing = known.t === "known" ? known.missing : undefined;
    if (this.#wishes?.state !== state) this.#wishes = { state, wishes: previewWishes(this.#wish, state.spec, missing) };
    return this.#wishes;
  }

  #versioned({ state, wishes }: { readonly state: FilmEpoch; readonly wishes: PreviewWishes }): VersionedTiles {
    if (wishes.isDenoised) {
      // Denoising takes so long that all of it is shown at once.
      const versions = this.#source.denoised.versions(state, wishes.outputs.length > 1);
      return { epoch: state.epoch, versions, isRough: () => true, hasCoarse: () => false };
    }
    const isBeautySeen = wishes.outputs.includes("beauty");
    const { epoch, versions } = state;
    const hasCoarse = (tileIndex: number) => isBeautySeen && state.hasCoarse(tileIndex);
    return { epoch, versions, isRough: (tileIndex) => state.isRough(tileIndex), hasCoarse };
  }

  #denoiserMessage(spec: FilmSpec): PreviewDenoiser | undefined {
    if (this.#denoiser.t !== "known") return undefined;
    return denoiserMessage(this.#source.denoiser, this.#denoiser.missing, spec.outputs);
  }

  async #send(state: FilmEpoch, wishes: PreviewWishes, next: NextFrame): Promise<void> {
    const makers = this.#makers(state, wishes, next);
    const countAtOnce = !next.isCoarse ? tilesAtOnce : isShort(state.tiling, next) ? makers.length : 1;
    const tiles: FrameTile[] = [];
    // A few at a time: contributions are merged in between.
    // Of a film that was replaced meanwhile nobody wants the rest, and everybody the first tiles of the next.
    for (let at = 0; at < makers.length && this.#source.merger.state === state; at += countAtOnce) {
      if (at > 0) await setImmediate();
      const made = await Promise.all(makers.slice(at, at + countAtOnce).map((make) => make()));
      if (this.#isClosed) return;
      for (const tile of made) if (tile !== undefined) tiles.push(tile);
    }
    const { frameIndex, epoch, isWhole } = next;
    const denoiser = this.#denoiserMessage(state.spec);
    if (denoiser !== undefined) this.#isDenoiserTold = true;
    const fields = {
      ...(denoiser === undefined ? {} : { denoiser }),
      frameIndex: BigInt(frameIndex),
      epoch,
      encoding: wishes.encoding,
      isWhole: isWhole && this.#source.merger.state === state,
    };
    this.#isBlocked = !this.#call.write(frameBytes(fields, tiles));
    this.#isEncoding = false;
    if (isWhole) this.#learning ??= this.#source.clock.after(denoiserLearnedAfterMs, () => this.#learnDenoiser());
    this.#pump();
  }

  /** Of each output of each tile of a frame, or of each coarse block. */
  #makers(state: FilmEpoch, wishes: PreviewWishes, next: NextFrame): (() => Promise<FrameTile | undefined>)[] {
    const { encoder } = this.#source;
    const places = next.isCoarse ? coarseBlocks(state.tiling, next.tileIndices) : next.tileIndices;
    return places.flatMap((place) =>
      wishes.outputs.map((output) => async () => {
        const made =
          typeof place === "number"
            ? await encoder.encode(state, place, output, wishes)
            : await encoder.encodeCoarse(state, place, output, wishes);
        return made && frameTile(output, made);
      }),
    );
  }

  #fail(thrown: unknown): void {
    if (this.#isClosed) return;
    this.#end();
    this.#call.emit("error", toGrpcError(ArrasError.from(thrown)));
  }
}

/** All blocks of a coarse frame have no more values together than one may have. */
function isShort(tiling: Tiling, { tileIndices }: NextFrame): boolean {
  return tileIndices.length <= blockTilesMax(tiling.tileSizePx);
}

/** `missing`: why there is none. */
export function denoiserMessage(
  denoiser: Denoiser,
  missing: string | undefined,
  outputs: readonly string[],
): PreviewDenoiser {
  const name = missing === undefined ? denoiserText(denoiser, outputs) : "";
  return create(PreviewDenoiserSchema, { name, missing: missing ?? "" });
}

function frameTile(output: string, { image, channelCount, version, content }: EncodedTile): FrameTile {
  const { rect, stridePx, sppMean } = image;
  const fields = { output, rect, version: BigInt(version), sppMean, stridePx, channelCount };
  return { fields, content };
}
