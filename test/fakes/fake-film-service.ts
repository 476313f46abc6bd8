// A merger without a film: serves FilmService on a socket, notes what it is asked, and says what a test makes it say.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import { toGrpcError } from "../../host/grpc-error.ts";
import { type GrpcServer, serveGrpc } from "../../host/grpc-server.ts";
import { missing } from "../../host/nats/object-store.ts";
import { ArrasError } from "../../proto/errors.ts";
import {
  type CheckpointReply,
  CheckpointReplySchema,
  type CheckpointRequest,
  type DenoiserRequest,
  type EncodeImageRequest,
  type FilmReceipt,
  FilmReceiptSchema,
  FilmService,
  type ImageChunk,
  ImageChunkSchema,
  type OpenFilmReply,
  OpenFilmReplySchema,
  type OpenFilmRequest,
  type ReceiptRequest,
  type TakeOutReply,
  TakeOutReplySchema,
  type TakeOutRequest,
  type TileStatuses,
  TileStatusesSchema,
  type WatchTilesRequest,
} from "../../proto/gen/arras/v1/film_pb.ts";
import { type PreviewDenoiser, PreviewDenoiserSchema } from "../../proto/gen/arras/v1/preview_pb.ts";

type Watch = ServerWritableStream<WatchTilesRequest, TileStatuses>;

export class FakeFilmService {
  readonly address: string;
  readonly opened: OpenFilmRequest[] = [];
  readonly watches: Watch[] = [];
  /** Set: what openFilm, the receipt or a picture is refused with. */
  openError: ArrasError | undefined;
  /** Checkpoints that are there; another one is object-missing. */
  readonly checkpoints = new Set<string>();
  checkpointError: ArrasError | undefined;
  readonly takenOut: TakeOutRequest[] = [];
  checkpointCount = 0;
  /** Of the next checkpoint. */
  sampleCount = 64n;
  receiptError: ArrasError | undefined;
  /** Why nothing denoises here. */
  denoiserMissing = "";
  #server: GrpcServer | undefined;

  constructor(address: string) {
    this.address = address;
  }

  async start(): Promise<this> {
    const implementation = {
      openFilm: (call: ServerUnaryCall<OpenFilmRequest, OpenFilmReply>, reply: sendUnaryData<OpenFilmReply>) => {
        this.opened.push(call.request);
        const { checkpoint } = call.request;
        if (this.openError !== undefined) reply(toGrpcError(this.openError));
        else if (checkpoint !== "" && !this.checkpoints.has(checkpoint)) reply(toGrpcError(missing(checkpoint)));
        else reply(null, create(OpenFilmReplySchema, { restored: checkpoint !== "" }));
      },
      writeCheckpoint: (
        _: ServerUnaryCall<CheckpointRequest, CheckpointReply>,
        reply: sendUnaryData<CheckpointReply>,
      ) => {
        this.checkpointCount += 1;
        if (this.checkpointError !== undefined) return reply(toGrpcError(this.checkpointError));
        const digest = this.checkpointCount.toString(16).padStart(64, "0");
        this.checkpoints.add(digest);
        reply(null, create(CheckpointReplySchema, { digest, sizeBytes: 1000n, sampleCount: this.sampleCount }));
      },
      readDenoiser: (_: ServerUnaryCall<DenoiserRequest, PreviewDenoiser>, reply: sendUnaryData<PreviewDenoiser>) =>
        reply(null, create(PreviewDenoiserSchema, { missing: this.denoiserMissing })),
      takeOut: (call: ServerUnaryCall<TakeOutRequest, TakeOutReply>, reply: sendUnaryData<TakeOutReply>) => {
        this.takenOut.push(call.request);
        reply(null, create(TakeOutReplySchema, { tileCount: 1, sampleCount: 64n }));
      },
      watchTiles: (call: Watch) => {
        this.watches.push(call);
        call.on("error", () => {});
      },
      readReceipt: (_: ServerUnaryCall<ReceiptRequest, FilmReceipt>, reply: sendUnaryData<FilmReceipt>) => {
        if (this.receiptError !== undefined) reply(toGrpcError(this.receiptError));
        else reply(null, create(FilmReceiptSchema, { epoch: 1, filmSha256: "abc", sppMean: 1 }));
      },
      encodeImage: (call: ServerWritableStream<EncodeImageRequest, ImageChunk>) => {
        const { sessionId, token } = call.request;
        call.write(create(ImageChunkSchema, { content: Buffer.from(`${sessionId} ${token}`) }));
        call.end();
      },
    };
    this.#server = await serveGrpc(this.address, [{ service: FilmService, implementation }]);
    return this;
  }

  /** To the newest watcher. */
  say(tiles: MessageInitShape<typeof TileStatusesSchema>["tiles"] = [], ledgerComplete = false, epoch = 1): void {
    this.watches.at(-1)?.write(create(TileStatusesSchema, { epoch, tiles: tiles ?? [], ledgerComplete }));
  }

  breakWatch(): void {
    const error = new ArrasError("unavailable", { message: "broken by the test", action: "None." });
    this.watches.at(-1)?.emit("error", toGrpcError(error));
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}
