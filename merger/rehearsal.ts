// A merger that waits for its order opens a small film, takes coarse units and samples into it, shows it to a viewer, writes
// a checkpoint and begins with that, all of which it plays itself: so its first real film does not wait for what a process
// does for the first time.
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import type { GrpcClient } from "../host/grpc-client.ts";
import { rehearsedLog } from "../host/log.ts";
import { mergerClient } from "../host/merger-client.ts";
import { objectStorePlaceFromText, objectStorePlaceToText } from "../host/nats/object-store-place.ts";
import { loadNatsClient } from "../host/nats/object-stores.ts";
import { rehearsalCoarseUnits, rehearsalFilm, rehearsalMsMax, rehearsalUnits } from "../host/rehearsal-film.ts";
import { filmChannels } from "../proto/film-spec.ts";
import { filmSpecToMessage } from "../proto/film-spec-message.ts";
import { PlaneEncoding, PlaneSchema } from "../proto/gen/arras/v1/common_pb.ts";
import {
  type Acknowledgement,
  type CheckpointReply,
  type CheckpointRequest,
  CheckpointRequestSchema,
  type Contribution,
  ContributionSchema,
  type OpenFilmReply,
  type OpenFilmRequest,
  OpenFilmRequestSchema,
  WatchTilesRequestSchema,
} from "../proto/gen/arras/v1/film_pb.ts";
import { ComputationKind, LaunchOrderSchema } from "../proto/gen/arras/v1/node_pb.ts";
import {
  PreviewEncoding,
  type PreviewFrame,
  type PreviewRequest,
  PreviewRequestSchema,
  PreviewWishSchema,
} from "../proto/gen/arras/v1/preview_pb.ts";
import { launchOrderFromLine, launchOrderToLine } from "../proto/launch-order.ts";
import type { PixelRect } from "../proto/rect.ts";
import { tileRect, tilingOf, wholeTiles } from "../proto/tiling.ts";
import { pixelSampleCount, type Unit, unitToMessage } from "../proto/unit.ts";
import type { Denoiser } from "./denoise/denoiser.ts";
import { reservePlanes } from "./plane-memory.ts";
import { openOrderedFilm, serveFilm } from "./served-film.ts";

const sessionId = "rehearsal";
const computation = "merge";
const film = rehearsalFilm(512);
const tiling = tilingOf(film.cropWindow, film.tileSizePx);
/** Often enough for V8 to compile what each unit needs: a film's first 500 coarse tiles then take two thirds of the time. */
const roundCount = 4;
const rounds = Array.from({ length: roundCount }, (_, round) => round);
/** The coarse picture again and again, then samples everywhere. */
const units = [
  ...rounds.flatMap(() => rehearsalCoarseUnits(film)),
  ...rounds.flatMap((round) => rehearsalUnits(film, round)),
];

/** With 64 tiles in each. */
const restoredCount = 4;

/** Resolves with whether it came to its end; it is given up after a while. */
export async function rehearseFilm(folder: string, denoiser: Denoiser): Promise<boolean> {
  const [kind, token, log] = [ComputationKind.MERGE, randomUUID(), rehearsedLog()];
  const objects = join(folder, "objects");
  const objectStore = objectStorePlaceToText({ t: "folder", path: objects });
  const fields = { sessionId, computation, kind, token, listenAddress: "127.0.0.1:0", objectStore };
  const order = create(LaunchOrderSchema, { ...fields, film: filmSpecToMessage(film), filmEpoch: 1 });
  const served = await serveFilm(launchOrderFromLine(launchOrderToLine(order)), denoiser, log);
  openOrderedFilm(order, served.merger, log);
  const client = mergerClient(served.address, "");
  try {
    const request = create(OpenFilmRequestSchema, { sessionId, token, epoch: 1, film: filmSpecToMessage(film) });
    await client.unary("openFilm", request, rehearsalMsMax);
    client
      .serverStream("watchTiles", create(WatchTilesRequestSchema, { sessionId, token }))
      .on("error", () => {})
      .resume();
    const shown = look(client, token);
    const taken = contribute(client, token);
    const isDone = (await shown) && (await taken) && (await beginAgain(client, token));
    // Processes wait for orders on farms alone, whose checkpoints are in NATS.
    readNatsPlace();
    await loadNatsClient();
    reservePlanes();
    return isDone;
  } finally {
    client.close();
    await served.close();
    await rm(objects, { recursive: true, force: true });
  }
}

