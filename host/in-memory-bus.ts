// The bus within one process: the whole of a local render's control plane.
import { ArrasError } from "../proto/errors.ts";
import type { Bus, Subscription } from "./bus.ts";

export class InMemoryBus implements Bus {
  readonly #listeners = new Map<string, Set<(message: Uint8Array, subject: string) => void>>();
  readonly #responders = new Map<string, (message: Uint8Array) => Promise<Uint8Array>>();

  /** Delivered in a later microtask, as from a network: no publisher runs inside a listener. */
  publish(subject: string, message: Uint8Array): void {
    for (const [pattern, listeners] of this.#listeners) {
      if (!matches(pattern, subject)) continue;
      for (const listener of listeners) queueMicrotask(() => listeners.has(listener) && listener(message, subject));
    }
  }

  subscribe(subject: string, listener: (message: Uint8Array, subject: string) => void): Subscription {
    const listeners = this.#listeners.get(subject) ?? new Set();
    this.#listeners.set(subject, listeners);
    listeners.add(listener);
    return { unsubscribe: () => void listeners.delete(listener) };
  }

  async request(subject: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
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
      return await Promise.race([responder(message), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  reply(subject: string, responder: (message: Uint8Array) => Promise<Uint8Array>): Subscription {
    this.#responders.set(subject, responder);
    return { unsubscribe: () => void this.#responders.delete(subject) };
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
