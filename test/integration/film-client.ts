// What tests and benches ask of a FilmService: calls as promises, contributions as an in-flight window.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ClientDuplexStream, ClientReadableStream } from "@grpc/grpc-js";
import type { GrpcClient } from "../../host/grpc-client.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import { filmSpecToMessage } from "../../proto/film-spec-message.ts";
import { PlaneEncoding } from "../../proto/gen/arras/v1/common_pb.ts";
import {
  type Acknowledgement,
  type CheckpointReply,
  CheckpointRequestSchema,
  type Contribution,
  ContributionSchema,
  EncodeImageRequestSchema,
  type FilmReceipt,
  type ImageChunk,
  type OpenFilmReply,
  OpenFilmRequestSchema,
  ReceiptRequestSchema,
  type TileStatuses,
  WatchTilesRequestSchema,
} from "../../proto/gen/arras/v1/film_pb.ts";
import { type Unit, unitToMessage } from "../../proto/unit.ts";
import type { WirePlane } from "../../proto/wire-plane.ts";
import { sessionId, token } from "./merger-process.ts";

const encodings = {
  constant: PlaneEncoding.CONSTANT,
  int32: PlaneEncoding.INT32,
  float64: PlaneEncoding.FLOAT64,
  float32: PlaneEncoding.FLOAT32,
} as const;

export function contributionMessage(unit: Unit, planes: readonly WirePlane[], computation: string): Contribution {
  return create(ContributionSchema, {
    sessionId,
    unit: unitToMessage(unit),
    planes: planes.map(({ encoding, bytes }) => ({
      $typeName: "arras.v1.Plane" as const,
      encoding: encodings[encoding],
      values: bytes,
    })),
    computation,
  });
}

export function openFilm(client: GrpcClient, epoch: number, spec: FilmSpec, checkpoint = ""): Promise<OpenFilmReply> {
  const request = create(OpenFilmRequestSchema, { sessionId, token, epoch, film: filmSpecToMessage(spec), checkpoint });
  return client.unary("openFilm", request, 60_000);
}

export function writeCheckpoint(client: GrpcClient): Promise<CheckpointReply> {
  return client.unary("writeCheckpoint", create(CheckpointRequestSchema, { sessionId, token }), 60_000);
}

export function readReceipt(client: GrpcClient): Promise<FilmReceipt> {
  return client.unary("readReceipt", create(ReceiptRequestSchema, { sessionId, token }), 60_000);
}

/** Sends messages with at most `inFlightMax` unacknowledged; resolves with all acknowledgements, in order. */
export function contributeAll(
  client: GrpcClient,
  messages: Iterable<Contribution>,
  inFlightMax = 8,
): Promise<Acknowledgement[]> {
  const call: ClientDuplexStream<Contribution, Acknowledgement> = client.duplex("contribute", { "arras-token": token });
  const waiting = messages[Symbol.iterator]();
  const acknowledgements: Acknowledgement[] = [];
  return new Promise((resolve, reject) => {
    const sendNext = () => {
      const next = waiting.next();
      if (next.done) call.end();
      else call.write(next.value);
    };
    call.on("data", (acknowledgement: Acknowledgement) => {
      acknowledgements.push(acknowledgement);
      sendNext();
    });
    call.on("error", (error) => reject(client.error(error)));
    call.on("end", () => resolve(acknowledgements));
    for (let k = 0; k < inFlightMax; k++) sendNext();
  });
}

/** `seen` gets every message until the call is cancelled. */
export function watchTiles(
  client: GrpcClient,
  seen: (message: TileStatuses) => void,
): ClientReadableStream<TileStatuses> {
  const call = client.serverStream<object, TileStatuses>(
    "watchTiles",
    create(WatchTilesRequestSchema, { sessionId, token }),
  );
  call.on("data", seen);
  call.on("error", () => {}); // cancelled by the test
  return call;
}

export function encodeImage(
  client: GrpcClient,
  request: MessageInitShape<typeof EncodeImageRequestSchema>,
): Promise<Buffer> {
  const message = create(EncodeImageRequestSchema, { sessionId, token, ...request });
  const call = client.serverStream<object, ImageChunk>("encodeImage", message);
  const chunks: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    call.on("data", (chunk: ImageChunk) => chunks.push(chunk.content));
    call.on("error", (error) => reject(client.error(error)));
    call.on("end", () => resolve(Buffer.concat(chunks)));
  });
}
