// A launcher whose processes exist only in a test: each launch waits until the test answers it.
import type { FarmLauncher, Launch, Launcher } from "../../coordinator/launcher.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { AdoptedComputation } from "../../proto/gen/arras/v1/node_pb.ts";

export interface AskedLaunch {
  readonly nodeId: string;
  readonly launch: Launch;
  /** "mcrt_i0#2": name and attempt. */
  readonly label: string;
  announce(address: string): void;
  refuse(error: Error): void;
}

export class FakeLauncher implements Launcher, FarmLauncher {
  readonly launches: AskedLaunch[] = [];
  readonly stopped: string[] = [];
  /** Of all that was asked, in order. */
  readonly fences: number[] = [];
  /** Set: stop() is answered when it has settled. */
  stopGate: Promise<void> | undefined;
  /** Set: what stop() rejects with. */
  stopError: Error | undefined;

  launch(nodeId: string, launch: Launch, fence = 0): Promise<{ readonly address: string }> {
    this.fences.push(fence);
    return new Promise((resolve, reject) => {
      const label = `${launch.order.computation}#${launch.order.attempt}`;
      const announce = (address: string) => resolve({ address });
      this.launches.push({ nodeId, launch, label, announce, refuse: reject });
    });
  }

  async stop(nodeId: string, sessionId: string, computation = "", fence = 0): Promise<void> {
    this.fences.push(fence);
    this.stopped.push(`${nodeId} ${sessionId} ${computation}`.trim());
    await this.stopGate;
    if (this.stopError !== undefined) throw this.stopError;
  }

  /** What runs where: "n" → computations; undefined: the node does not answer. */
  readonly running = new Map<string, readonly AdoptedComputation[] | undefined>();
  readonly adopted: string[] = [];

  async adopt(nodeId: string, sessionId: string, fence = 0): Promise<readonly AdoptedComputation[]> {
    this.fences.push(fence);
    this.adopted.push(`${nodeId} ${sessionId}`);
    const found = this.running.get(nodeId);
    if (found === undefined) throw new ArrasError("unavailable", { message: "no answer", action: "Wait." });
    return found;
  }

  get labels(): string[] {
    return this.launches.map(({ label }) => label);
  }

  /** The newest launch of a name. */
  last(computation: string): AskedLaunch {
    const found = this.launches.filter(({ launch }) => launch.order.computation === computation).at(-1);
    if (found === undefined) throw new Error(`${computation} was never launched`);
    return found;
  }
}
