// A client that says exactly what a test wants, and gathers what it is told.
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #text = "";
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    // A reset is one way to be closed.
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      this.#text += chunk.toString("latin1");
      for (const look of this.#waiting) look();
    });
    socket.on("end", () => socket.destroy());
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    onTestFinished(() => void socket.destroy());
  }

  /** `address`: `host:port`. Resolves when connected. */
  static async connect(address: string): Promise<RawClient> {
    const [host = "", port = ""] = address.split(":");
    const socket = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
    const client = new RawClient(socket);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return client;
  }

  get text(): string {
    return this.#text;
  }

  /** Resolves when it has left this process. */
  say(text: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(text, () => resolve()));
  }

  /** Resolves when it has come; rejects when the connection ends before. */
  heard(wanted: RegExp | Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const isThere =
          wanted instanceof RegExp ? wanted.test(this.#text) : this.#text.includes(wanted.toString("latin1"));
        if (!isThere) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      void this.closed.then(() => reject(new Error(`closed without ${wanted}: ${this.#text}`)));
      look();
    });
  }
}
