// A denoiser that answers when a test says so: every value halved, so that what was denoised can be told from what was not.
import type { Denoiser, NoisyPicture } from "../../merger/denoise/denoiser.ts";
import type { PfmPicture } from "../../merger/denoise/pfm.ts";

export class FakeDenoiser implements Denoiser {
  readonly name = "Fake Denoiser 1.0";
  readonly asked: { readonly picture: NoisyPicture; readonly isFast: boolean; readonly signal: AbortSignal }[] = [];
  readonly #why: string | undefined;
  #waiting: (() => void)[] = [];
  /** Answers at once. */
  isPrompt = true;
  failure: Error | undefined;

  /** `why` there is none. */
  constructor(why?: string) {
    this.#why = why;
  }

  missing(): Promise<string | undefined> {
    return Promise.resolve(this.#why);
  }

  async denoise(picture: NoisyPicture, isFast: boolean, signal: AbortSignal): Promise<PfmPicture> {
    this.asked.push({ picture, isFast, signal });
    if (!this.isPrompt) {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    }
    if (this.failure !== undefined) throw this.failure;
    const [r, g, b] = picture.color.planes.map((plane) => plane.map((value) => value / 2));
    return { ...picture.color, planes: [r, g, b] as PfmPicture["planes"] };
  }

  /** All that wait. */
  answer(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
