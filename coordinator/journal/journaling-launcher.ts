// Starts and stops computations as another launcher does, and tells the journal of those that it starts.
import { type AdoptedComputation, ComputationKind } from "../../proto/gen/arras/v1/node_pb.ts";
import type { Launch, Launcher } from "../launcher.ts";
import type { Journal } from "./happening.ts";

export class JournalingLauncher implements Launcher {
  readonly #launcher: Launcher;
  readonly #journal: Journal;

  constructor(launcher: Launcher, journal: Journal) {
    this.#launcher = launcher;
    this.#journal = journal;
  }

  async launch(nodeId: string, launch: Launch): Promise<{ readonly address: string }> {
    const { sessionId, computation, attempt, kind } = launch.order;
    const about = { sessionId, computation, nodeId, attempt, isMerger: kind === ComputationKind.MERGE };
    this.#journal.record({ t: "computation-launched", ...about });
    const announced = await this.#launcher.launch(nodeId, launch);
    this.#journal.record({ t: "computation-started", ...about });
    return announced;
  }

  stop(nodeId: string, sessionId: string, computation?: string): Promise<void> {
    return this.#launcher.stop(nodeId, sessionId, computation);
  }

  adopt(nodeId: string, sessionId: string): Promise<readonly AdoptedComputation[]> {
    return this.#launcher.adopt(nodeId, sessionId);
  }
}
