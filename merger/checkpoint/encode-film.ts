// A film as a checkpoint's bytes, tile by tile: each tile as it is when its frame is asked for. What happens to other
// tiles meanwhile does not matter (checkpoint.proto).
import { create, toBinary } from "@bufbuild/protobuf";
import { filmSpecToMessage } from "../../proto/film-spec-message.ts";
import {
  CheckpointEndSchema,
  CheckpointHeaderSchema,
  CheckpointTileSchema,
} from "../../proto/gen/arras/v1/checkpoint_pb.ts";
import { areaPx } from "../../proto/rect.ts";
import { tileRect } from "../../proto/tiling.ts";
import { softwareVersion } from "../../proto/version.ts";
import type { FilmEpoch } from "../film-epoch.ts";
import { placementOf } from "../merge-planes.ts";
import { FrameWriter, frameKinds } from "./frame.ts";
import { shortestEncoding, tilePlaneSizeBytes, writeTilePlane } from "./tile-plane.ts";

export interface CheckpointOrigin {
  readonly sessionId: string;
  /** The session's SessionSpec. */
  readonly sessionSpec: Uint8Array;
}

/** Pixel samples, counted while the bytes are made. */
export interface CheckpointCount {
  sampleCount: number;
}

/** Each piece is valid until the next is asked for. A piece is at most one tile. */
export function* checkpointPieces(
  state: FilmEpoch,
  origin: CheckpointOrigin,
  count: CheckpointCount,
): Generator<Uint8Array> {
  const frames = new FrameWriter();
  yield frames.begin();
  const header = create(CheckpointHeaderSchema, {
    ...origin,
    softwareVersion,
    epoch: state.epoch,
    film: filmSpecToMessage(state.spec),
  });
  yield frames.frame(frameKinds.header, toBinary(CheckpointHeaderSchema, header));
  let tileCount = 0;
  count.sampleCount = 0;
  for (let tileIndex = 0; tileIndex < state.tiling.tileCount; tileIndex++) {
    const sampleCount = tileSampleCount(state, tileIndex);
    if (sampleCount === 0) continue;
    count.sampleCount += sampleCount;
    tileCount += 1;
    yield tileFrame(frames, state, tileIndex);
  }
  const end = create(CheckpointEndSchema, {
    tileCount,
    sampleCount: BigInt(count.sampleCount),
    contributors: state.contributors.all.map((one) => ({
      $typeName: "arras.v1.CheckpointContributor" as const,
      ...one,
      duplicateCount: BigInt(one.duplicateCount),
    })),
    barredNodeIds: [...state.contributors.barredNodeIds],
  });
  yield frames.frame(frameKinds.end, toBinary(CheckpointEndSchema, end));
}

function tileSampleCount(state: FilmEpoch, tileIndex: number): number {
  let sampleCount = 0;
  for (const { rect, ranges } of state.ledger.regions(tileIndex)) {
    for (const { begin, end } of ranges) sampleCount += areaPx(rect) * (end - begin);
  }
  return sampleCount;
}

function tileFrame(frames: FrameWriter, state: FilmEpoch, tileIndex: number): Uint8Array {
  const { film } = state;
  const rect = tileRect(state.tiling, tileIndex);
  const place = placementOf(film.spec.cropWindow, rect);
  const encodings = film.planes.map((plane) => shortestEncoding(plane, place));
  const sizes = encodings.map((encoding) => tilePlaneSizeBytes(encoding, areaPx(rect))!);
  const tile = create(CheckpointTileSchema, {
    tileIndex,
    cells: state.ledger.regions(tileIndex).map(({ rect: cell, ranges }) => ({ rect: cell, merged: [...ranges] })),
    errors: [...state.errors(tileIndex)],
    shares: state.contributors.shares(tileIndex).map((share) => ({
      $typeName: "arras.v1.TileShare" as const,
      contributorIndex: share.contributorIndex,
      sampleCount: BigInt(share.sampleCount),
      unitCount: BigInt(share.unitCount),
      clampedCount: BigInt(share.clampedCount),
      nonFiniteCount: BigInt(share.nonFiniteCount),
    })),
    encodings,
  });
  const planesSizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  return frames.frame(frameKinds.tile, toBinary(CheckpointTileSchema, tile), planesSizeBytes, (memory, offset) => {
    let at = offset;
    for (const [index, plane] of film.planes.entries()) {
      writeTilePlane(plane, place, encodings[index], memory, at);
      at += sizes[index];
    }
  });
}
