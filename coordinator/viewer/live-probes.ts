// What one page asks of pixels under its pointer: one at a time is answered, of those that wait the newest alone, so that
// a pointer that moves makes no queue.
import { create } from "@bufbuild/protobuf";
import type { ProbeReply } from "../../proto/gen/arras/v1/look_pb.ts";
import { type ViewerPick, type ViewerProbed, ViewerProbedSchema } from "../../proto/gen/arras/v1/viewer_pb.ts";

export interface Probeable {
  probe(x: number, y: number): Promise<ProbeReply>;
}

export class LiveProbes {
  readonly #session: Probeable;
  readonly #tell: (probed: ViewerProbed) => void;
  #isAsking = false;
  #waiting: ViewerPick | undefined;

  constructor(session: Probeable, tell: (probed: ViewerProbed) => void) {
    this.#session = session;
    this.#tell = tell;
  }

  ask(pick: ViewerPick): void {
    this.#waiting = pick;
    if (!this.#isAsking) void this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    this.#isAsking = true;
    for (let next = this.#waiting; next !== undefined; next = this.#waiting) {
      this.#waiting = undefined;
      const { requestIndex, x, y } = next;
      // A pointer before the first sample, or beside the film, is no mistake that somebody is to read of.
      const probed = await this.#session.probe(x, y).catch(() => undefined);
      this.#tell(create(ViewerProbedSchema, { requestIndex, ...(probed && { probed }) }));
    }
    this.#isAsking = false;
  }
}
