// Notices that a watcher has been told already. Who begins to watch a session is told all of its notices; who begins
// again, because a connection broke or a coordinator died, shall hear only the new ones. Pure.
import type { Notice } from "./gen/arras/v1/common_pb.ts";
import { limits } from "./limits.ts";

export class RepeatedNotices {
  /** Newest last. */
  readonly #told: string[] = [];
  /** Of those told before the present watch began, those that may still come again. */
  #repeatable: string[] = [];

  /** Watching begins (again): what was told may come once more. */
  begin(): void {
    this.#repeatable = [...this.#told];
  }

  /** Those that are new. */
  fresh(notices: readonly Notice[]): Notice[] {
    return notices.filter((notice) => {
      const text = `${notice.level} ${notice.text}`;
      const at = this.#repeatable.indexOf(text);
      if (at >= 0) {
        this.#repeatable.splice(at, 1);
        return false;
      }
      this.#told.push(text);
      if (this.#told.length > limits.sessionNoticesMax) this.#told.shift();
      return true;
    });
  }
}