/** The first reading takes 10 ms. */
function readNatsPlace(): void {
  const settings = { servers: ["127.0.0.1:4222"], setting: "rehearsal", login: { t: "none" }, tls: undefined } as const;
  objectStorePlaceFromText(objectStorePlaceToText({ t: "nats", settings }));
}

/** Resolves with whether every tile came. */
function look(client: GrpcClient, token: string): Promise<boolean> {
  const stream = client.duplex<PreviewRequest, PreviewFrame>("preview", { "arras-token": token });
  const ask = (request: PreviewRequest["request"]) => stream.write(create(PreviewRequestSchema, { request }));
  const unseen = new Set(units.flatMap(({ rect }) => corners(rect)));
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(false), rehearsalMsMax);
    const end = (isDone: boolean) => {
      clearTimeout(timer);
      resolve(isDone);
    };
    stream.on("error", () => end(false));
    stream.on("data", ({ frameIndex, tiles }: PreviewFrame) => {
      for (const { rect } of tiles) for (const at of rect === undefined ? [] : corners(rect)) unseen.delete(at);
      if (unseen.size === 0) end(true);
      else ask({ case: "acknowledge", value: frameIndex });
    });
    ask({ case: "wish", value: create(PreviewWishSchema, { outputs: ["beauty"], encoding: PreviewEncoding.HALF }) });
  });
}

/** Of the tiles that are this rectangle. */
function corners(rect: PixelRect): string[] {
  return (wholeTiles(tiling, rect) ?? []).map((tileIndex) => {
    const { x0, y0 } = tileRect(tiling, tileIndex);
    return `${x0} ${y0}`;
  });
}

/** Several times, as a real film has hundreds of tiles. Resolves with whether the film went on each time. */
async function beginAgain(client: GrpcClient, token: string): Promise<boolean> {
  const ask = create(CheckpointRequestSchema, { sessionId, token });
  for (let epoch = 2; epoch < 2 + restoredCount; epoch++) {
    const { digest } = await client.unary<CheckpointRequest, CheckpointReply>("writeCheckpoint", ask, rehearsalMsMax);
    const begin = create(OpenFilmRequestSchema, {
      sessionId,
      token,
      epoch,
      film: filmSpecToMessage(film),
      checkpoint: digest,
    });
    const { restored } = await client.unary<OpenFilmRequest, OpenFilmReply>("openFilm", begin, rehearsalMsMax);
    if (!restored) return false;
  }
  return true;
}

/** Resolves with whether all of it was acknowledged. */
function contribute(client: GrpcClient, token: string): Promise<boolean> {
  const stream = client.duplex<Contribution, Acknowledgement>("contribute", { "arras-token": token });
  let leftCount = units.length;
  const taken = new Promise<boolean>((resolve) => {
    stream.on("error", () => resolve(false));
    stream.on("end", () => resolve(false));
    stream.on("data", () => {
      leftCount -= 1;
      if (leftCount === 0) resolve(true);
    });
  });
  for (const unit of units) stream.write(contributionOf(unit));
  return taken;
}

/** Black. */
function contributionOf(unit: Unit): Contribution {
  const sizeBytes = 4 * pixelSampleCount(unit);
  const planes = filmChannels(film).map(({ op }) => {
    const encoding = op === "sum" ? PlaneEncoding.INT32 : PlaneEncoding.FLOAT32;
    return create(PlaneSchema, { encoding, values: new Uint8Array(sizeBytes) });
  });
  return create(ContributionSchema, { sessionId, computation, nodeId: "", unit: unitToMessage(unit), planes });
}
