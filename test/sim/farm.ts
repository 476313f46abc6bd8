// The machines of one run: nodes with their agents, the processes on them, and the coordinator of the moment.
import type { PlacementNode } from "../../coordinator/placement/placement-request.ts";
import type { PlannerEvent } from "../../coordinator/planner/events.ts";
import { SimAgent } from "./sim-agent.ts";
import { SimCoordinator } from "./sim-coordinator.ts";
import { type McrtOrder, SimMcrt } from "./sim-mcrt.ts";
import { type Member, newStoredSession } from "./sim-members.ts";
import { SimMerger } from "./sim-merger.ts";
import type { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

export class Farm {
  readonly stored = newStoredSession();
  readonly nodes: readonly PlacementNode[];
  coordinator: SimCoordinator | undefined;
  readonly #world: World;
  readonly #agents = new Map<string, SimAgent>();
  #mcrts: SimMcrt[] = [];
  #mergers: SimMerger[] = [];
  #coordinatorCount = 0;
  /** Nodes whose processes are on the way back. */
  readonly #off = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    this.nodes = world.scenario.nodes.map(({ cores, memoryMB }, at) => ({
      id: `n${at}`,
      host: `n${at}`,
      cores,
      memoryMB,
      coresPolicy: "shared",
      renderers: ["fake"],
      tags: [],
      architecture: "x64",
    }));
  }

  start(): void {
    this.#startCoordinator();
    for (const [at, { id }] of this.nodes.entries()) {
      this.#world.clock.at(this.#world.scenario.nodes[at].comesAtMs, () => this.#startAgent(id));
    }
  }

  get nodeIds(): string[] {
    return this.nodes.map(({ id }) => id);
  }

  get runningMcrts(): SimMcrt[] {
    this.#mcrts = this.#mcrts.filter(({ isAlive }) => isAlive);
    return this.#mcrts;
  }

  get runningMergers(): SimMerger[] {
    return this.#mergers.filter(({ isAlive }) => isAlive);
  }

  /** Of all that have been started, also those that have ended. */
  get mergers(): readonly SimMerger[] {
    return this.#mergers;
  }

  get runningAgents(): SimAgent[] {
    return [...this.#agents.values()].filter(({ isAlive }) => isAlive);
  }

  get runningCoordinators(): SimCoordinator[] {
    return this.coordinator?.isAlive ? [this.coordinator] : [];
  }

  killCoordinator(takeoverMs: number): boolean {
    if (!this.coordinator?.isAlive) return false;
    this.coordinator.end({ crashed: true });
    this.stored.excuses.add("its coordinator was killed");
    this.coordinator = undefined;
    this.#world.clock.after(takeoverMs, () => this.#startCoordinator());
    return true;
  }

  endNode(nodeId: string, silently: boolean, awayMs: number): void {
    const agent = this.#agents.get(nodeId);
    if (agent === undefined || this.#off.has(nodeId)) return;
    this.#off.add(nodeId);
    agent.end({ crashed: true, silently });
    this.#world.clock.after(awayMs, () => {
      this.#off.delete(nodeId);
      this.#startAgent(nodeId, agent.sequence);
    });
  }

  /** Its agent is told to leave, and another is started there a while after it has left. */
  drainNode(nodeId: string, deadlineMs: number, awayMs: number): boolean {
    const agent = this.#agents.get(nodeId);
    if (agent === undefined || !agent.isAlive || this.#off.has(nodeId)) return false;
    agent.onExit = () => {
      if (this.#off.has(nodeId)) return;
      this.#off.add(nodeId);
      this.#world.clock.after(awayMs, () => {
        this.#off.delete(nodeId);
        this.#startAgent(nodeId, agent.sequence);
      });
    };
    agent.drain(deadlineMs);
    return true;
  }

  tellThenTell(first: PlannerEvent, afterMs: number, second: PlannerEvent): boolean {
    const { coordinator } = this;
    if (!coordinator?.isAlive || coordinator.outcome !== "running") return false;
    coordinator.tell(first);
    this.#world.clock.after(afterMs, () => coordinator.isAlive && coordinator.tell(second));
    return true;
  }

  stopAndResume(afterMs: number): boolean {
    const { coordinator } = this;
    if (coordinator?.outcome !== "running") return false;
    coordinator.tell({ t: "stop" });
    this.#world.clock.after(afterMs, () => coordinator.isAlive && coordinator.resumeStopped());
    return true;
  }

  #startCoordinator(): void {
    this.#coordinatorCount++;
    // Of now: when the request arrives, the member may have another place.
    const starterOf = (member: Member) => {
      const { computation, attempt, threadCount, nodeId } = member;
      return () =>
        this.#start(computation.kind, { computation: computation.name, attempt, threadCount }, nodeId as string);
    };
    const { stored, nodes } = this;
    this.coordinator = new SimCoordinator(this.#world, `c${this.#coordinatorCount}`, { stored, nodes, starterOf });
    this.#world.note(`${this.coordinator.name} coordinates`);
    this.coordinator.start();
  }

  #startAgent(nodeId: string, sequence = 0): void {
    const agent = new SimAgent(this.#world, nodeId, sequence, () => this.coordinator);
    this.#agents.set(nodeId, agent);
    agent.start();
  }

  #start(kind: "mcrt" | "merge", launch: Omit<McrtOrder, "nodeId" | "speed">, nodeId: string): SimProcess {
    const { computation, attempt } = launch;
    this.#world.note(`${computation}#${attempt} starts on ${nodeId}`);
    if (kind === "merge") {
      const merger = new SimMerger(this.#world, `merge#${attempt}`, nodeId);
      this.#mergers.push(merger);
      return merger;
    }
    const { speed } = this.#world.scenario.nodes[this.nodes.findIndex(({ id }) => id === nodeId)];
    const mcrt = new SimMcrt(this.#world, this, { ...launch, nodeId, speed });
    this.#mcrts.push(mcrt);
    mcrt.connect();
    return mcrt;
  }
}
