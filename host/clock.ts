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

/** setTimeout fires at once for a longer delay (Node.js documentation of timers): a limit of a month would end a render. */
const setTimeoutMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, action) {
    let timeout: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      const stepMs = Math.min(leftMs, setTimeoutMsMax);
      timeout = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : action()), stepMs);
      timeout.unref();
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(timeout) };
  },
};
