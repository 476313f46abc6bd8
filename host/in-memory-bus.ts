// The bus within one process: the whole of a local render's control plane.
import { ArrasError } from "../proto/errors.ts";
import type { Bus, Subscription } from "./bus.ts";

type Listener = (message: Uint8Array, subject: string) => void;
type Responder = (message: Uint8Array) => Promise<Uint8Array>;

/** An object of its own for each subscription: the same function may listen twice. */
interface Listening {
  readonly listener: Listener;
}

export class InMemoryBus implements Bus {
  readonly #listenings = new Map<string, Set<Listening>>();
  readonly #responders = new Map<string, Responder>();

  /** Delivered in a later microtask, as from a network: no publisher runs inside a listener. */
  publish(subject: string, message: Uint8Array): void {
    // A network would have taken the bytes away by now.
    const sent = message.slice();
    for (const [pattern, listenings] of this.#listenings) {
      if (!matches(pattern, subject)) continue;
      for (const listening of listenings) {
        queueMicrotask(() => listenings.has(listening) && listening.listener(sent, subject));
      }
    }
  }

  subscribe(subject: string, listener: Listener): Subscription {
    const listenings = this.#listenings.get(subject) ?? new Set();
    this.#listenings.set(subject, listenings);
    const listening = { listener };
    listenings.add(listening);
    return {
      unsubscribe: () => {
        listenings.delete(listening);
        // Subjects hold session ids: empty ones would gather.
        if (listenings.size === 0 && this.#listenings.get(subject) === listenings) this.#listenings.delete(subject);
      },
    };
  }

  async request(subject: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const sent = message.slice();
    await Promise.resolve();
    const responder = this.#responders.get(subject);
    if (responder === undefined) {
      throw new ArrasError("unavailable", {
        message: `Nobody answers on ${subject}`,
        action: "Is the node agent running? Try again.",
      });
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(timedOut(subject, timeoutMs)), timeoutMs);
    });
    try {
      return await Promise.race([responder(sent), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A later responder on the same subject takes the place of an earlier one. */
  reply(subject: string, responder: Responder): Subscription {
    this.#responders.set(subject, responder);
    return {
      unsubscribe: () => {
        if (this.#responders.get(subject) === responder) this.#responders.delete(subject);
      },
    };
  }
}

/** NATS's `>`: one or more tokens at the end. */
function matches(pattern: string, subject: string): boolean {
  return pattern.endsWith(">")
    ? subject.startsWith(pattern.slice(0, -1)) && subject.length >= pattern.length
    : pattern === subject;
}

function timedOut(subject: string, timeoutMs: number): ArrasError {
  return new ArrasError("timed-out", {
    message: `No answer on ${subject} within ${timeoutMs} ms`,
    action: "Try again.",
  });
}
