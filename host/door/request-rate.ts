// How many requests a client may make: a bucket for each that fills at a steady rate and empties by one for each request.
// Pure: time is an argument.

export interface RateBounds {
  /** What a bucket holds: so many at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** Buckets kept. One that is full again is the same as none. */
  readonly clientsMax: number;
}

interface Bucket {
  /** Thousandths of a request: whole numbers at whole milliseconds, so that nobody waits one longer than he was told. */
  readonly left: number;
  readonly atMs: number;
}

export class RequestRates {
  readonly #bounds: RateBounds;
  /** In the order of their last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(bounds: RateBounds) {
    this.#bounds = bounds;
  }

  /** 0: the request is one of those that are allowed, and counted. Else it is not, and after so many ms one would be. */
  take(client: string, nowMs: number): number {
    const { burst, perSecond } = this.#bounds;
    const before = this.#buckets.get(client);
    const left = before === undefined ? burst * 1000 : this.#refilled(before, nowMs);
    this.#buckets.delete(client);
    this.#makeRoom(nowMs);
    const isAllowed = left >= 1000;
    this.#buckets.set(client, { left: isAllowed ? left - 1000 : left, atMs: nowMs });
    return isAllowed ? 0 : Math.ceil((1000 - left) / perSecond);
  }

  get clientCount(): number {
    return this.#buckets.size;
  }

  #refilled({ left, atMs }: Bucket, nowMs: number): number {
    const { burst, perSecond } = this.#bounds;
    return Math.min(burst * 1000, left + Math.max(0, nowMs - atMs) * perSecond);
  }

  /** Those longest not used are full again first, and go first; with clientsMax at work, the longest silent is forgotten. */
  #makeRoom(nowMs: number): void {
    for (const [client, bucket] of this.#buckets) {
      const isFull = this.#refilled(bucket, nowMs) >= this.#bounds.burst * 1000;
      if (!isFull && this.#buckets.size < this.#bounds.clientsMax) return;
      this.#buckets.delete(client);
    }
  }
}

/** What counts as one client where nobody says who he is: an IPv4 address, or the /64 that one IPv6 customer has. */
export function clientOfAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...Array<string>(zeros).fill("0"), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
