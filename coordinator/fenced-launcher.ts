// The way to nodes for one session under one lease: asks nothing of them when the lease is over, and says under which
// lease it asks, so that they can refuse what was on its way.
import type { AdoptedComputation } from "../proto/gen/arras/v1/node_pb.ts";
import type { FarmLauncher, Launch, Launcher } from "./launcher.ts";
import { sessionElsewhere } from "./session-errors.ts";

export class FencedLauncher implements Launcher {
  readonly #launcher: FarmLauncher;
  readonly #fence: number;
  readonly #mayAct: () => boolean;

  /** `fence`: the lease's revision when it was acquired. */
  constructor(launcher: FarmLauncher, lease: { readonly fence: number; mayAct(): boolean }) {
    this.#launcher = launcher;
    this.#fence = lease.fence;
    this.#mayAct = () => lease.mayAct();
  }

  async launch(nodeId: string, launch: Launch): Promise<{ readonly address: string }> {
    this.#require(launch.order.sessionId);
    return this.#launcher.launch(nodeId, launch, this.#fence);
  }

  async stop(nodeId: string, sessionId: string, computation = ""): Promise<void> {
    this.#require(sessionId);
    return this.#launcher.stop(nodeId, sessionId, computation, this.#fence);
  }

  async adopt(nodeId: string, sessionId: string): Promise<readonly AdoptedComputation[]> {
    this.#require(sessionId);
    return this.#launcher.adopt(nodeId, sessionId, this.#fence);
  }

  #require(sessionId: string): void {
    if (!this.#mayAct()) throw sessionElsewhere(sessionId);
  }
}
