// The bus over NATS. At most once, as the contract says: what is published while the server is away is dropped, not
// kept for later, because a heartbeat of a minute ago is a lie. Requests wait for the server within their own time.
import { setTimeout as delay } from "node:timers/promises";
import { errors, type Msg } from "@nats-io/transport-node";
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { Bus, Subscription } from "../bus.ts";
import type { Log } from "../log.ts";
import { natsError } from "./nats-error.ts";
import type { NatsLink } from "./nats-link.ts";

const subjectPattern = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
/**
 * After a restart of the server the others come back one by one, the last after the longest reconnect delay. Until then
 * "nobody listens" says nothing, and the request, which reached nobody, is made again.
 */
const settleMs = limits.natsReconnectDelayMsMax * 2;
const askAgainMs = 50;
const messageSizeBytesMax = limits.busMessageSizeBytesMax;

export interface BusCounts {
  /** Messages that were not sent: the server was away, or did not keep up. */
  readonly notSent: number;
  /** Messages that arrived and were refused: too large, or one request too many. */
  readonly refused: number;
}

export class NatsBus implements Bus {
  readonly #link: NatsLink;
  readonly #log: Log;
  readonly #counts = { notSent: 0, refused: 0 };
  readonly #replying = new Map<string, Subscription>();
  #answering = 0;
  #unconfirmedBytes = 0;
  #confirming = false;

  constructor(link: NatsLink, log: Log) {
    this.#link = link;
    this.#log = log;
    link.onChange(() => {
      this.#unconfirmedBytes = 0;
    });
  }

