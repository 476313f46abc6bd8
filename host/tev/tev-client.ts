// Shows pictures in a running tev, the image viewer, over TCP. For programs: `import { TevClient } from
// "arras-render/tev"`. Drawing never waits: each image is kept as it is now and sent as fast as tev takes it, unchanged
// squares not at all. A tev that is not there, leaves or comes back costs nothing but what it does not show meanwhile.
import { connect, type Socket } from "node:net";
import { limits } from "../../proto/limits.ts";
import { type Clock, systemClock, type Timer } from "../clock.ts";
import { TevCanvas } from "./tev-canvas.ts";
import { closeImagePacket, openImagePacket, type TevImage, type TevRect } from "./tev-packets.ts";

/** Where tev listens, unless `tev --host` says otherwise. */
export const tevPort = 14_158;

const retryMsMin = 250;
const retryMsMax = 8_000;

export type TevNews =
  /** Told once until it is there (again): `reason` is the system's, e.g. "connect ECONNREFUSED 127.0.0.1:14158". */
  { readonly t: "away"; readonly reason: string } | { readonly t: "there" };

export interface TevClientOptions {
  readonly host: string;
  readonly port?: number;
  readonly told?: (news: TevNews) => void;
  readonly clock?: Clock;
}

/** Draws into one image; see TevCanvas.draw. */
export interface TevPicture {
  draw(rect: TevRect, values: Float32Array): void;
  /** tev shows it no longer. */
  remove(): void;
}

type Link =
  | { readonly t: "connecting"; readonly socket: Socket; readonly timer: Timer }
  | { readonly t: "open"; readonly socket: Socket; isWriting: boolean }
  | { readonly t: "waiting"; readonly timer: Timer }
  | { readonly t: "closed" };

export class TevClient {
  readonly #options: Required<TevClientOptions>;
  readonly #canvases = new Set<TevCanvas>();
  readonly #orders: Uint8Array[] = [];
  #link: Link;
  #failureCount = 0;
  #isAwayTold = false;
  /** Called when everything is sent, or nobody takes it. */
  #whenSent: (() => void) | undefined;

  /** Connects at once, and again whenever it has to. */
  constructor(options: TevClientOptions) {
    this.#options = { port: tevPort, told: () => {}, clock: systemClock, ...options };
    this.#link = this.#connect();
  }

  /** An image of that name which tev has already is replaced. Throws RangeError for one without pixels. */
  createImage(image: TevImage): TevPicture {
    const canvas = new TevCanvas(image);
    this.#canvases.add(canvas);
    this.#send();
    return {
      draw: (rect, values) => {
        canvas.draw(rect, values);
        this.#send();
      },
      remove: () => {
        if (this.#canvases.delete(canvas)) this.#order(closeImagePacket(image.name));
      },
    };
  }

  /** A file on tev's machine. */
  openImage(path: string, channels = ""): void {
    this.#order(openImagePacket(path, channels));
  }

  /**
   * Resolves when tev has been sent everything, and at the latest after `withinMs`; at once where it is not there. The
   * images stay.
   */
  async close(withinMs: number = limits.tevCloseMsMax): Promise<void> {
    if (this.#link.t === "open" || this.#link.t === "connecting") {
      await new Promise<void>((resolve) => {
        const timer = this.#options.clock.after(withinMs, resolve);
        this.#whenSent = () => {
          timer.cancel();
          resolve();
        };
        this.#send();
      });
    }
    const link = this.#link;
    this.#link = { t: "closed" };
    if (link.t === "waiting" || link.t === "connecting") link.timer.cancel();
    if (link.t === "connecting") link.socket.destroy();
    // What is written is on its way; what is not will not be.
    if (link.t === "open") await new Promise<void>((resolve) => endSocket(link.socket, link.isWriting, resolve));
  }

  #connect(): Link {
    const { host, port, clock } = this.#options;
    const socket = connect({ host, port, noDelay: true });
    let reason = "the connection was closed";
    socket.on("error", (error) => {
      reason = error.message;
    });
    socket.once("connect", () => this.#connected(socket));
    socket.once("close", () => this.#lost(socket, reason));
    // tev says nothing; what comes all the same is not kept.
    socket.resume();
    const timer = clock.after(limits.tevConnectTimeoutMs, () =>
      socket.destroy(new Error(`connect timed out after ${limits.tevConnectTimeoutMs / 1000} s: ${host}:${port}`)),
    );
    return { t: "connecting", socket, timer };
  }

  #connected(socket: Socket): void {
    if (this.#link.t !== "connecting") return;
    this.#link.timer.cancel();
    this.#link = { t: "open", socket, isWriting: false };
    this.#failureCount = 0;
    this.#isAwayTold = false;
    this.#options.told({ t: "there" });
    for (const canvas of this.#canvases) canvas.forgetSent();
    this.#send();
  }

  #lost(socket: Socket, reason: string): void {
    const link = this.#link;
    if ((link.t !== "open" && link.t !== "connecting") || link.socket !== socket) return;
    if (link.t === "connecting") link.timer.cancel();
    const delayMs = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(this.#failureCount, 16));
    this.#failureCount += 1;
    const timer = this.#options.clock.after(delayMs, () => {
      this.#link = this.#connect();
    });
    this.#link = { t: "waiting", timer };
    if (!this.#isAwayTold) this.#options.told({ t: "away", reason });
    this.#isAwayTold = true;
    this.#whenSent?.();
  }

  #order(packet: Uint8Array): void {
    this.#orders.push(packet);
    if (this.#orders.length > limits.tevOrdersMax) this.#orders.shift();
    this.#send();
  }

  /** One packet at a time: what is drawn while it is on its way joins what waits. */
  #send(): void {
    const link = this.#link;
    if (link.t !== "open" || link.isWriting) return;
    const packet = this.#takePacket();
    if (packet === undefined) {
      this.#whenSent?.();
      return;
    }
    link.isWriting = true;
    link.socket.write(packet, (error) => {
      // Of a broken connection `close` tells.
      if (error) return;
      link.isWriting = false;
      if (this.#link === link) this.#send();
    });
  }

  #takePacket(): Uint8Array | undefined {
    const order = this.#orders.shift();
    if (order !== undefined) return order;
    for (const canvas of this.#canvases) {
      const packet = canvas.takePacket();
      if (packet === undefined) continue;
      // The others have their turn before it.
      this.#canvases.delete(canvas);
      this.#canvases.add(canvas);
      return packet;
    }
    return undefined;
  }
}

/** Where a write has not come through in time, it never will. */
function endSocket(socket: Socket, isStuck: boolean, ended: () => void): void {
  socket.once("close", () => ended());
  if (socket.destroyed) ended();
  else if (isStuck) socket.destroy();
  // destroySoon waits for what is written, and not for tev to hang up.
  else socket.destroySoon();
}
