// Starts and stops computations as another launcher does, and tells the journal of those that it starts.
import { type AdoptedComputation, ComputationKind } from "../../proto/gen/arras/v1/node_pb.ts";
import type { FarmLauncher, Launch } from "../launcher.ts";
import type { Journal } from "./happening.ts";

export class JournalingLauncher implements FarmLauncher {
  readonly #launcher: FarmLauncher;
  readonly #journal: Journal;

  constructor(launcher: FarmLauncher, journal: Journal) {
    this.#launcher = launcher;
    this.#journal = journal;
  }

  async launch(nodeId: string, launch: Launch, fence: number): Promise<{ readonly address: string }> {
    const { sessionId, computation, attempt, kind } = launch.order;
    const about = { sessionId, computation, nodeId, attempt, isMerger: kind === ComputationKind.MERGE };
    this.#journal.record({ t: "computation-launched", ...about });
    const announced = await this.#launcher.launch(nodeId, launch, fence);
    this.#journal.record({ t: "computation-started", ...about });
    return announced;
  }

  stop(nodeId: string, sessionId: string, computation: string, fence: number): Promise<void> {
    return this.#launcher.stop(nodeId, sessionId, computation, fence);
  }

  adopt(nodeId: string, sessionId: string, fence: number): Promise<readonly AdoptedComputation[]> {
    return this.#launcher.adopt(nodeId, sessionId, fence);
  }
}
