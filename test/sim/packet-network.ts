// The network between simulated processes: streams as gRPC gives them (in order; a lost packet costs a retransmission;
// a lost connection loses what is on the way, and each side notices in its own time) and datagrams as NATS gives them
// (at most once in the product; here also lost, doubled, overtaken). Hosts can be cut off from each other.
import type { Counts } from "./counts.ts";
import type { SimClock } from "./sim-clock.ts";
import type { SimProcess } from "./sim-process.ts";

export interface NetworkWeather {
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Of packets: each costs a retransmission in a stream, and the message as a datagram. */
  readonly lossShare: number;
  /** Of datagrams, and of stream messages that their receiver must know to ignore. */
  readonly repeatShare: number;
}

/** HTTP/2 pings: a peer that says nothing for so long is given up. */
const keepaliveMs = 3_000;
const retransmissionMs = 200;

export class PacketNetwork {
  readonly clock: SimClock;
  readonly random: () => number;
  readonly counts: Counts;
  readonly #weather: NetworkWeather;
  /** By pair of hosts: until when they hear nothing of each other. */
  readonly #cuts = new Map<string, number>();
  readonly #connections = new Set<Connection>();

  constructor(clock: SimClock, random: () => number, weather: NetworkWeather, counts: Counts) {
    this.clock = clock;
    this.random = random;
    this.#weather = weather;
    this.counts = counts;
  }

