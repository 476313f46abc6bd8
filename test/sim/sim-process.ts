// A process on a simulated host: it can be killed, frozen (SIGSTOP) and thawed; its timers and messages obey that.
import type { Connection } from "./packet-network.ts";
import type { SimClock } from "./sim-clock.ts";

export class SimProcess {
  readonly name: string;
  readonly hostId: string;
  readonly clock: SimClock;
  readonly connections = new Set<Connection>();
  /** Told once, when it has ended; `crashed`: by a signal or a renderer's fault. */
  onExit: ((crashed: boolean) => void) | undefined;
  isAlive = true;
  frozenUntilMs = 0;

  constructor(name: string, hostId: string, clock: SimClock) {
    this.name = name;
    this.hostId = hostId;
    this.clock = clock;
  }

  /** Not run if the process has ended by then, and later if it is frozen. */
  after(delayMs: number, action: () => void): { cancel(): void } {
    let isCancelled = false;
    const run = () => {
      if (!this.isAlive || isCancelled) return;
      if (this.frozenUntilMs > this.clock.nowMs()) this.clock.at(this.frozenUntilMs, run);
      else action();
    };
    this.clock.after(delayMs, run);
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }

  /** `silently`: its host lost power, so nobody is told: peers notice by themselves. */
  end(how: { crashed: boolean; silently?: boolean }): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    for (const connection of [...this.connections]) connection.processEnded(this, how.silently ?? false);
    this.connections.clear();
    this.onExit?.(how.crashed);
  }

  freeze(durationMs: number): void {
    const untilMs = this.clock.nowMs() + durationMs;
    this.frozenUntilMs = Math.max(this.frozenUntilMs, untilMs);
    for (const connection of [...this.connections]) connection.silentFrom(this, durationMs);
  }
}
