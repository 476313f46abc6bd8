// A live connection to NATS and what is known about it: whether the server is reachable, and when it comes back.
import type { NatsConnection } from "@nats-io/transport-node";
import { ArrasError } from "../../proto/errors.ts";
import type { Log } from "../log.ts";

export class NatsLink {
  readonly connection: NatsConnection;
  /** Resolves when the link has ended: undefined after close(), else the reason. A process without it should end. */
  readonly closed: Promise<ArrasError | undefined>;
  readonly #log: Log;
  readonly #away: { sinceMs: number };
  readonly #waiting = new Set<() => void>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  #connected = true;
  #closing = false;
  #reconnections = 0;
  #backSinceMs = -Infinity;

  /** `away.sinceMs` is set here when the connection is lost: the reconnect delay is made from it. */
  constructor(connection: NatsConnection, log: Log, away: { sinceMs: number }) {
    this.connection = connection;
    this.#log = log;
    this.#away = away;
    const statuses = this.#follow();
    this.closed = connection.closed().then(async (error) => {
      await statuses;
      this.#setConnected(false);
      if (this.#closing) return undefined;
      return new ArrasError("unavailable", {
        message: `The connection to NATS has ended: ${error?.message ?? "unknown"}`,
        action: "Start this process again.",
        cause: error,
      });
    });
  }

  /** False from the moment a loss is noticed (at once when the server ends, after three pings when it stalls). */
  get isConnected(): boolean {
    return this.#connected && !this.#closing;
  }

  /** How often the server was lost and found. */
  get reconnections(): number {
    return this.#reconnections;
  }

  /** Time since the server was found again; infinite when it was never lost. */
  get backForMs(): number {
    return performance.now() - this.#backSinceMs;
  }

  /** Called with each change. Returns the function that ends it. */
  onChange(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves at once when connected. Rejects with `unavailable` after `timeoutMs`. */
  async whenConnected(timeoutMs: number): Promise<void> {
    if (this.isConnected) return;
    if (this.#closing || this.connection.isClosed()) throw this.#unreachable();
    await new Promise<void>((resolve, reject) => {
      const end = () => {
        clearTimeout(timeout);
        this.#waiting.delete(end);
        if (this.isConnected) resolve();
        else reject(this.#unreachable());
      };
      const timeout = setTimeout(end, timeoutMs);
      this.#waiting.add(end);
    });
  }

  /** Ends the connection at once; what was published before is flushed when the server is there. */
  async close(): Promise<void> {
    if (this.#connected && !this.#closing) {
      const timeout = new AbortController();
      const late = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        timeout.signal.addEventListener("abort", () => clearTimeout(timer));
      });
      await Promise.race([this.connection.flush().catch(() => undefined), late]);
      timeout.abort();
    }
    this.#closing = true;
    for (const end of this.#waiting) end();
    await this.connection.close();
    await this.closed;
  }

  async #follow(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === "staleConnection") {
        breakSocket(this.connection);
      } else if (status.type === "disconnect") {
        if (this.#connected) this.#away.sinceMs = performance.now();
        if (!this.#closing && this.#connected) this.#log.warn({ server: status.server }, "NATS is lost; reconnecting");
        this.#setConnected(false);
      } else if (status.type === "reconnect") {
        this.#reconnections++;
        this.#backSinceMs = performance.now();
        const awayMs = Math.round(performance.now() - this.#away.sinceMs);
        this.#log.info({ server: status.server, awayMs }, "NATS is back");
        this.#setConnected(true);
      } else if (status.type === "error") {
        this.#log.warn({ error: status.error.message }, "NATS reports an error");
      } else if (status.type === "ldm") {
        this.#log.info({ server: status.server }, "the NATS server is shutting down");
      }
    }
  }

  #setConnected(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected);
    for (const end of connected ? this.#waiting : []) end();
  }

  #unreachable(): ArrasError {
    return new ArrasError("unavailable", {
      message: "NATS is not reachable",
      action: "It is tried again without end; is the server running, and the network whole?",
    });
  }
}

/** What the client keeps of its connection; not in its interface. */
interface PrivateConnection {
  readonly protocol?: { readonly transport?: { readonly socket?: { destroy(): void } } };
}

/**
 * When its pings go unanswered, the client (3.4.0) first waits until what it has sent is written out, and behind a server
 * or network that stands still that is never: it hung until the operating system gave up, after a quarter of an hour.
 * Without its socket it goes on.
 */
function breakSocket(connection: NatsConnection): void {
  (connection as unknown as PrivateConnection).protocol?.transport?.socket?.destroy();
}
