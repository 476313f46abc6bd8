// The page's WebSocket to its session (viewer.proto): tells what comes, asks for what is wished, comes back by itself.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { PreviewWish } from "../../proto/gen/arras/v1/preview_pb.ts";
import {
  type ViewerCommand,
  type ViewerEvent,
  ViewerEventSchema,
  type ViewerRequest,
  ViewerRequestSchema,
} from "../../proto/gen/arras/v1/viewer_pb.ts";
import { retryMs } from "../state/backoff.ts";
import type { Connection } from "../state/session-model.ts";

export interface LinkListener {
  connection(now: Connection): void;
  event(event: ViewerEvent): void;
}

/** What the coordinator closes with: this page spoke what it does not know. */
const malformedCode = 4400;

/** By the status of an answer about the session over HTTP: a WebSocket that is refused tells nothing. */
const refusals: Readonly<Record<number, string>> = {
  401: "This farm asks for a login: open the page once with ?token=… in its address.",
  403: "This login may not look at sessions.",
  404: "There is no such session. It may have been closed; the list of sessions shows those that are there.",
};

export class SessionLink {
  readonly #url: string;
  readonly #pictureUrl: string;
  readonly #listener: LinkListener;
  #socket: WebSocket | undefined;
  #wish: PreviewWish | undefined;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #hasOpened = false;
  #isClosed = false;

  /** `url`: of the session's page. */
  constructor(url: string, listener: LinkListener) {
    this.#url = `${url.replace(/^http/, "ws")}/live`;
    this.#pictureUrl = `${url}/preview.png?size=1`;
    this.#listener = listener;
  }

  /** The first connects. */
  wish(wish: PreviewWish): void {
    this.#wish = wish;
    if (this.#socket === undefined && this.#retry === undefined) this.#connect();
    else this.#send({ case: "wish", value: wish });
  }

  acknowledge(frameIndex: bigint): void {
    this.#send({ case: "acknowledge", value: frameIndex });
  }

  command(command: ViewerCommand): void {
    this.#send({ case: "command", value: command });
  }

  ask(request: ViewerRequest["request"]): void {
    this.#send(request);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#socket?.close();
  }

  #connect(): void {
    this.#retry = undefined;
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#hasOpened = false;
    socket.onopen = () => {
      this.#hasOpened = true;
      this.#listener.connection({ t: "open" });
      if (this.#wish !== undefined) this.#send({ case: "wish", value: this.#wish });
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      this.#attempt = 0;
      this.#listener.event(fromBinary(ViewerEventSchema, new Uint8Array(data)));
    };
    socket.onclose = ({ code }) => void this.#lost(code);
  }

  async #lost(code: number): Promise<void> {
    const refusal = code === malformedCode ? "Load the page anew: it is of another version." : await this.#refusal();
    this.#socket = undefined;
    if (this.#isClosed) return;
    if (refusal !== undefined) {
      this.#listener.connection({ t: "refused", reason: refusal });
      return;
    }
    const waitMs = retryMs(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#listener.connection({ t: "lost", retryMs: waitMs });
    this.#retry = setTimeout(() => this.#connect(), waitMs);
  }

  /** undefined: it is worth trying again. */
  async #refusal(): Promise<string | undefined> {
    if (this.#hasOpened) return undefined;
    try {
      const { status } = await fetch(this.#pictureUrl, { method: "HEAD" });
      return refusals[status];
    } catch {
      return undefined;
    }
  }

  /** What is asked while there is no connection is lost, but for the wish. */
  #send(request: ViewerRequest["request"]): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(toBinary(ViewerRequestSchema, create(ViewerRequestSchema, { request })));
  }
}
