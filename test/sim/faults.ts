// Lets the scenario's faults strike: kills, freezes, cuts and brings back. Each is counted only where it struck.
import type { Farm } from "./farm.ts";
import type { Fault } from "./scenario.ts";
import type { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

/** So often a run loses its film; each time everything is rendered again. */
const mergerDeathsMax = 2;

export class Faults {
  readonly #world: World;
  readonly #farm: Farm;
  /** Tiles on which a fault killed a renderer: the next one spares those, for three such crashes make a hole rightly. */
  readonly #blamedTiles = new Set<number>();
  #mergerDeathCount = 0;

  constructor(world: World, farm: Farm) {
    this.#world = world;
    this.#farm = farm;
  }

  start(): void {
    for (const fault of this.#world.scenario.faults) {
      this.#world.clock.at(fault.atMs, () => {
        const struck = this.#strike(fault);
        this.#world.note(
          `fault: ${fault.kind}${struck ? "" : " (nothing to strike)"} ${Math.round(fault.durationMs)} ms`,
        );
        if (struck) this.#world.counts.note(`fault: ${fault.kind}`);
      });
    }
  }

  #strike(fault: Fault): boolean {
    const { durationMs, pick } = fault;
    const { network } = this.#world;
    const farm = this.#farm;
    switch (fault.kind) {
      case "kill mcrt":
        return this.#kill(farm.runningMcrts, pick);
      case "kill agent":
        return this.#endNode(fault, false);
      case "power off":
        return this.#endNode(fault, true);
      case "kill merger":
        return this.#mayLoseFilm() && this.#with(farm.runningMergers, pick, (merger) => merger.end({ crashed: true }));
      case "kill coordinator":
        return farm.killCoordinator(Math.min(durationMs, 3_000));
      case "reset connection":
        return network.reset(pick);
      case "cut node from coordinator":
        return this.#withNode(pick, (id) => network.cut(id, "coordinators", this.#cutMs(fault)));
      case "cut node from merger":
        return this.#with(farm.runningMergers, pick, (merger) =>
          this.#withNode((pick * 7) % 1, (id) => network.cut(id, merger.hostId, durationMs)),
        );
      case "cut node off":
        return this.#withNode(pick, (id) => {
          for (const peer of ["coordinators", ...farm.nodeIds]) network.cut(id, peer, this.#cutMs(fault));
        });
      case "freeze mcrt":
        return this.#with(farm.runningMcrts, pick, (mcrt) => mcrt.freeze(durationMs));
      case "freeze merger":
        return this.#with(farm.runningMergers, pick, (merger) => merger.freeze(durationMs));
      case "freeze coordinator":
        // Longer, and its lease would have ended: that is "kill coordinator".
        return this.#with(farm.runningCoordinators, pick, (one) => one.freeze(Math.min(1_500, durationMs)));
      case "freeze agent":
        return this.#with(farm.runningAgents, pick, (agent) => agent.freeze(this.#cutMs(fault)));
      case "slow node":
        return this.#withNode(pick, (id) => {
          this.#world.slowness.set(id, 10);
          this.#world.clock.after(durationMs, () => this.#world.slowness.delete(id));
        });
      case "drain node":
        return this.#drainNode(fault);
      case "pause":
        return farm.tellThenTell({ t: "pause" }, durationMs, { t: "resume" });
      case "stop and resume":
        return farm.stopAndResume(Math.min(durationMs, 2_000));
    }
  }

  /** What may lose the merger with its node is shortened once enough films were lost. */
  #cutMs({ durationMs }: Fault): number {
    return durationMs > 3_000 && !this.#mayLoseFilm() ? 2_000 : durationMs;
  }

  #mayLoseFilm(): boolean {
    this.#mergerDeathCount++;
    return this.#mergerDeathCount <= mergerDeathsMax;
  }

  #endNode({ pick, durationMs }: Fault, silently: boolean): boolean {
    if (!this.#mayLoseFilm()) return false;
    return this.#withNode(pick, (id) => this.#farm.endNode(id, silently, durationMs));
  }

  /** A film stays until its node's end. */
  #drainNode({ pick, durationMs }: Fault): boolean {
    const { nodeIds, runningMergers } = this.#farm;
    const id = nodeIds[Math.floor(pick * nodeIds.length)];
    if (runningMergers.some(({ hostId }) => hostId === id) && !this.#mayLoseFilm()) return false;
    return this.#farm.drainNode(id, durationMs, 500 + (durationMs % 4_000));
  }

  #kill(mcrts: Farm["runningMcrts"], pick: number): boolean {
    const victims = mcrts.filter((mcrt) => !mcrt.runningUnits.some((unit) => this.#blamedTiles.has(unit.tileIndex)));
    return this.#with(victims, pick, (mcrt) => {
      for (const unit of mcrt.runningUnits) this.#blamedTiles.add(unit.tileIndex);
      mcrt.end({ crashed: true });
    });
  }

  #withNode(pick: number, act: (nodeId: string) => void): boolean {
    const { nodeIds } = this.#farm;
    act(nodeIds[Math.floor(pick * nodeIds.length)]);
    return true;
  }

  #with<P extends SimProcess>(processes: readonly P[], pick: number, act: (process: P) => void): boolean {
    if (processes.length === 0) return false;
    act(processes[Math.floor(pick * processes.length)]);
    return true;
  }
}