  get counts(): BusCounts {
    return { ...this.#counts };
  }

  /** @throws ArrasError `limit-exceeded` for a message beyond `busMessageSizeBytesMax` or what the server takes. */
  publish(subject: string, message: Uint8Array): void {
    checkSubject(subject);
    this.#checkSize(subject, message);
    if (!this.#link.isConnected || !this.#account(message.byteLength)) {
      this.#counts.notSent++;
      return;
    }
    try {
      // A copy: the client sends at the end of this turn, and the bytes are the caller's again when this returns.
      this.#link.connection.publish(subject, message.slice());
    } catch (thrown) {
      this.#counts.notSent++;
      this.#log.debug({ subject, error: natsError(thrown, "publish").message }, "not published");
    }
  }

  subscribe(subject: string, listener: (message: Uint8Array, subject: string) => void): Subscription {
    checkSubject(subject.endsWith(".>") ? subject.slice(0, -2) : subject);
    return this.#listen(subject, (message) => listener(message.data, message.subject));
  }

  async request(subject: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    checkSubject(subject);
    this.#checkSize(subject, message);
    const sent = message.slice();
    const untilMs = performance.now() + timeoutMs;
    for (;;) {
      await this.#link.whenConnected(untilMs - performance.now());
      const timeout = Math.max(1, Math.ceil(untilMs - performance.now()));
      try {
        const reply = await this.#link.connection.request(subject, sent, { timeout });
        if (reply.data.byteLength > messageSizeBytesMax) throw tooLarge(subject, reply.data.byteLength);
        return reply.data;
      } catch (thrown) {
        const patient = this.#link.backForMs < settleMs && performance.now() + askAgainMs < untilMs;
        if (!patient || !isNobody(thrown)) throw requestError(thrown, subject, timeoutMs);
      }
      await delay(askAgainMs);
    }
  }

  /**
   * A later responder on the same subject takes the place of an earlier one of this bus. Of several processes that
   * reply on one subject each gets every request, and the first answer counts: one that hangs harms nobody.
   */
  reply(subject: string, responder: (message: Uint8Array) => Promise<Uint8Array>): Subscription {
    checkSubject(subject);
    this.#replying.get(subject)?.unsubscribe();
    const subscription = this.#listen(subject, (message) => {
      if (message.reply === undefined || message.reply === "") return;
      if (this.#answering >= limits.busAnswersMax) {
        this.#counts.refused++;
        return;
      }
      this.#answering++;
      this.#answer(message, responder)
        .catch((thrown) => this.#log.error({ subject, error: String(thrown) }, "a request was not answered"))
        .finally(() => this.#answering--);
    });
    this.#replying.set(subject, subscription);
    return {
      unsubscribe: () => {
        subscription.unsubscribe();
        if (this.#replying.get(subject) === subscription) this.#replying.delete(subject);
      },
    };
  }

  async #answer(message: Msg, responder: (message: Uint8Array) => Promise<Uint8Array>): Promise<void> {
    const reply = await responder(message.data);
    this.#checkSize(message.subject, reply);
    // An answer to a server that was lost meanwhile reaches nobody: its request has ended there.
    if (this.#link.isConnected) message.respond(reply);
  }

  #listen(subject: string, deliver: (message: Msg) => void): Subscription {
    let ended = false;
    const subscription = this.#link.connection.subscribe(subject, {
      callback: (error, message) => {
        if (ended) return;
        if (error !== null) {
          this.#log.error({ subject }, natsError(error, `Listening on ${subject}`).message);
        } else if (message.data.byteLength > messageSizeBytesMax) {
          this.#counts.refused++;
          this.#log.warn(
            { subject: message.subject, sizeBytes: message.data.byteLength },
            "refused a message: too large",
          );
        } else {
          this.#guard(message, deliver);
        }
      },
    });
    return {
      unsubscribe: () => {
        if (ended) return;
        ended = true;
        subscription.unsubscribe();
      },
    };
  }

  /** A throw here would end the client's reader, and with it everything else on this connection. */
  #guard(message: Msg, deliver: (message: Msg) => void): void {
    try {
      deliver(message);
    } catch (thrown) {
      this.#log.error({ subject: message.subject, error: String(thrown) }, "a listener threw");
    }
  }

  /** False when the server has confirmed too little: its socket's queue would grow without bound. */
  #account(sizeBytes: number): boolean {
    if (this.#unconfirmedBytes + sizeBytes > limits.busUnconfirmedBytesMax) return false;
    this.#unconfirmedBytes += sizeBytes;
    // Small traffic needs no confirmation; the flush costs a round trip, not a wait.
    if (!this.#confirming && this.#unconfirmedBytes > limits.busUnconfirmedBytesMax / 4) this.#confirm();
    return true;
  }

  #confirm(): void {
    const confirmedBytes = this.#unconfirmedBytes;
    this.#confirming = true;
    // After this turn, so that what is being published in it is sent before the ping.
    queueMicrotask(() => {
      this.#link.connection
        .flush()
        .then(() => {
          this.#unconfirmedBytes = Math.max(0, this.#unconfirmedBytes - confirmedBytes);
        })
        .catch(() => undefined)
        .finally(() => {
          this.#confirming = false;
        });
    });
  }

  #checkSize(subject: string, message: Uint8Array): void {
    if (message.byteLength > messageSizeBytesMax) throw tooLarge(subject, message.byteLength);
  }
}

/** A wrong subject is a fault of the program: they are built in proto/subjects.ts only. */
function checkSubject(subject: string): void {
  if (!subjectPattern.test(subject)) throw new Error(`"${subject}" is no subject`);
}

function tooLarge(subject: string, sizeBytes: number): ArrasError {
  return new ArrasError("limit-exceeded", {
    message: `A message of ${sizeBytes} bytes on ${subject} passes busMessageSizeBytesMax (${messageSizeBytesMax})`,
    action: "Send what is large through the object store.",
  });
}

function isNobody(thrown: unknown): boolean {
  return (
    thrown instanceof errors.NoRespondersError || (thrown instanceof errors.RequestError && thrown.isNoResponders())
  );
}

function requestError(thrown: unknown, subject: string, timeoutMs: number): ArrasError {
  if (thrown instanceof ArrasError) return thrown;
  if (isNobody(thrown)) {
    return new ArrasError("unavailable", {
      message: `Nobody answers on ${subject}`,
      action: "Is the node agent running? Try again.",
      cause: thrown,
    });
  }
  if (thrown instanceof errors.TimeoutError) {
    return new ArrasError("timed-out", {
      message: `No answer on ${subject} within ${timeoutMs} ms`,
      action: "Try again; if it happens again, look at the log of who should answer.",
      cause: thrown,
    });
  }
  return natsError(thrown, `Asking on ${subject}`);
}
