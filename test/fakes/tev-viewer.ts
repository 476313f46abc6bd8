// A tev without a window: takes packets as tev's own reader does (src/Ipc.cpp, interpretAs…), keeps the images.
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Lookers } from "./lookers.ts";

export interface ShownImage {
  readonly widthPx: number;
  readonly heightPx: number;
  /** By name: a value for each pixel, rows top to bottom. */
  readonly channels: ReadonlyMap<string, Float32Array>;
}

/** The images that packets make. Throws for what tev would not understand. */
export class TevImages {
  readonly images = new Map<string, ShownImage>();
  readonly opened: string[] = [];
  createCount = 0;
  updateCount = 0;
  largestPacketBytes = 0;

  take(packet: Uint8Array): void {
    const reader = new PacketReader(packet);
    this.largestPacketBytes = Math.max(this.largestPacketBytes, packet.length);
    const operation = reader.uint8();
    if (operation === 2) this.images.delete(reader.text());
    else if (operation === 4) this.#create(reader);
    else if (operation === 6) this.#update(reader);
    else if (operation === 7) this.opened.push(`${reader.flag()} ${reader.text()} ${reader.text()}`);
    else throw new Error(`operation ${operation}`);
    if (reader.leftBytes !== 0) throw new Error(`${reader.leftBytes} bytes too many for operation ${operation}`);
  }

  #create(reader: PacketReader): void {
    reader.flag();
    const name = reader.text();
    const [widthPx, heightPx, channelCount] = [reader.int32(), reader.int32(), reader.int32()];
    const names = Array.from({ length: channelCount }, () => reader.text());
    this.createCount += 1;
    const channels = new Map(names.map((channel) => [channel, new Float32Array(widthPx * heightPx)]));
    this.images.set(name, { widthPx, heightPx, channels });
  }

  #update(reader: PacketReader): void {
    reader.flag();
    const name = reader.text();
    const image = this.images.get(name);
    const count = reader.int32();
    const names = Array.from({ length: count }, () => reader.text());
    const [x, y, widthPx, heightPx] = [reader.int32(), reader.int32(), reader.int32(), reader.int32()];
    const offsets = Array.from({ length: count }, () => reader.int64());
    const strides = Array.from({ length: count }, () => reader.int64());
    const pixelCount = widthPx * heightPx;
    const valueCount = Math.max(...offsets.map((offset, at) => offset + (pixelCount - 1) * (strides[at] ?? 0) + 1));
    const values = Float32Array.from({ length: valueCount }, () => reader.float());
    if (image === undefined) throw new Error(`an update of ${name}, which is not there`);
    if (x < 0 || y < 0 || x + widthPx > image.widthPx || y + heightPx > image.heightPx)
      throw new Error(`an update outside ${name}`);
    this.updateCount += 1;
    for (const [at, channelName] of names.entries()) {
      const channel = image.channels.get(channelName);
      if (channel === undefined) throw new Error(`${name} has no channel ${channelName}`);
      for (let pixel = 0; pixel < pixelCount; pixel++) {
        const place = (y + Math.floor(pixel / widthPx)) * image.widthPx + x + (pixel % widthPx);
        channel[place] = values[(offsets[at] ?? 0) + pixel * (strides[at] ?? 0)] ?? Number.NaN;
      }
    }
  }
}

class PacketReader {
  readonly #bytes: Buffer;
  #at = 4;

  constructor(packet: Uint8Array) {
    this.#bytes = Buffer.from(packet);
    if (this.#bytes.readUInt32LE(0) !== packet.length) throw new Error("a packet of another length than it says");
  }

  get leftBytes(): number {
    return this.#bytes.length - this.#at;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  flag(): boolean {
    return this.uint8() === 1;
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32LE(this.#at - 4);
  }

  int64(): number {
    this.#at += 8;
    return Number(this.#bytes.readBigInt64LE(this.#at - 8));
  }

  float(): number {
    this.#at += 4;
    return this.#bytes.readFloatLE(this.#at - 4);
  }

  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new Error("a text without an end");
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end + 1;
    return text;
  }
}

export class TevViewer {
  readonly shown = new TevImages();
  connectionCount = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lookers = new Lookers();
  #isReading = true;
  /** What a client sent that tev would not take. */
  fault: unknown;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#welcome(socket));
  }

  /** `port` 0: any. */
  static async listen(port = 0): Promise<TevViewer> {
    const server = createServer();
    const viewer = new TevViewer(server);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return viewer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stands still: takes nothing more from its sockets. */
  stall(): void {
    this.#isReading = false;
    for (const socket of this.#sockets) socket.pause();
  }

  goOn(): void {
    this.#isReading = true;
    for (const socket of this.#sockets) socket.resume();
  }

  /** When it holds, or held when something came. */
  saw(is: () => boolean): Promise<void> {
    return this.#lookers.until(is);
  }

  /** Who drew has left, and all that it had sent is shown. */
  hungUp(): Promise<void> {
    return this.saw(() => this.connectionCount > 0 && this.#sockets.size === 0);
  }

  /** Its window is closed: connections break. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #welcome(socket: Socket): void {
    this.connectionCount += 1;
    this.#sockets.add(socket);
    let waiting = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
      while (waiting.length >= 4 && waiting.length >= waiting.readUInt32LE(0)) {
        const sizeBytes = waiting.readUInt32LE(0);
        try {
          this.shown.take(waiting.subarray(0, sizeBytes));
        } catch (thrown) {
          this.fault ??= thrown;
        }
        waiting = waiting.subarray(Math.max(4, sizeBytes));
      }
      this.#lookers.look();
    });
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#lookers.look();
    });
    if (!this.#isReading) socket.pause();
    this.#lookers.look();
  }
}
