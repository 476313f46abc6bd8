// The connections of a door, counted in all and for each address. One too many is refused.
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";

export interface ConnectionBounds {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
}

export class OpenConnections {
  readonly #bounds: ConnectionBounds;
  readonly #clock: Clock;
  readonly #log: Log;
  #warnedAtMs = Number.NEGATIVE_INFINITY;
  readonly #sockets = new Set<Socket>();
  readonly #countOf = new Map<string, number>();

  constructor(bounds: ConnectionBounds, clock: Clock, log: Log) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#log = log;
  }

  get count(): number {
    return this.#sockets.size;
  }

  /** false: there are too many. */
  admit(socket: Socket): boolean {
    // Whoever is handed the connection has a listener of his own; until then nobody has.
    socket.on("error", (error) => this.#log.debug({ reason: error.message }, "a connection broke"));
    const address = socket.remoteAddress ?? "";
    const ofAddress = this.#countOf.get(address) ?? 0;
    if (this.#sockets.size >= this.#bounds.connectionsMax || ofAddress >= this.#bounds.connectionsPerAddressMax) {
      this.#warn(address, ofAddress);
      return false;
    }
    this.#sockets.add(socket);
    this.#countOf.set(address, ofAddress + 1);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      const left = (this.#countOf.get(address) ?? 1) - 1;
      if (left > 0) this.#countOf.set(address, left);
      else this.#countOf.delete(address);
    });
    return true;
  }

  /** Once a minute: who floods the door shall not flood the log. */
  #warn(address: string, ofAddress: number): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#warnedAtMs < 60_000) return;
    this.#warnedAtMs = nowMs;
    this.#log.warn({ address, connections: this.#sockets.size, ofAddress }, "too many connections: some are refused");
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
