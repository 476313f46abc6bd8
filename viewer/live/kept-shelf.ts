// The finished images of one session on a farm: asked for when it has ended, until they are there. They come some seconds
// after its end.
import { signal } from "@preact/signals";
import { type KeptImages, KeptImagesSchema } from "../../proto/gen/arras/v1/images_pb.ts";
import { fetchRows } from "./fetch-rows.ts";

const intervalMs = 2000;
/** Then they could not be stored: the farm's events say why. */
const attemptsMax = 60;

export class KeptShelf {
  readonly kept = signal<KeptImages | undefined>(undefined);
  readonly #path: string;
  #attemptCount = 0;
  #isLooking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sessionId: string) {
    this.#path = `/api/images?session=${encodeURIComponent(sessionId)}`;
  }

  /** Again: nothing. */
  look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#ask();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#attemptCount = attemptsMax;
  }

  async #ask(): Promise<void> {
    this.#attemptCount += 1;
    // A door that is away for a moment is asked again, as one that has nothing yet.
    const [kept] = await fetchRows(this.#path, KeptImagesSchema).catch(() => []);
    this.kept.value = kept;
    if (kept === undefined && this.#attemptCount < attemptsMax)
      this.#timer = setTimeout(() => void this.#ask(), intervalMs);
  }
}
