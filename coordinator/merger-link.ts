// The coordinator's way to one merger: opens the film, listens to the ledger, asks for receipt and pictures.
import { create } from "@bufbuild/protobuf";
import type { ClientDuplexStream, ClientReadableStream } from "@grpc/grpc-js";
import { type EncodedFrame, encodedFrame } from "../host/encoded-frame.ts";
import type { GrpcClient } from "../host/grpc-client.ts";
import { mergerClient } from "../host/merger-client.ts";
import type { ArrasError } from "../proto/errors.ts";
import type { FilmSpec } from "../proto/film-spec.ts";
import { filmSpecToMessage } from "../proto/film-spec-message.ts";
import {
  type CheckpointReply,
  CheckpointRequestSchema,
  DenoiserRequestSchema,
  type EncodeImageRequest,
  type FilmPixel,
  type FilmReceipt,
  type ImageChunk,
  type OpenFilmReply,
  OpenFilmRequestSchema,
  PixelRequestSchema,
  ReceiptRequestSchema,
  type StoreImageReply,
  StoreImageRequestSchema,
  type TakeOutReply,
  TakeOutRequestSchema,
  type TileStatuses,
  WatchTilesRequestSchema,
} from "../proto/gen/arras/v1/film_pb.ts";
import type { PreviewDenoiser, PreviewRequest } from "../proto/gen/arras/v1/preview_pb.ts";
import { limits } from "../proto/limits.ts";
import type { StopRule } from "../proto/stop-rule.ts";

const openTimeoutMs = 30_000;
/** A film of 16K through a slow store: 5 GB at 10 MB/s. */
const checkpointTimeoutMs = 600_000;
/** Hashing a large film takes seconds. */
const receiptTimeoutMs = 120_000;

export interface MergerAccess {
  readonly address: string;
  readonly sessionId: string;
  readonly token: string;
  /** Above its certificate, where it speaks TLS; absent: one of those that everybody knows. */
  readonly authorityPem?: string | undefined;
}

export interface FilmBeginning {
  /** Digest; empty: an empty film. */
  readonly checkpoint: string;
  /** SessionSpec as bytes. */
  readonly sessionSpec: Uint8Array<ArrayBuffer>;
}

/** Whose samples were found wrong: of computations, wherever they ran, and of nodes, whatever ran there. */
export interface Suspects {
  readonly computations: readonly string[];
  readonly nodeIds: readonly string[];
  /** By which the session's tiles stop; null: all get the whole budget. */
  readonly stopRule: StopRule | null;
}

export interface TileListener {
  statuses(statuses: TileStatuses): void;
  /** The stream ended; `watch` again. */
  broken(error: ArrasError): void;
}

export interface EncodedImage {
  readonly chunks: ClientReadableStream<ImageChunk>;
  /** What a failure of `chunks` means. */
  error(thrown: unknown): ArrasError;
}

export class MergerLink {
  readonly access: MergerAccess;
  readonly #client: GrpcClient;
  #watch: ClientReadableStream<TileStatuses> | undefined;

  constructor(access: MergerAccess) {
    this.access = access;
    this.#client = mergerClient(access.address, access.authorityPem ?? "");
  }

  /** Says whether the film began with the checkpoint. */
  async openFilm(epoch: number, film: FilmSpec, { checkpoint, sessionSpec }: FilmBeginning): Promise<boolean> {
    const { sessionId, token } = this.access;
    const fields = { sessionId, token, epoch, film: filmSpecToMessage(film), checkpoint, sessionSpec };
    const request = create(OpenFilmRequestSchema, fields);
    const timeoutMs = checkpoint === "" ? openTimeoutMs : checkpointTimeoutMs;
    return (await this.#client.unary<typeof request, OpenFilmReply>("openFilm", request, timeoutMs)).restored;
  }

  writeCheckpoint(): Promise<CheckpointReply> {
    const { sessionId, token } = this.access;
    const request = create(CheckpointRequestSchema, { sessionId, token });
    return this.#client.unary("writeCheckpoint", request, checkpointTimeoutMs);
  }

  takeOut(suspects: Suspects): Promise<TakeOutReply> {
    const { sessionId, token } = this.access;
    const { computations, nodeIds, stopRule } = suspects;
    const rule = stopRule === null ? {} : { stopRule: { targetError: stopRule.targetError, sppMin: stopRule.minSpp } };
    const fields = { sessionId, token, computations: [...computations], nodeIds: [...nodeIds], ...rule };
    return this.#client.unary("takeOut", create(TakeOutRequestSchema, fields), openTimeoutMs);
  }

  /** Replaces a former watch. */
  watch(listener: TileListener): void {
    const { sessionId, token } = this.access;
    this.#watch?.cancel();
    const stream = this.#client.serverStream<object, TileStatuses>(
      "watchTiles",
      create(WatchTilesRequestSchema, { sessionId, token }),
    );
    this.#watch = stream;
    stream.on("data", (statuses) => this.#watch === stream && listener.statuses(statuses));
    const broken = (error: unknown) => {
      if (this.#watch !== stream) return;
      this.#watch = undefined;
      listener.broken(this.#client.error(error));
    };
    stream.on("error", broken);
    stream.on("end", () => broken(new Error("the merger ended the stream")));
  }

  receipt(): Promise<FilmReceipt> {
    const { sessionId, token } = this.access;
    return this.#client.unary("readReceipt", create(ReceiptRequestSchema, { sessionId, token }), receiptTimeoutMs);
  }

  /** Why nothing denoises there; empty: something does. */
  async denoiserMissing(): Promise<string> {
    const { sessionId, token } = this.access;
    const request = create(DenoiserRequestSchema, { sessionId, token });
    return (await this.#client.unary<typeof request, PreviewDenoiser>("readDenoiser", request, openTimeoutMs)).missing;
  }

  /** What the film holds there now. */
  readPixel(x: number, y: number): Promise<FilmPixel> {
    const { sessionId, token } = this.access;
    return this.#client.unary(
      "readPixel",
      create(PixelRequestSchema, { sessionId, token, x, y }),
      limits.pickTimeoutMs,
    );
  }

  encodeImage(request: EncodeImageRequest): EncodedImage {
    const { sessionId, token } = this.access;
    const chunks = this.#client.serverStream<EncodeImageRequest, ImageChunk>("encodeImage", {
      ...request,
      sessionId,
      token,
    });
    return { chunks, error: (thrown) => this.error(thrown) };
  }

  /** Into the farm's store of finished images. */
  storeImage(image: EncodeImageRequest): Promise<StoreImageReply> {
    const { sessionId, token } = this.access;
    const request = create(StoreImageRequestSchema, { sessionId, token, image });
    return this.#client.unary("storeImage", request, checkpointTimeoutMs);
  }

  /** For one viewer; it ends with the merger. Errors are grpc-js's: convert them with `error()`. */
  preview(): ClientDuplexStream<PreviewRequest, EncodedFrame> {
    return this.#client.duplex("preview", { "arras-token": this.access.token }, encodedFrame);
  }

  error(thrown: unknown): ArrasError {
    return this.#client.error(thrown);
  }

  close(): void {
    const watch = this.#watch;
    this.#watch = undefined;
    watch?.cancel();
    this.#client.close();
  }
}
