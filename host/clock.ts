// Time as a thing that is passed in. Cores get numbers; performing code gets a Clock; tests get one they can move.

export interface Clock {
  /** Monotonic, milliseconds; only differences mean anything. */
  nowMs(): number;
  /** Calls `action` once after `delayMs`. The timer does not keep the process alive. */
  after(delayMs: number, action: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, action) {
    const timeout = setTimeout(action, delayMs);
    timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};
