// A launcher whose processes exist only in a test: each launch waits until the test answers it.
import type { Launch, Launcher } from "../../coordinator/launcher.ts";

export interface AskedLaunch {
  readonly nodeId: string;
  readonly launch: Launch;
  /** "mcrt_i0#2": name and attempt. */
  readonly label: string;
  announce(address: string): void;
  refuse(error: Error): void;
}

export class FakeLauncher implements Launcher {
  readonly launches: AskedLaunch[] = [];
  readonly stopped: string[] = [];
  /** Set: what stop() rejects with. */
  stopError: Error | undefined;

  launch(nodeId: string, launch: Launch): Promise<{ readonly address: string }> {
    return new Promise((resolve, reject) => {
      const label = `${launch.order.computation}#${launch.order.attempt}`;
      const announce = (address: string) => resolve({ address });
      this.launches.push({ nodeId, launch, label, announce, refuse: reject });
    });
  }

  async stop(nodeId: string, sessionId: string, computation = ""): Promise<void> {
    this.stopped.push(`${nodeId} ${sessionId} ${computation}`.trim());
    if (this.stopError !== undefined) throw this.stopError;
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
