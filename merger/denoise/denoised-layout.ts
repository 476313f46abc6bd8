// The OpenEXR file of a denoised picture: one part of its own, named `denoised`, which says what made it. Pure.
import type { ExrPart } from "../../host/exr/exr-part.ts";
import type { ExrLayoutOptions } from "../exr-layout.ts";
import { type FilmMetadata, headerAttributes } from "../film-metadata.ts";
import type { FilmPlanes } from "../film-planes.ts";
import type { DenoisedPlanes } from "./denoiser.ts";

/** `denoiser`: for people. The film's hash is left out: these are not its pixels. */
export function denoisedLayout(
  film: FilmPlanes,
  { filmSha256: _, ...metadata }: FilmMetadata,
  options: ExrLayoutOptions,
  { planes, denoiser }: DenoisedPlanes,
): ExrPart[] {
  const { cropWindow, widthPx, heightPx } = film.spec;
  return [
    {
      name: "denoised",
      dataWindow: cropWindow,
      displayWindow: { x0: 0, y0: 0, x1: widthPx, y1: heightPx },
      storage: options.tileSizePx > 0 ? { t: "tiled", tileSizePx: options.tileSizePx } : { t: "scanline" },
      compression: options.compression,
      channels: ["R", "G", "B", "A"].map((name, index) => ({ name, type: options.colorType, values: planes[index] })),
      attributes: [...headerAttributes(metadata, film), { name: "arras/denoiser", t: "string", value: denoiser }],
    },
  ];
}
