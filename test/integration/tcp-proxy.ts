// A TCP proxy between two real processes, as the network between them: it can delay, narrow, stop (a partition: nothing
// arrives, no connection ends) and break connections.
import { connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface LinkConditions {
  /** Each byte arrives so much later, in order. */
  readonly delayMs: number;
  /** Of each direction of each connection; Infinity: as fast as it goes. */
  readonly bytesPerSecond: number;
}

/** In flight in one direction; then the sender has to wait, as with a full pipe. */
const inFlightBytesMax = 1024 * 1024;

export class TcpProxy {
  readonly port: number;
  conditions: LinkConditions = { delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #lanes = new Set<Lane>();
  #isPaused = false;

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    const address = server.address();
    this.port = typeof address === "object" && address !== null ? address.port : 0;
    this.#server = server;
    this.#target = target;
    server.on("connection", (near) => this.#join(near));
  }

  /** Listens on a port of its own. Ended with the test. */
  static async start(targetPort: number, targetHost = "127.0.0.1"): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((listening, failed) => {
      server.once("error", failed);
      server.listen(0, "127.0.0.1", listening);
    });
    const proxy = new TcpProxy(server, { host: targetHost, port: targetPort });
    onTestFinished(() => proxy.end());
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get connectionCount(): number {
    return this.#lanes.size / 2;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** From now on nothing passes in either direction, not even the end of a connection; new ones get no answer. */
  pause(): void {
    this.#isPaused = true;
  }

  /** What was held back arrives, as after a partition that TCP outlived. */
  resume(): void {
    this.#isPaused = false;
    for (const lane of this.#lanes) lane.move();
  }

  /** Breaks every connection on both sides, at once; new ones are taken. */
  breakAll(): void {
    for (const lane of [...this.#lanes]) lane.break();
  }

  async end(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.breakAll();
    await closed;
  }

  #join(near: Socket): void {
    const far = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const lane: Lane = new Lane(from, to, this, () => this.#lanes.delete(lane));
      this.#lanes.add(lane);
    }
  }
}

type Passage =
  | { readonly t: "bytes"; readonly bytes: Buffer; readonly dueMs: number }
  | { readonly t: "end" }
  | { readonly t: "broken" };

/** One direction of one connection. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #proxy: TcpProxy;
  readonly #ended: () => void;
  readonly #passages: Passage[] = [];
  #inFlightBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, proxy: TcpProxy, ended: () => void) {
    this.#from = from;
    this.#to = to;
    this.#proxy = proxy;
    this.#ended = ended;
    from.on("data", (bytes) => this.#take(bytes));
    from.on("end", () => this.#pass({ t: "end" }));
    from.on("error", () => {});
    from.on("close", () => this.#pass({ t: "broken" }));
    to.on("drain", () => this.move());
  }

  break(): void {
    for (const socket of [this.#from, this.#to]) if (!socket.destroyed) socket.resetAndDestroy();
    clearTimeout(this.#timer);
    this.#ended();
  }

  /** Lets through what is due. */
  move(): void {
    clearTimeout(this.#timer);
    for (let next = this.#passages[0]; next !== undefined && !this.#proxy.isPaused; next = this.#passages[0]) {
      if (next.t === "bytes") {
        const waitMs = next.dueMs - performance.now();
        if (waitMs > 0) {
          this.#timer = setTimeout(() => this.move(), waitMs);
          return;
        }
        if (this.#to.writableNeedDrain) return;
        this.#to.write(next.bytes);
        this.#inFlightBytes -= next.bytes.length;
        if (this.#inFlightBytes <= inFlightBytesMax) this.#from.resume();
      } else if (next.t === "end") this.#to.end();
      else {
        this.#to.destroySoon();
        this.#ended();
      }
      this.#passages.shift();
    }
  }

  #take(bytes: Buffer): void {
    const { delayMs, bytesPerSecond } = this.#proxy.conditions;
    const sendingMs = (bytes.length / bytesPerSecond) * 1000;
    this.#lastDueMs = Math.max(performance.now() + delayMs, this.#lastDueMs) + sendingMs;
    this.#inFlightBytes += bytes.length;
    if (this.#inFlightBytes > inFlightBytesMax) this.#from.pause();
    this.#pass({ t: "bytes", bytes, dueMs: this.#lastDueMs });
  }

  #pass(passage: Passage): void {
    this.#passages.push(passage);
    if (this.#passages.length === 1) this.move();
  }
}
