// The merger of a rehearsal: it serves a film of which it knows only what is merged, and shows tiles that are black.
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import { type GrpcServer, serveGrpc } from "../../host/grpc-server.ts";
import {
  FilmReceiptSchema,
  FilmService,
  OpenFilmReplySchema,
  type TileStatuses,
  TileStatusesSchema,
  type WatchTilesRequest,
} from "../../proto/gen/arras/v1/film_pb.ts";
import {
  PreviewEncoding,
  type PreviewFrame,
  PreviewFrameSchema,
  type PreviewRequest,
} from "../../proto/gen/arras/v1/preview_pb.ts";
import { SampleIntervals } from "../../proto/sample-intervals.ts";
import type { Unit } from "../../proto/unit.ts";

/** Of a coarse tile, packed. */
const contentSizeBytes = 200;

export class PlayedMerger {
  #server: GrpcServer | undefined;
  #ledger: ServerWritableStream<WatchTilesRequest, TileStatuses> | undefined;
  #viewer: ServerDuplexStream<PreviewRequest, PreviewFrame> | undefined;
  readonly #merged = new Map<number, SampleIntervals>();
  #version = 0n;
  #frameIndex = 0n;
  readonly #unshown: Unit[] = [];

  /** Resolves with its address. */
  async start(): Promise<string> {
    this.#server = await serveGrpc("127.0.0.1:0", [{ service: FilmService, implementation: this.#served() }]);
    return this.#server.address;
  }

  /** Its sums have come: they are told and shown together with what comes in the same moment. */
  take(units: readonly Unit[]): void {
    const tiles = units.filter(({ stridePx }) => stridePx === 1).map((unit) => this.#mergedTile(unit));
    if (tiles.length > 0) this.#ledger?.write(create(TileStatusesSchema, { epoch: 1, tiles }));
    this.#unshown.push(...units);
    this.#show();
  }

  #mergedTile({ tileIndex, rect, sampleBegin, sampleEnd }: Unit) {
    const merged = this.#merged.get(tileIndex) ?? new SampleIntervals();
    this.#merged.set(tileIndex, merged);
    merged.add(sampleBegin, sampleEnd);
    return { tileIndex, cells: [{ rect, merged: merged.ranges() }], version: ++this.#version };
  }

  #show(): void {
    if (this.#viewer === undefined || this.#unshown.length === 0) return;
    const tiles = this.#unshown.splice(0).map(({ rect, stridePx }) => ({
      output: "beauty",
      rect,
      version: ++this.#version,
      stridePx,
      channelCount: 4,
      content: new Uint8Array(contentSizeBytes),
    }));
    this.#frameIndex += 1n;
    const fields = { frameIndex: this.#frameIndex, epoch: 1, encoding: PreviewEncoding.HALF, tiles };
    this.#viewer.write(create(PreviewFrameSchema, fields));
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #served() {
    const openFilm: Answer<object> = (_, reply) => reply(null, create(OpenFilmReplySchema));
    const readReceipt: Answer<object> = (_, reply) =>
      reply(null, create(FilmReceiptSchema, { epoch: 1, filmSha256: "00", sppMean: 1 }));
    return {
      openFilm,
      readReceipt,
      watchTiles: (call: ServerWritableStream<WatchTilesRequest, TileStatuses>) => {
        call.on("error", () => {});
        this.#ledger = call;
        // Of an empty film.
        call.write(create(TileStatusesSchema, { epoch: 1, ledgerComplete: true }));
      },
      preview: (call: ServerDuplexStream<PreviewRequest, PreviewFrame>) => {
        call.on("error", () => {});
        call.on("data", () => {});
        call.on("end", () => call.end());
        this.#viewer = call;
        this.#show();
      },
    };
  }
}

type Answer<Reply> = (call: ServerUnaryCall<object, Reply>, reply: sendUnaryData<Reply>) => void;
