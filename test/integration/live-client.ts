// A program that looks at a session as the page does: the live WebSocket, tiles put together to planes.
import { inflateRawSync } from "node:zlib";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import WebSocket from "ws";
import { PreviewEncoding, type PreviewTile, PreviewWishSchema } from "../../proto/gen/arras/v1/preview_pb.ts";
import {
  type ViewerEvent,
  ViewerEventSchema,
  type ViewerRequest,
  ViewerRequestSchema,
} from "../../proto/gen/arras/v1/viewer_pb.ts";
import { halfNumber } from "../fakes/half-number.ts";
import { Lookers } from "../fakes/lookers.ts";

export interface LiveOptions {
  readonly acknowledges?: boolean | ((frameIndex: bigint) => boolean);
  readonly token?: string;
}

/** The session went to another coordinator, or its coordinator lost its lease for a moment: connect again. */
const movedCode = 4503;
const againAfterMs = 100;
/** As `ws` says it: it is no use to try again. */
const refusal = /^Unexpected server response: 40[134]$/;

export class LiveClient {
  readonly events: ViewerEvent["event"][] = [];
  /** By something else than a session that moved: then it connects again, as the page does. */
  readonly closed: Promise<number>;
  readonly #url: string;
  readonly #token: string | undefined;
  #socket: WebSocket;
  readonly #lookers = new Lookers();
  /** By output: the newest that covers the tile at each corner. */
  readonly #tiles = new Map<string, PreviewTile>();
  readonly #acknowledges: (frameIndex: bigint) => boolean;
  #wish: ViewerRequest["request"] | undefined;
  #hasMoved = false;
  #isOver = false;
  /** Of the film; 0: not told yet. */
  #tileSizePx = 0;
  #tellClosed: (code: number) => void = () => {};
  frameCount = 0;
  /** Of the messages that brought them. */
  frameSizeBytes = 0;

  /** `door`: "127.0.0.1:8888", or a Unix socket's path. `acknowledges`: which frames; false: a page that stands still. `token`: for the door. */
  constructor(door: string, sessionId: string, { acknowledges = true, token }: LiveOptions = {}) {
    this.#acknowledges = typeof acknowledges === "boolean" ? () => acknowledges : acknowledges;
    const path = `/sessions/${sessionId}/live`;
    this.#url = door.startsWith("/") ? `ws+unix:${door}:${path}` : `ws://${door}${path}`;
    this.#token = token;
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
    this.#socket = this.#connect();
  }

  #connect(): WebSocket {
    const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const socket = new WebSocket(this.#url, { headers });
    socket.binaryType = "nodebuffer";
    socket.on("message", (bytes: Buffer) => {
      const { event } = fromBinary(ViewerEventSchema, bytes);
      if (event.case === "frame") {
        this.frameCount += 1;
        this.frameSizeBytes += bytes.length;
      }
      this.#receive(event);
    });
    let isRefused = false;
    socket.on("error", ({ message }) => {
      isRefused = refusal.test(message);
    });
    // Of a session that moved, its new owner is found only after a while.
    socket.once("close", (code) => {
      this.#hasMoved ||= code === movedCode;
      if (!this.#hasMoved || this.#isOver || isRefused) this.#tellClosed(code);
      else setTimeout(() => this.#connectAgain(), againAfterMs);
    });
    return socket;
  }

  #connectAgain(): void {
    if (this.#isOver) return;
    this.#socket = this.#connect();
    this.#socket.once("open", () => {
      if (this.#wish !== undefined) this.send(this.#wish);
    });
  }

  async wish(fields: MessageInitShape<typeof PreviewWishSchema> = {}): Promise<void> {
    if (this.#socket.readyState === WebSocket.CONNECTING)
      await new Promise((resolve, reject) => this.#socket.once("open", resolve).once("error", reject));
    const value = create(PreviewWishSchema, { outputs: ["beauty"], encoding: PreviewEncoding.HALF, ...fields });
    this.#wish = { case: "wish", value };
    this.send(this.#wish);
  }

  send(request: MessageInitShape<typeof ViewerRequestSchema>["request"]): void {
    this.#socket.send(
      toBinary(ViewerRequestSchema, create(ViewerRequestSchema, { request: request ?? { case: undefined } })),
    );
  }

  /** When the first event for which `is` holds has come, or had. */
  saw(is: (event: ViewerEvent["event"]) => boolean): Promise<void> {
    return this.#lookers.until(() => this.events.some(is));
  }

  tile(output: string, x0: number, y0: number): PreviewTile | undefined {
    return this.#tiles.get(`${output} ${x0} ${y0}`);
  }

  /** Tiles of an output that have come so far. */
  tileCount(output: string): number {
    return [...this.#tiles.keys()].filter((key) => key.startsWith(`${output} `)).length;
  }

  /** Reads nothing any more: what is sent fills the connection. */
  stall(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#isOver = true;
    this.#socket.terminate();
  }

  #receive(event: ViewerEvent["event"]): void {
    this.events.push(event);
    if (event.case === "film") this.#tileSizePx = event.value.film?.tileSizePx ?? 0;
    if (event.case === "frame") {
      for (const tile of event.value.tiles) this.#note(tile);
      if (this.#acknowledges(event.value.frameIndex)) this.send({ case: "acknowledge", value: event.value.frameIndex });
    }
    this.#lookers.look();
  }

  /** A coarse one stands for each tile that it covers. */
  #note(tile: PreviewTile): void {
    const { x0, y0, x1, y1 } = tile.rect ?? { x0: 0, y0: 0, x1: 0, y1: 0 };
    for (let y = y0; y < y1; y = this.#next(y))
      for (let x = x0; x < x1; x = this.#next(x)) this.#tiles.set(`${tile.output} ${x} ${y}`, tile);
  }

  /** Where the tile after that begins. */
  #next(at: number): number {
    return this.#tileSizePx === 0 ? Number.POSITIVE_INFINITY : at - (at % this.#tileSizePx) + this.#tileSizePx;
  }
}

/** Planes of a half-float tile as numbers. */
export function tileValues({ content, rect, channelCount }: PreviewTile): number[][] {
  const bytes = inflateRawSync(content);
  const pixelCount = ((rect?.x1 ?? 0) - (rect?.x0 ?? 0)) * ((rect?.y1 ?? 0) - (rect?.y0 ?? 0));
  const valueCount = bytes.length / 2;
  return Array.from({ length: channelCount }, (_, channel) =>
    Array.from({ length: pixelCount }, (_unused, at) => {
      const value = channel * pixelCount + at;
      return halfNumber((bytes[value] ?? 0) | ((bytes[valueCount + value] ?? 0) << 8));
    }),
  );
}
