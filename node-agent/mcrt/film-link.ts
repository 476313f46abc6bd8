// The way of contributions to the merger: a stream that is opened again when it breaks, and everything unacknowledged
// sent again on it, because the merger admits each unit once.
import { type ClientDuplexStream, status } from "@grpc/grpc-js";
import type { Clock, Timer } from "../../host/clock.ts";
import type { GrpcClient } from "../../host/grpc-client.ts";
import type { Log } from "../../host/log.ts";
import { mergerClient } from "../../host/merger-client.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { Acknowledgement, Contribution } from "../../proto/gen/arras/v1/film_pb.ts";
import { InFlightWindow } from "./in-flight-window.ts";

/** What the mcrt needs of its way to the merger. */
export interface ContributionSink {
  /**
   * `entered` resolves when there is room for it (back-pressure), `acknowledged` when the merger has answered. After
   * `close` both end: a thread that waits for room must not wait for ever.
   */
  contribute(contribution: Contribution): Sending;
  close(): void;
}

export interface Sending {
  readonly entered: Promise<void>;
  readonly acknowledged: Promise<Acknowledgement>;
}

interface Pending {
  readonly contribution: Contribution;
  readonly sizeBytes: number;
  readonly settle: (acknowledgement: Acknowledgement) => void;
  readonly fail: (error: ArrasError) => void;
}

/** Before there is a film: nothing is granted then. */
export const noSink: ContributionSink = {
  contribute: () => ({ entered: Promise.resolve(), acknowledged: Promise.reject(closedError()) }),
  close: () => {},
};

const reconnectDelayMs = 200;

export class FilmLink implements ContributionSink {
  readonly #client: GrpcClient;
  readonly #token: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #window = new InFlightWindow();
  readonly #pending: Pending[] = [];
  #stream: ClientDuplexStream<Contribution, Acknowledgement> | undefined;
  #reconnect: Timer | undefined;
  #closed = false;

  /** `authorityPem`: see mergerClient. Connects at once: while the scene is loaded, not when the first unit is rendered. */
  constructor(options: { address: string; token: string; authorityPem: string; clock: Clock; log: Log }) {
    this.#client = mergerClient(options.address, options.authorityPem);
    this.#token = options.token;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#open();
  }

  contribute(contribution: Contribution): Sending {
    const sizeBytes = contribution.planes.reduce((sum, plane) => sum + plane.values.length, 0);
    const entered = this.#window.enter(sizeBytes);
    const acknowledged = new Promise<Acknowledgement>((settle, fail) => {
      // Whoever waited for room begins his next unit first: making bytes of this one takes a millisecond.
      void entered.then(() => setImmediate(() => this.#send({ contribution, sizeBytes, settle, fail })));
    });
    return { entered, acknowledged };
  }

  #send(pending: Pending): void {
    if (this.#closed) {
      pending.fail(closedError());
      return;
    }
    this.#pending.push(pending);
    const stream = this.#stream;
    if (stream === undefined) this.#open();
    else stream.write(pending.contribution);
  }

  /** What is not acknowledged by then rejects with `cancelled`. */
  close(): void {
    this.#closed = true;
    this.#reconnect?.cancel();
    this.#stream?.cancel();
    this.#client.close();
    this.#giveUp(closedError());
    this.#window.close();
  }

  /** Opens the stream and sends all that is pending on it, oldest first. */
  #open(): void {
    if (this.#closed || this.#reconnect !== undefined) return;
    const stream = this.#client.duplex<Contribution, Acknowledgement>("contribute", { "arras-token": this.#token });
    this.#stream = stream;
    stream.on("data", (acknowledgement) => this.#stream === stream && this.#acknowledge(acknowledgement));
    stream.on("error", (error: Error & { code?: number }) => this.#broken(stream, error));
    stream.on("end", () => this.#broken(stream, undefined));
    for (const { contribution } of this.#pending) stream.write(contribution);
  }

  /** Acknowledgements come in the order of contributions, so the oldest pending one is meant. */
  #acknowledge(acknowledgement: Acknowledgement): void {
    const pending = this.#pending.shift();
    if (pending === undefined) return;
    this.#window.leave(pending.sizeBytes);
    pending.settle(acknowledgement);
  }

  #broken(
    stream: ClientDuplexStream<Contribution, Acknowledgement>,
    error: (Error & { code?: number }) | undefined,
  ): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    if (this.#closed) return;
    if (error?.code === status.UNAUTHENTICATED) {
      this.#giveUp(this.#client.error(error));
      return;
    }
    this.#log.warn({ pending: this.#pending.length, reason: error?.message }, "stream to the merger broke");
    this.#reconnect = this.#clock.after(reconnectDelayMs, () => {
      this.#reconnect = undefined;
      this.#open();
    });
  }

  #giveUp(error: ArrasError): void {
    for (const pending of this.#pending.splice(0)) {
      this.#window.leave(pending.sizeBytes);
      pending.fail(error);
    }
  }
}

function closedError(): ArrasError {
  return new ArrasError("cancelled", {
    message: "The way to the merger was closed",
    action: "None: the work is void.",
  });
}
