// FilmSpec to and from its message, validated: nothing behind this file meets an impossible film.
import { create } from "@bufbuild/protobuf";
import { ArrasError } from "./errors.ts";
import { type FilmSpec, maxSppFor } from "./film-spec.ts";
import { type FilmSpec as FilmSpecMessage, FilmSpecSchema } from "./gen/arras/v1/common_pb.ts";
import { limits } from "./limits.ts";
import { filmOutputs, type OutputName, outputDeclarations } from "./outputs.ts";
import { areaPx, contains, isEmpty } from "./rect.ts";

export function filmSpecToMessage(spec: FilmSpec): FilmSpecMessage {
  return create(FilmSpecSchema, {
    widthPx: spec.widthPx,
    heightPx: spec.heightPx,
    cropWindow: { $typeName: "arras.v1.PixelRect", ...spec.cropWindow },
    tileSizePx: spec.tileSizePx,
    outputs: [...spec.outputs],
    maxSpp: spec.maxSpp,
  });
}

/** Throws `limit-exceeded` or `message-malformed`. */
export function filmSpecFromMessage(message: FilmSpecMessage | undefined): FilmSpec {
  const crop = message?.cropWindow;
  if (message === undefined || crop === undefined) throw malformed("lacks its windows");
  const { x0, y0, x1, y1 } = crop;
  const spec: FilmSpec = {
    widthPx: message.widthPx,
    heightPx: message.heightPx,
    cropWindow: { x0, y0, x1, y1 },
    tileSizePx: message.tileSizePx,
    outputs: outputNames(message.outputs),
    maxSpp: message.maxSpp,
  };
  checkFilmSpec(spec);
  return spec;
}

/** Throws unless windows, tiles and sample bound are within limits.ts. */
export function checkFilmSpec(spec: FilmSpec): void {
  const whole = { x0: 0, y0: 0, x1: spec.widthPx, y1: spec.heightPx };
  if (spec.widthPx > limits.filmSidePxMax || spec.heightPx > limits.filmSidePxMax) {
    throw tooLarge(`${spec.widthPx}×${spec.heightPx} pixels`, `filmSidePxMax = ${limits.filmSidePxMax}`);
  }
  if (areaPx(whole) > limits.filmAreaPxMax)
    throw tooLarge(`${areaPx(whole)} pixels`, `filmAreaPxMax = ${limits.filmAreaPxMax}`);
  if (isEmpty(whole) || isEmpty(spec.cropWindow) || !contains(whole, spec.cropWindow))
    throw malformed("has a bad crop window");
  if (spec.tileSizePx < limits.tileSizePxMin || spec.tileSizePx > limits.tileSizePxMax)
    throw malformed("has a bad tile size");
  if (spec.maxSpp !== maxSppFor(spec.maxSpp) || spec.maxSpp > limits.sppMax) throw malformed("has a bad sample bound");
}

function outputNames(names: readonly string[]): OutputName[] {
  const unknown = names.find((name) => !Object.hasOwn(outputDeclarations, name));
  if (unknown !== undefined) throw malformed(`asks for the unknown output ${JSON.stringify(unknown.slice(0, 80))}`);
  const canonical = filmOutputs(names as OutputName[]);
  if (canonical.join() !== names.join()) throw malformed("does not list its outputs in canonical order");
  return canonical;
}

function malformed(what: string): ArrasError {
  return new ArrasError("message-malformed", {
    message: `A film specification ${what}`,
    action: "The sender is of another version or broken: compare software versions.",
  });
}

function tooLarge(what: string, limit: string): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `The film has ${what}, more than ${limit}`,
    action: "Render fewer pixels, or in crops (--crop).",
  });
}
