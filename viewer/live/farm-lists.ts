// The farm's sessions and nodes, asked for every two seconds while the page is in sight; now and then also whose finished
// images are kept.
import { signal } from "@preact/signals";
import { type NodeRow, NodeRowSchema, type SessionRow, SessionRowSchema } from "../../proto/gen/arras/v1/farm_pb.ts";
import { type KeptImages, KeptImagesSchema } from "../../proto/gen/arras/v1/images_pb.ts";
import { fetchRows, NoFarm } from "./fetch-rows.ts";

const intervalMs = 2000;
/** Images are kept for weeks, and their list is long. */
const roundsBetweenKept = 15;

export class FarmLists {
  readonly sessions = signal<readonly SessionRow[] | undefined>(undefined);
  readonly nodes = signal<readonly NodeRow[] | undefined>(undefined);
  /** Ended sessions of which images are kept, the newest first. */
  readonly kept = signal<readonly KeptImages[] | undefined>(undefined);
  /** Why the lists are old, or not there. */
  readonly problem = signal<string | undefined>(undefined);
  /** false: one machine renders alone, and there will be no lists. */
  readonly isFarm = signal(true);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #roundCount = 0;

  /** The return value ends it. */
  start(): () => void {
    let isEnded = false;
    const round = async () => {
      if (document.visibilityState === "visible") await this.#ask();
      if (!isEnded && this.isFarm.peek()) this.#timer = setTimeout(() => void round(), intervalMs);
    };
    void round();
    return () => {
      isEnded = true;
      clearTimeout(this.#timer);
    };
  }

  async #ask(): Promise<void> {
    try {
      const [sessions, nodes] = await Promise.all([
        fetchRows("/api/sessions", SessionRowSchema),
        fetchRows("/api/nodes", NodeRowSchema),
      ]);
      this.sessions.value = sessions;
      this.nodes.value = nodes;
      if (this.#roundCount % roundsBetweenKept === 0)
        this.kept.value = await fetchRows("/api/images", KeptImagesSchema);
      this.#roundCount += 1;
      this.problem.value = undefined;
    } catch (thrown) {
      if (thrown instanceof NoFarm) this.isFarm.value = false;
      this.problem.value = thrown instanceof Error ? thrown.message : String(thrown);
    }
  }
}
