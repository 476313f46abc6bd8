// Small messages between coordinators and node agents: publish-subscribe and request-reply. In memory on one machine;
// NATS on a farm. Delivery is at most once, order is kept per subject and publisher; nothing relies on more.

export interface Bus {
  /** Returns before any listener runs. The bytes are the caller's again when it returns. */
  publish(subject: string, message: Uint8Array): void;
  /** `listener` must not throw. A trailing `>` in the subject matches the rest, as in NATS. */
  subscribe(subject: string, listener: (message: Uint8Array, subject: string) => void): Subscription;
  /** Rejects with `unavailable` when nobody listens and `timed-out` when nobody answers in time. */
  request(subject: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Answers requests on a subject, which has one responder at a time. `responder` must not reject: errors travel inside the reply message. */
  reply(subject: string, responder: (message: Uint8Array) => Promise<Uint8Array>): Subscription;
}

export interface Subscription {
  unsubscribe(): void;
}
