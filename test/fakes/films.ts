// Films and units that tests of processes render: small, and with every default.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { FilmSpec } from "../../proto/film-spec.ts";
import { filmSpecToMessage } from "../../proto/film-spec-message.ts";
import { type Assignment, AssignmentSchema } from "../../proto/gen/arras/v1/budget_pb.ts";
import { type RenderSpec, RenderSpecSchema } from "../../proto/gen/arras/v1/scene_pb.ts";
import { filmOutputs } from "../../proto/outputs.ts";
import { tileRect, tilingOf } from "../../proto/tiling.ts";
import type { Unit } from "../../proto/unit.ts";

export function smallFilm(overrides: Partial<FilmSpec> = {}): FilmSpec {
  const widthPx = overrides.widthPx ?? 64;
  const heightPx = overrides.heightPx ?? 64;
  return {
    widthPx,
    heightPx,
    cropWindow: { x0: 0, y0: 0, x1: widthPx, y1: heightPx },
    tileSizePx: 16,
    outputs: filmOutputs([]),
    maxSpp: 4096,
    ...overrides,
  };
}

/** The whole tile, `sampleCount` samples from `sampleBegin` on. */
export function unitOf(tileIndex: number, sampleBegin = 0, sampleCount = 1, epoch = 1, film = smallFilm()): Unit {
  const rect = tileRect(tilingOf(film.cropWindow, film.tileSizePx), tileIndex);
  return { epoch, tileIndex, rect, sampleBegin, sampleEnd: sampleBegin + sampleCount, stridePx: 1 };
}

export function fakeRender(
  rendererOptions = "",
  overrides: MessageInitShape<typeof RenderSpecSchema> = {},
): RenderSpec {
  return create(RenderSpecSchema, {
    renderer: "fake",
    rendererOptions,
    filter: "box",
    filterRadiusPx: 0.5,
    maxDepth: 4,
    rouletteDepth: 2,
    ...overrides,
  });
}

export function assignmentOf(epoch = 1, mergerAddress = "unix:/merger", film = smallFilm()): Assignment {
  return create(AssignmentSchema, {
    epoch,
    render: fakeRender(),
    film: filmSpecToMessage(film),
    mergerAddress,
    mergerToken: "secret",
  });
}
