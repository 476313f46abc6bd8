// A node's agent in simulated time: starts and ends processes when it is told, says every second what runs, and keeps
// nothing. When it dies, its processes die with it.
import { limits } from "../../proto/limits.ts";
import type { Heartbeat, RunningComputation } from "./messages.ts";
import type { PacketNetwork } from "./packet-network.ts";
import { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

/** Whom agents talk to: the coordinator of the moment. */
export interface AgentListener extends SimProcess {
  heard(heartbeat: Heartbeat): void;
  exited(exit: { readonly name: string; readonly attempt: number; readonly crashed: boolean }): void;
}

export interface LaunchRequest {
  readonly name: string;
  readonly attempt: number;
  start(): SimProcess;
}

export class SimAgent extends SimProcess {
  readonly nodeId: string;
  readonly #world: World;
  readonly #network: PacketNetwork;
  readonly #listener: () => AgentListener | undefined;
  readonly #running = new Map<string, RunningComputation>();
  /** By name: what was started, or may not be started any more. Requests may come twice and late. */
  readonly #latestAttempt = new Map<string, number>();
  #sequence: number;
  #isDraining = false;

  /** `sequence`: above all that an earlier agent of this node has said. */
  constructor(world: World, nodeId: string, sequence: number, listener: () => AgentListener | undefined) {
    super(`agent ${nodeId}`, nodeId, world.clock);
    this.nodeId = nodeId;
    this.#world = world;
    this.#network = world.network;
    this.#sequence = sequence;
    this.#listener = listener;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get processes(): readonly SimProcess[] {
    return [...this.#running.values()].map(({ process }) => process);
  }

  start(): void {
    this.#tell();
    this.after(limits.heartbeatIntervalMs, () => this.start());
  }

  launch({ name, attempt, start }: LaunchRequest): void {
    if (this.#isDraining && this.#running.get(name)?.attempt !== attempt) this.#ended(name, attempt, false);
    else if ((this.#latestAttempt.get(name) ?? 0) < attempt) {
      this.#latestAttempt.set(name, attempt);
      this.#running.get(name)?.process.end({ crashed: false });
      const process = start();
      this.#running.set(name, { name, attempt, process });
      process.onExit = (crashed) => this.#ended(name, attempt, crashed);
    } else if (this.#running.get(name)?.attempt !== attempt) this.#ended(name, attempt, true);
    this.#tell();
  }

  /** It takes nothing new, and leaves when nothing runs any more, or with all that is left. */
  drain(deadlineMs: number): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#tell();
    this.after(deadlineMs, () => this.end({ crashed: false }));
    this.#leaveIfEmpty();
  }

  #leaveIfEmpty(): void {
    if (!this.#isDraining || !this.isAlive || this.#running.size > 0) return;
    this.#world.counts.note("node left before its deadline");
    this.end({ crashed: false });
  }

  stop(name: string, attempt: number): void {
    this.#latestAttempt.set(name, Math.max(attempt, this.#latestAttempt.get(name) ?? 0));
    const running = this.#running.get(name);
    if (running !== undefined && running.attempt <= attempt) running.process.end({ crashed: false });
    this.#tell();
  }

  override end(how: { crashed: boolean; silently?: boolean }): void {
    super.end(how);
    for (const { process } of [...this.#running.values()]) process.end(how);
  }

  #ended(name: string, attempt: number, crashed: boolean): void {
    if (this.#running.get(name)?.attempt === attempt) this.#running.delete(name);
    if (!this.isAlive) return;
    const listener = this.#listener();
    this.#network.datagram(this.nodeId, listener, () => listener?.exited({ name, attempt, crashed }));
    this.#leaveIfEmpty();
  }

  #tell(): void {
    const listener = this.#listener();
    this.#sequence++;
    const computations = [...this.#running.values()];
    const { nodeId } = this;
    const heartbeat = { nodeId, sequence: this.#sequence, agent: this, isDraining: this.#isDraining, computations };
    this.#network.datagram(this.nodeId, listener, () => listener?.heard(heartbeat));
  }
}
