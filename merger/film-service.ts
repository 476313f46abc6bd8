// FilmService over gRPC: messages in, calls of the merger, messages out. Back-pressure both ways: nothing is read from
// a sender that does not take its acknowledgements, and a slow watcher gets fewer messages.
import { createHash, timingSafeEqual } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { toGrpcError } from "../host/grpc-error.ts";
import type { ServedService } from "../host/grpc-server.ts";
import { streamReply } from "../host/grpc-stream.ts";
import { unary } from "../host/grpc-unary.ts";
import type { Log } from "../host/log.ts";
import { errorToMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import { filmSpecFromMessage } from "../proto/film-spec-message.ts";
import { type Plane, PlaneEncoding as PlaneEncodingMessage } from "../proto/gen/arras/v1/common_pb.ts";
import {
  type Acknowledgement,
  Admission as AdmissionMessage,
  CheckpointReplySchema,
  type CheckpointRequest,
  type Contribution,
  type DenoiserRequest,
  type EncodeImageRequest,
  FilmReceiptSchema,
  FilmService,
  type ImageChunk,
  OpenFilmReplySchema,
  type OpenFilmRequest,
  type PixelRequest,
  type ReceiptRequest,
  StoreImageReplySchema,
  type StoreImageRequest,
  TakeOutReplySchema,
  type TakeOutRequest,
  type TileStatuses,
  type WatchTilesRequest,
} from "../proto/gen/arras/v1/film_pb.ts";
import { stopRuleFromMessage } from "../proto/stop-rule.ts";
import { unitFromMessage } from "../proto/unit.ts";
import type { PlaneEncoding, WirePlane } from "../proto/wire-plane.ts";
import type { Admission } from "./admit.ts";
import type { Checkpoints } from "./checkpoint/checkpoints.ts";
import { malformed } from "./contribution-reader.ts";
import { filmPixel } from "./film-pixel.ts";
import type { FinishedImages } from "./finished-images.ts";
import type { ImageEncoder } from "./image-encoder.ts";
import type { Merger } from "./merger.ts";
import { denoiserMessage, type PreviewCall, type PreviewSource, servePreview } from "./preview/preview-service.ts";
import { TileFeed } from "./tile-feed.ts";

export interface FilmServiceOptions {
  readonly merger: Merger;
  readonly checkpoints: Checkpoints;
  readonly encoder: ImageEncoder;
  readonly images: FinishedImages;
  readonly preview: PreviewSource;
  readonly sessionId: string;
  readonly token: string;
  readonly log: Log;
}

export function filmService(options: FilmServiceOptions): ServedService {
  const { merger } = options;
  return {
    service: FilmService,
    implementation: {
      openFilm: authorised(options, async (request: OpenFilmRequest, signal) => {
        const film = filmSpecFromMessage(request.film);
        const restored = await options.checkpoints.open({ ...request, film }, signal);
        options.log.info({ epoch: request.epoch, restored }, "film opened");
        return create(OpenFilmReplySchema, { restored });
      }),
      writeCheckpoint: authorised(options, async (_request: CheckpointRequest, signal) => {
        const written = await options.checkpoints.write(signal);
        options.log.info(written, "checkpoint written");
        const { digest, sizeBytes, sampleCount } = written;
        return create(CheckpointReplySchema, {
          digest,
          sizeBytes: BigInt(sizeBytes),
          sampleCount: BigInt(sampleCount),
        });
      }),
      storeImage: authorised(options, async ({ image }: StoreImageRequest, signal) => {
        const { digest, sizeBytes } = await options.images.store(image, signal);
        options.log.info({ digest, sizeBytes, format: image?.format.case }, "finished image stored");
        return create(StoreImageReplySchema, { digest, sizeBytes: BigInt(sizeBytes) });
      }),
      takeOut: authorised(options, (request: TakeOutRequest) => {
        const { computations, nodeIds } = request;
        const stopRule = request.stopRule && stopRuleFromMessage(request.stopRule);
        const { tileCount, sampleCount } = merger.takeOut({ computations, nodeIds, stopRule });
        options.log.warn({ computations, nodeIds, tileCount, sampleCount }, "samples taken out");
        return create(TakeOutReplySchema, { tileCount, sampleCount: BigInt(sampleCount) });
      }),
      readReceipt: authorised(options, (_request: ReceiptRequest) => receiptMessage(merger)),
      readDenoiser: authorised(options, async (_request: DenoiserRequest) => {
        const { denoiser } = options.preview;
        const missing = await denoiser.missing();
        return denoiserMessage(denoiser, missing, merger.state?.spec.outputs ?? []);
      }),
      readPixel: authorised(options, ({ x, y }: PixelRequest) => filmPixel(merger.requireOpen(), x, y)),
      preview: (call: PreviewCall) => preview(options, call),
      contribute: (call: ServerDuplexStream<Contribution, Acknowledgement>) => contribute(options, call),
      watchTiles: (call: ServerWritableStream<WatchTilesRequest, TileStatuses>) => watchTiles(options, call),
      encodeImage: (call: ServerWritableStream<EncodeImageRequest, ImageChunk>) => encodeImage(options, call),
    },
  };
}

interface Authorised {
  readonly sessionId: string;
  readonly token: string;
}

/** `signal`: whoever asked is gone. */
function authorised<Request extends Authorised, Reply>(
  options: FilmServiceOptions,
  answer: (request: Request, signal: AbortSignal) => Reply | Promise<Reply>,
) {
  return unary(({ request }: ServerUnaryCall<Request, Reply>, signal) => {
    requireToken(options, request.token);
    requireSession(options, request.sessionId);
    return answer(request, signal);
  });
}

function preview(options: FilmServiceOptions, call: PreviewCall): void {
  call.on("error", (error) => options.log.debug({ error: error.message }, "preview stream ended"));
  try {
    requireToken(options, String(call.metadata.get("arras-token")[0] ?? ""));
    servePreview(options.preview, call);
  } catch (thrown) {
    call.emit("error", toGrpcError(thrown));
  }
}

function contribute(options: FilmServiceOptions, call: ServerDuplexStream<Contribution, Acknowledgement>): void {
  try {
    requireToken(options, String(call.metadata.get("arras-token")[0] ?? ""));
  } catch (thrown) {
    call.emit("error", toGrpcError(thrown));
    return;
  }
  let isEnded = false;
  call.on("data", (message: Contribution) => {
    if (isEnded) return;
    if (options.merger.state === undefined) {
      // Not refused: it is nobody's fault when a computation is sooner at a new merger than the coordinator.
      isEnded = true;
      call.emit("error", toGrpcError(notYetOpen()));
      return;
    }
    const admission = admitMessage(options, message);
    if (admission.t === "refused") {
      options.log.warn({ computation: message.computation, code: admission.error.code }, admission.error.message);
    }
    if (!call.write(acknowledgement(message, admission))) call.pause();
  });
  call.on("drain", () => call.resume());
  call.on("end", () => call.end());
  // A sender that dies mid-stream is no event for the merger: what it sent whole is in, the rest never was.
  call.on("error", (error) => options.log.debug({ error: error.message }, "contribution stream ended"));
}

function notYetOpen(): ArrasError {
  return new ArrasError("unavailable", {
    message: "The film is not open yet",
    action: "Connect again, and send again what was not acknowledged.",
  });
}

function admitMessage({ merger, sessionId }: FilmServiceOptions, message: Contribution): Admission {
  try {
    if (message.sessionId !== sessionId) throw malformed(`it is for another session than ${sessionId}`);
    const unit = unitFromMessage(message.unit);
    return merger.contribute(unit, message.planes.map(wirePlane), message);
  } catch (thrown) {
    if (thrown instanceof ArrasError) return { t: "refused", error: thrown };
    throw thrown;
  }
}

const encodings: Partial<Record<PlaneEncodingMessage, PlaneEncoding>> = {
  [PlaneEncodingMessage.CONSTANT]: "constant",
  [PlaneEncodingMessage.INT32]: "int32",
  [PlaneEncodingMessage.FLOAT64]: "float64",
  [PlaneEncodingMessage.FLOAT32]: "float32",
};

function wirePlane(plane: Plane): WirePlane {
  const encoding = encodings[plane.encoding];
  if (encoding === undefined) throw malformed(`a plane has the unknown encoding ${plane.encoding}`);
  return { encoding, bytes: plane.values };
}

const admissions = {
  added: AdmissionMessage.ADDED,
  coarse: AdmissionMessage.ADDED,
  duplicate: AdmissionMessage.DUPLICATE,
  stale: AdmissionMessage.STALE,
  refused: AdmissionMessage.REFUSED,
} as const satisfies Record<Admission["t"], AdmissionMessage>;

function acknowledgement({ unit }: Contribution, admission: Admission): Acknowledgement {
  // As `create` would make it, in a fraction of the time.
  const message: Acknowledgement = { $typeName: "arras.v1.Acknowledgement", admission: admissions[admission.t] };
  if (unit !== undefined) message.unit = unit;
  if (admission.t === "refused") message.error = errorToMessage(admission.error);
  return message;
}

function watchTiles(options: FilmServiceOptions, call: ServerWritableStream<WatchTilesRequest, TileStatuses>): void {
  const { merger } = options;
  const feed = new TileFeed();
  let isBlocked = false;
  const pump = () => {
    while (!isBlocked && !call.cancelled && !call.destroyed) {
      const message = feed.next(merger.state);
      if (message === undefined) return;
      isBlocked = !call.write(message);
    }
  };
  try {
    requireToken(options, call.request.token);
    requireSession(options, call.request.sessionId);
    const stop = merger.watch(pump);
    call.on("close", stop);
    call.on("cancelled", stop);
  } catch (thrown) {
    call.emit("error", toGrpcError(thrown));
    return;
  }
  call.on("drain", () => {
    isBlocked = false;
    pump();
  });
  call.on("error", (error) => options.log.debug({ error: error.message }, "tile watch ended"));
  pump();
}

function encodeImage(options: FilmServiceOptions, call: ServerWritableStream<EncodeImageRequest, ImageChunk>): void {
  const { merger, encoder, sessionId } = options;
  call.on("error", (error) => options.log.debug({ error: error.message }, "image stream ended"));
  void streamReply(call, async function* (signal): AsyncGenerator<ImageChunk> {
    requireToken(options, call.request.token);
    requireSession(options, call.request.sessionId);
    for await (const content of encoder.encode(merger, call.request, sessionId, () => signal.aborted))
      yield { $typeName: "arras.v1.ImageChunk", content };
  });
}

async function receiptMessage(merger: Merger) {
  const receipt = await merger.receipt();
  return create(FilmReceiptSchema, {
    ...receipt,
    sampleCount: BigInt(receipt.sampleCount),
    contributors: receipt.contributors.map((one) => ({
      $typeName: "arras.v1.ContributorTotals" as const,
      computation: one.computation,
      sampleCount: BigInt(one.sampleCount),
      unitCount: BigInt(one.unitCount),
      duplicateCount: BigInt(one.duplicateCount),
      clampedCount: BigInt(one.clampedCount),
      nonFiniteCount: BigInt(one.nonFiniteCount),
    })),
  });
}

function requireSession({ sessionId }: FilmServiceOptions, asked: string): void {
  if (asked === sessionId) return;
  throw new ArrasError("session-missing", {
    message: `This merger holds session ${sessionId}, not ${JSON.stringify(asked.slice(0, 80))}`,
    action: "Ask the coordinator where the session's merger is.",
  });
}

/** Digests are compared, so that the time taken tells neither the token nor its length. */
function requireToken({ token }: FilmServiceOptions, given: string): void {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  if (timingSafeEqual(digest(token), digest(given))) return;
  throw new ArrasError("unauthenticated", {
    message: "The token is not this session's",
    action: "Only processes that the session's coordinator launched may talk to its merger.",
  });
}
