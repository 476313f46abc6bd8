// What the merger asks of a denoiser, and what it gives it of a film. Denoised pixels are for looking and for a file of
// their own: they never enter the film, nor its EXR.
import { ArrasError } from "../../proto/errors.ts";
import type { OutputName } from "../../proto/outputs.ts";
import { heightPx, widthPx } from "../../proto/rect.ts";
import type { FilmPlanes } from "../film-planes.ts";
import { channelOf, resolve } from "../resolve.ts";
import type { PfmPicture } from "./pfm.ts";

export interface NoisyPicture {
  readonly color: PfmPicture;
  /** Of what is met first, as the film has them; the normal only beside the albedo. */
  readonly albedo?: PfmPicture;
  readonly normal?: PfmPicture;
}

export interface Denoiser {
  /** For people; with its version once that is known. */
  readonly name: string;
  /** Why there is none; undefined: there is one. Resolves once that is known. */
  missing(): Promise<string | undefined>;
  /** `isFast`: for looking at while it renders. Rejects with `output-failed`; with an AbortError after `signal`. */
  denoise(picture: NoisyPicture, isFast: boolean, signal: AbortSignal): Promise<PfmPicture>;
}

export interface DenoisedPlanes {
  /** Over the crop window; alpha is the film's. */
  readonly planes: readonly [Float32Array, Float32Array, Float32Array, Float32Array];
  /** For people: what made it of what. */
  readonly denoiser: string;
}

export async function denoisedPlanes(
  film: FilmPlanes,
  denoiser: Denoiser,
  isFast: boolean,
  signal: AbortSignal,
): Promise<DenoisedPlanes> {
  const alpha = channelOf(resolve(film, ["alpha"]), "alpha", "A") as Float32Array;
  const { planes } = await denoiser.denoise(noisyPicture(film), isFast, signal);
  return { planes: [...planes, alpha], denoiser: denoiserText(denoiser, film.spec.outputs) };
}

/** `why`: see Denoiser.missing. */
export function denoiserMissing(why: string): ArrasError {
  return new ArrasError("denoiser-missing", {
    message: why,
    action:
      "Install it there (https://github.com/RenderKit/oidn/releases has it for most systems), or do without denoised pictures.",
  });
}

/** For people: what it is, and what it knows beside the colours. */
export function denoiserText({ name }: Denoiser, outputs: readonly string[]): string {
  if (!outputs.includes("albedo")) return `${name}, without albedo and normal (--aov albedo,normal)`;
  return outputs.includes("normal") ? `${name}, with albedo and normal` : `${name}, with albedo`;
}

function noisyPicture(film: FilmPlanes): NoisyPicture {
  const { outputs } = film.spec;
  const color = picture(film, "beauty", ["R", "G", "B"]);
  if (!outputs.includes("albedo")) return { color };
  const albedo = picture(film, "albedo", ["R", "G", "B"]);
  if (!outputs.includes("normal")) return { color, albedo };
  return { color, albedo, normal: picture(film, "normal", ["X", "Y", "Z"]) };
}

function picture(film: FilmPlanes, output: OutputName, channels: readonly [string, string, string]): PfmPicture {
  const image = resolve(film, [output]);
  const plane = (channel: string) => channelOf(image, output, channel) as Float32Array;
  const [r, g, b] = channels;
  return { widthPx: widthPx(image.rect), heightPx: heightPx(image.rect), planes: [plane(r), plane(g), plane(b)] };
}
