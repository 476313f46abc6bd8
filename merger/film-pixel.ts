// One pixel of the film in numbers: what a saved picture of this moment would have there. Pure.
import { create } from "@bufbuild/protobuf";
import { ArrasError } from "../proto/errors.ts";
import { type FilmPixel, FilmPixelSchema } from "../proto/gen/arras/v1/film_pb.ts";
import { contains } from "../proto/rect.ts";
import { pixelErrors } from "./error-estimate.ts";
import type { FilmEpoch } from "./film-epoch.ts";
import { resolve, resolveCounts } from "./resolve.ts";

/** `x`, `y`: in the display window. Throws `usage` for a pixel that is not rendered. */
export function filmPixel({ epoch, film, spec }: FilmEpoch, x: number, y: number): FilmPixel {
  const rect = { x0: x, y0: y, x1: x + 1, y1: y + 1 };
  if (!contains(spec.cropWindow, rect)) throw notRendered(x, y);
  const names = spec.outputs.filter((name) => name !== "luminance2");
  const { channels } = resolve(film, names, rect);
  return create(FilmPixelSchema, {
    epoch,
    sampleCount: resolveCounts(film, rect)[0] ?? 0,
    error: pixelErrors(film, rect)[0] ?? Number.POSITIVE_INFINITY,
    outputs: names.map((output) => ({
      $typeName: "arras.v1.PixelOutput" as const,
      output,
      values: channels.filter((channel) => channel.output === output).map(({ values }) => values[0] ?? 0),
    })),
  });
}

function notRendered(x: number, y: number): ArrasError {
  return new ArrasError("usage", {
    message: `The pixel ${x},${y} is not in the film's crop window`,
    action: "Ask for one that is rendered.",
  });
}
