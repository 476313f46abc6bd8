// Writing to an HTTP client at its own pace: at most one piece waits for it, and one that takes nothing for long is cut
// off, so that whatever fills the pieces is free again.
import type { ServerResponse } from "node:http";
import type { Clock } from "../../host/clock.ts";
import { limits } from "../../proto/limits.ts";

export class PacedResponse {
  readonly #response: ServerResponse;
  readonly #clock: Clock;

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response;
    this.#clock = clock;
  }

  /** The client is there, as far as is known. */
  get isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Resolves when there is room for more, and when the client is gone. */
  async write(content: Uint8Array | string): Promise<void> {
    if (!this.isOpen || this.#response.write(content)) return;
    await new Promise<void>((resolve) => {
      const stalled = this.#clock.after(limits.httpStalledMsMax, () => this.#response.destroy());
      const go = () => {
        stalled.cancel();
        this.#response.off("drain", go);
        this.#response.off("close", go);
        resolve();
      };
      this.#response.on("drain", go);
      this.#response.on("close", go);
    });
  }
}