  cut(a: string, b: string, durationMs: number): void {
    if (a === b) return;
    const untilMs = Math.max(this.cutUntilMs(a, b), this.clock.nowMs() + durationMs);
    this.#cuts.set(pairOf(a, b), untilMs);
    for (const connection of [...this.#connections]) if (connection.spans(a, b)) connection.cutFor(durationMs);
  }

  cutUntilMs(a: string, b: string): number {
    return this.#cuts.get(pairOf(a, b)) ?? 0;
  }

  /** Both ends open at once; what is sent travels. A target that has ended, or is cut off, closes it later. */
  connect(from: SimProcess, to: SimProcess | undefined, handlers: EndHandlers): Connection {
    const connection = new Connection(this, from, to, handlers);
    this.#connections.add(connection);
    return connection;
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** Breaks the open connection that is `pick` (0 to 1) of the way through all. False: there is none. */
  reset(pick: number): boolean {
    const open = [...this.#connections];
    open[Math.floor(pick * open.length)]?.reset();
    return open.length > 0;
  }

  /** One way through the network. Repeats and reorders nothing by itself. */
  travelMs(a: string, b: string): number {
    const { delayMs, jitterMs, lossShare } = this.#weather;
    if (a === b) return 0.05 + this.random() * 0.1;
    let ms = delayMs + this.random() * jitterMs;
    for (let resent = retransmissionMs; this.random() < lossShare && resent < 5_000; resent *= 2) {
      this.counts.note("packet lost");
      ms += resent;
    }
    return ms;
  }

  isRepeated(): boolean {
    return this.random() < this.#weather.repeatShare;
  }

  /** `arrive` runs in `to`, never, once or twice. Later ones may overtake earlier ones. */
  datagram(fromHost: string, to: SimProcess | undefined, arrive: () => void): void {
    if (to === undefined) return;
    const copies = this.isRepeated() ? 2 : 1;
    if (copies === 2) this.counts.note("datagram repeated");
    for (let copy = 0; copy < copies; copy++) {
      if (fromHost !== to.hostId && this.random() < this.#weather.lossShare) {
        this.counts.note("datagram lost");
        continue;
      }
      const { delayMs, jitterMs } = this.#weather;
      const ms = fromHost === to.hostId ? 0.1 : delayMs + this.random() * jitterMs * 2;
      if (this.cutUntilMs(fromHost, to.hostId) > this.clock.nowMs() + ms) this.counts.note("datagram lost");
      else to.after(ms, arrive);
    }
  }
}

/** What one side of a connection is told. */
export interface EndHandlers {
  message(message: unknown): void;
  /** The connection is over, for whatever reason. Told once, and not to the side that closed it. */
  closed(): void;
}

export class Connection {
  readonly #network: PacketNetwork;
  readonly #processes: readonly [SimProcess, SimProcess | undefined];
  readonly #handlers: [EndHandlers, EndHandlers | undefined];
  readonly #open: [boolean, boolean] = [true, true];
  readonly #lastMs: [number, number] = [0, 0];
  /** On their way, in order: whichever landing comes first brings the oldest. */
  readonly #travelling: readonly [(() => void)[], (() => void)[]] = [[], []];
  #isBroken = false;

  constructor(network: PacketNetwork, from: SimProcess, to: SimProcess | undefined, handlers: EndHandlers) {
    this.#network = network;
    this.#processes = [from, to];
    this.#handlers = [handlers, undefined];
    from.connections.add(this);
    const now = network.clock.nowMs();
    if (to === undefined || !to.isAlive) this.#notice(0, network.travelMs(from.hostId, "?"));
    else {
      to.connections.add(this);
      if (network.cutUntilMs(from.hostId, to.hostId) > now) this.cutFor(keepaliveMs + 1);
    }
  }

  /** By the side that was connected to. */
  accept(handlers: EndHandlers): void {
    this.#handlers[1] = handlers;
  }

  spans(a: string, b: string): boolean {
    const [from, to] = this.#processes;
    return to !== undefined && pairOf(from.hostId, to.hostId) === pairOf(a, b);
  }

  /** Dropped where the connection is over. */
  send(by: SimProcess, message: unknown): void {
    const side = this.#sideOf(by);
    if (!this.#open[side] || this.#isBroken) return;
    this.#travel(side, () => {
      const handlers = this.#handlers[other(side)];
      if (this.#open[other(side)]) handlers?.message(message);
    });
  }

  /** In order: what was sent before arrives before. */
  close(by: SimProcess): void {
    const side = this.#sideOf(by);
    if (!this.#open[side]) return;
    this.#shut(side);
    if (!this.#isBroken) this.#travel(side, () => this.#tellClosed(other(side)));
  }

  processEnded(process: SimProcess, silently: boolean): void {
    const side = this.#sideOf(process);
    if (!silently) {
      this.close(process);
      return;
    }
    this.#shut(side);
    this.#isBroken = true;
    this.#notice(other(side), keepaliveMs);
  }

  /** As by a router that forgot it: what is on the way is lost, both sides are told, one after the other. */
  reset(): void {
    this.#isBroken = true;
    for (const side of [0, 1] as const) this.#notice(side, 1 + this.#network.random() * 100);
  }

  cutFor(durationMs: number): void {
    if (durationMs <= keepaliveMs) return;
    for (const side of [0, 1] as const) this.#notice(side, keepaliveMs + this.#network.random() * 500);
  }

  /** `process` does not answer pings for so long. */
  silentFrom(process: SimProcess, durationMs: number): void {
    if (durationMs > keepaliveMs) this.#notice(other(this.#sideOf(process)), keepaliveMs);
  }

  #sideOf(process: SimProcess): 0 | 1 {
    return this.#processes[0] === process ? 0 : 1;
  }

  #travel(from: 0 | 1, arrive: () => void): void {
    const [a, b] = this.#processes;
    const to = this.#processes[other(from)];
    if (b === undefined || to === undefined) return;
    const { clock } = this.#network;
    const atMs = Math.max(this.#lastMs[from], clock.nowMs() + this.#network.travelMs(a.hostId, b.hostId));
    this.#lastMs[from] = atMs;
    this.#travelling[from].push(arrive);
    const land = () => {
      const blockedMs = Math.max(this.#network.cutUntilMs(a.hostId, b.hostId), to.frozenUntilMs);
      if (blockedMs > clock.nowMs()) {
        this.#lastMs[from] = Math.max(this.#lastMs[from], blockedMs);
        clock.at(blockedMs, land);
        return;
      }
      const oldest = this.#travelling[from].shift();
      if (to.isAlive && !this.#isBroken) oldest?.();
    };
    clock.at(atMs, land);
  }

  #notice(side: 0 | 1, afterMs: number): void {
    this.#processes[side]?.after(afterMs, () => this.#tellClosed(side));
  }

  /** What is on the way to a side that gives up is lost, and the other side is told, if it can be. */
  #tellClosed(side: 0 | 1): void {
    if (!this.#open[side]) return;
    this.#shut(side);
    if (this.#open[other(side)]) this.#travel(side, () => this.#tellClosed(other(side)));
    this.#handlers[side]?.closed();
  }

  #shut(side: 0 | 1): void {
    this.#open[side] = false;
    this.#processes[side]?.connections.delete(this);
    if (!this.#open[0] && !this.#open[1]) this.#network.forget(this);
  }
}

function other(side: 0 | 1): 0 | 1 {
  return side === 0 ? 1 : 0;
}

function pairOf(a: string, b: string): string {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}
