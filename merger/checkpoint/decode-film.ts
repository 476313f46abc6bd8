// A checkpoint's bytes into an empty film. It believes nothing: what could not have come from a film of this
// specification is refused, and then the film is spoilt and must be dropped.
import { create, type DescMessage, equals, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { ArrasError } from "../../proto/errors.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import { filmSpecToMessage } from "../../proto/film-spec-message.ts";
import {
  type CheckpointEnd,
  CheckpointEndSchema,
  type CheckpointHeader,
  CheckpointHeaderSchema,
  type CheckpointTile,
  CheckpointTileSchema,
  type TileShare as TileShareMessage,
} from "../../proto/gen/arras/v1/checkpoint_pb.ts";
import { FilmSpecSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import { SceneEditsSchema } from "../../proto/gen/arras/v1/edits_pb.ts";
import { RenderSpecSchema } from "../../proto/gen/arras/v1/scene_pb.ts";
import { type SessionSpec, SessionSpecSchema } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";
import { areaPx, type PixelRect, sameRect } from "../../proto/rect.ts";
import { tileRect } from "../../proto/tiling.ts";
import type { TileShare } from "../contributors.ts";
import { type FilmEpoch, isDecisionCount } from "../film-epoch.ts";
import { placementOf } from "../merge-planes.ts";
import { checkpointBroken, type Frame, frameKinds, framesOf } from "./frame.ts";
import { planeBounds, readTilePlane, tilePlaneSizeBytes } from "./tile-plane.ts";

/**
 * Rejects with `checkpoint-broken`; `checkpoint-mismatch` where the checkpoint is of another film or scene; and with
 * what `source` throws. `sessionSpec`: of the session that goes on with the film.
 */
export async function fillFromCheckpoint(
  state: FilmEpoch,
  source: AsyncIterable<Uint8Array>,
  sessionSpec: Uint8Array,
): Promise<void> {
  const reader = new CheckpointReader(state, fromBinary(SessionSpecSchema, sessionSpec));
  for await (const frame of framesOf(source)) {
    try {
      reader.take(frame);
    } catch (thrown) {
      // What film, ledger and messages refuse is this file's fault, not theirs.
      throw thrown instanceof ArrasError ? thrown : checkpointBroken("says what no film can hold", thrown);
    }
  }
  reader.requireWhole();
}

class CheckpointReader {
  readonly #state: FilmEpoch;
  readonly #session: SessionSpec;
  #expected: "header" | "tile or end" | "nothing" = "header";
  #tileCount = 0;
  #sampleCount = 0;
  #lastTileIndex = -1;
  #contributorCount = 0;

  constructor(state: FilmEpoch, session: SessionSpec) {
    this.#state = state;
    this.#session = session;
  }

  take(frame: Frame): void {
    if (frame.kind === frameKinds.header && this.#expected === "header") {
      this.#takeHeader(messageOf(CheckpointHeaderSchema, frame));
      this.#expected = "tile or end";
    } else if (frame.kind === frameKinds.tile && this.#expected === "tile or end") {
      this.#takeTile(messageOf(CheckpointTileSchema, frame), frame);
    } else if (frame.kind === frameKinds.end && this.#expected === "tile or end") {
      this.#takeEnd(messageOf(CheckpointEndSchema, frame));
      this.#expected = "nothing";
    } else throw checkpointBroken(`has a frame of kind ${frame.kind} where ${this.#expected} should be`);
  }

  requireWhole(): void {
    if (this.#expected !== "nothing") throw checkpointBroken("is cut short");
  }

  #takeHeader(header: CheckpointHeader): void {
    const spec = this.#state.spec;
    if (header.film === undefined || !equals(FilmSpecSchema, header.film, filmSpecToMessage(spec))) {
      throw mismatch("is of another film", spec);
    }
    if (!showSame(fromBinary(SessionSpecSchema, header.sessionSpec), this.#session))
      throw mismatch("is of another scene, camera or edits", spec);
  }

  #takeTile(tile: CheckpointTile, frame: Frame): void {
    const { ledger, contributors, tiling } = this.#state;
    const { tileIndex } = tile;
    if (tileIndex <= this.#lastTileIndex || tileIndex >= tiling.tileCount) {
      throw checkpointBroken(`has tile ${tileIndex} of ${tiling.tileCount} after tile ${this.#lastTileIndex}`);
    }
    this.#lastTileIndex = tileIndex;
    this.#tileCount += 1;
    this.#takeCells(tile);
    let sampleCount = 0;
    let sampleCountMax = 0;
    for (const { rect, ranges } of ledger.regions(tileIndex)) {
      const ofCell = ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
      this.#count(rect, ofCell);
      sampleCount += areaPx(rect) * ofCell;
      sampleCountMax = Math.max(sampleCountMax, ofCell);
    }
    if (sampleCount === 0) throw checkpointBroken(`has no samples in tile ${tileIndex}`);
    this.#sampleCount += sampleCount;
    this.#takePlanes(tile, frame, sampleCountMax);
    contributors.restoreTile(tileIndex, this.#sharesOf(tile, sampleCount));
    this.#takeErrors(tile);
  }

  #takeCells({ tileIndex, cells }: CheckpointTile): void {
    const { ledger, spec } = this.#state;
    for (const { rect, merged } of cells) {
      for (const { begin, end } of merged) {
        if (rect === undefined || end > spec.maxSpp)
          throw checkpointBroken(`has an impossible cell in tile ${tileIndex}`);
        ledger.record(tileIndex, rect, begin, end);
      }
    }
    // A ledger has one way to say something, so what is said otherwise overlaps or leaves something out.
    const regions = ledger.regions(tileIndex);
    const isSame = regions.every(({ rect, ranges }, at) => {
      const cell = cells[at];
      return cell?.rect !== undefined && sameRect(cell.rect, rect) && cell.merged.length === ranges.length;
    });
    if (!isSame || regions.length !== cells.length)
      throw checkpointBroken(`has cells of tile ${tileIndex} that are not its cut`);
  }

  #count(rect: PixelRect, sampleCount: number): void {
    const { counts, spec } = this.#state.film;
    const place = placementOf(spec.cropWindow, rect);
    for (let y = 0; y < place.heightPx; y++) {
      const row = place.offset + y * place.stridePx;
      counts.fill(sampleCount, row, row + place.widthPx);
    }
  }

  #takePlanes({ tileIndex, encodings }: CheckpointTile, frame: Frame, sampleCountMax: number): void {
    const { spec, planes, channels } = this.#state.film;
    const rect = tileRect(this.#state.tiling, tileIndex);
    const sizes = encodings.map((encoding) => tilePlaneSizeBytes(encoding, areaPx(rect)) ?? Number.NaN);
    const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
    if (encodings.length !== channels.length || sizeBytes !== frame.planesSizeBytes) {
      throw checkpointBroken(`has ${encodings.length} planes of ${frame.planesSizeBytes} bytes in tile ${tileIndex}`);
    }
    const place = placementOf(spec.cropWindow, rect);
    let offset = frame.planesOffset;
    for (const [index, channel] of channels.entries()) {
      const bounds = planeBounds(spec, channel, sampleCountMax);
      if (!readTilePlane(planes[index], place, encodings[index], frame.memory, offset, bounds)) {
        throw checkpointBroken(
          `has a value in tile ${tileIndex} that no ${channel.output}.${channel.channel} can have`,
        );
      }
      offset += sizes[index];
    }
  }

  #sharesOf({ tileIndex, shares }: CheckpointTile, sampleCount: number): TileShare[] {
    const read = shares.map(shareOf);
    const indices = new Set(read.map(({ contributorIndex }) => contributorIndex));
    const total = read.reduce((sum, share) => sum + share.sampleCount, 0);
    if (indices.size !== read.length || total !== sampleCount) {
      throw checkpointBroken(`has shares of ${total} samples in tile ${tileIndex}, which has ${sampleCount}`);
    }
    for (const index of indices) this.#contributorCount = Math.max(this.#contributorCount, index + 1);
    return read;
  }

  #takeErrors({ tileIndex, errors }: CheckpointTile): void {
    const sound = errors.every(
      ({ spp, error }, at) => isDecisionCount(spp) && error >= 0 && (at === 0 || spp > errors[at - 1].spp),
    );
    if (!sound) throw checkpointBroken(`has impossible errors in tile ${tileIndex}`);
    this.#state.restoreErrors(
      tileIndex,
      errors.map(({ spp, error }) => ({ spp, error })),
    );
  }

  #takeEnd({ tileCount, sampleCount, contributors, barredNodeIds }: CheckpointEnd): void {
    if (tileCount !== this.#tileCount || sampleCount !== BigInt(this.#sampleCount)) {
      throw checkpointBroken(`ends after ${this.#tileCount} of ${tileCount} tiles`);
    }
    if (contributors.length < this.#contributorCount || contributors.length > limits.contributorsMax) {
      throw checkpointBroken(`names ${contributors.length} contributors of ${this.#contributorCount}`);
    }
    const all = contributors.map(({ computation, nodeId, duplicateCount }) => ({
      computation,
      nodeId,
      duplicateCount: Number(duplicateCount),
    }));
    this.#state.contributors.restoreAll(all, barredNodeIds);
    if (this.#state.contributors.all.length !== all.length) throw checkpointBroken("names a contributor twice");
  }
}

function messageOf<Desc extends DescMessage>(schema: Desc, frame: Frame): MessageShape<Desc> {
  return fromBinary(schema, frame.message);
}

function shareOf(share: TileShareMessage): TileShare {
  return {
    contributorIndex: share.contributorIndex,
    sampleCount: Number(share.sampleCount),
    unitCount: Number(share.unitCount),
    clampedCount: Number(share.clampedCount),
    nonFiniteCount: Number(share.nonFiniteCount),
  };
}

/** What a sample is a function of. Budget, machines and names may differ. */
function showSame(a: SessionSpec, b: SessionSpec): boolean {
  const none = create(SceneEditsSchema);
  if (!equals(SceneEditsSchema, a.edits ?? none, b.edits ?? none)) return false;
  return a.render === undefined || b.render === undefined
    ? a.render === b.render
    : equals(RenderSpecSchema, a.render, b.render);
}

function mismatch(how: string, { widthPx, heightPx, outputs }: FilmSpec): ArrasError {
  return new ArrasError("checkpoint-mismatch", {
    message: `The checkpoint ${how} than this one of ${widthPx}×${heightPx} pixels with ${outputs.join(", ")}`,
    action: "Nothing: the frame is rendered anew.",
  });
}
