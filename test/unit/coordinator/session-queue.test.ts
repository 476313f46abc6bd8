// The queue as its sessions live it, on one coordinator and on two that share a table.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Berths } from "../../../coordinator/berths.ts";
import { ReservationTable } from "../../../coordinator/reservation-table.ts";
import { SessionQueue } from "../../../coordinator/session-queue.ts";
import { InMemoryKeyValue } from "../../../host/nats/in-memory-key-value.ts";
import { HeartbeatSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";
import { requestOf, type Wish } from "./queue/queue-fixtures.ts";

const store = () => new InMemoryKeyValue();

/** One coordinator, which hears nodes of four cores. */
class Owner {
  readonly berths: Berths;
  readonly queue: SessionQueue;
  readonly said: string[] = [];
  readonly #clock: FakeClock;
  readonly #nodeIds = new Set<string>();

  constructor(keyValue: InMemoryKeyValue, clock: FakeClock, ...nodeIds: readonly string[]) {
    this.#clock = clock;
    const table = new ReservationTable(keyValue, silentLog);
    this.berths = new Berths(table);
    this.queue = new SessionQueue({ berths: this.berths, clock, log: silentLog });
    table.onChange(() => this.queue.look());
    for (const nodeId of nodeIds) this.hear(nodeId);
  }

  hear(nodeId: string): void {
    this.#nodeIds.add(nodeId);
    const node = { nodeId, host: nodeId, coreCount: 4, renderers: ["embree"], architecture: "x64" };
    this.berths.heard(this.#clock.nowMs(), create(HeartbeatSchema, { ...node, memoryBytes: 8n * 2n ** 30n }));
    this.queue.look();
  }

  /** "placed" or "queued"; what follows is in `said`. */
  async submit(sessionId: string, wish: Wish = {}, waitsMs = 1e9): Promise<string> {
    const request = requestOf(sessionId, wish);
    const { user = "", priority = 50 } = wish;
    const nowMs = this.#clock.nowMs();
    const arrival = { sessionId, user, priority, request, mayWait: true };
    const admission = await this.berths.admit(nowMs, arrival, this.queue.patience(nowMs));
    const grows = () =>
      this.queue.grow(request, (placements) => this.said.push(`${sessionId} grows by ${placements.length}`));
    if (admission.t === "placed") {
      grows();
      return `placed ${admission.start.placements.length}`;
    }
    const session = {
      queued: ({ position, waitingCount, unblocks }: { position: number; waitingCount: number; unblocks: string }) =>
        this.said.push(`${sessionId} ${position}/${waitingCount} waits for ${unblocks}`),
      placed: () => {
        this.said.push(`${sessionId} placed`);
        grows();
      },
      expired: () => this.said.push(`${sessionId} expired`),
    };
    this.queue.wait(arrival, session, nowMs + waitsMs);
    return "queued";
  }

  end(sessionId: string): void {
    this.queue.remove(sessionId);
    this.berths.releaseSession(sessionId);
  }

  /** What was said since it was asked last. */
  take(): string[] {
    return this.said.splice(0);
  }

  hearAll(): void {
    for (const nodeId of this.#nodeIds) this.hear(nodeId);
  }
}

/** Time for what is under way, and for looks at the queue. */
async function pass(clock: FakeClock, byMs = 200): Promise<void> {
  for (let times = 0; times < 4; times += 1) {
    await settled();
    clock.advance(byMs / 4);
    await settled();
  }
}

describe("the queue of a coordinator", () => {
  it("a session ends -> who waits for it starts, whoever is left is told the new position", async () => {
    const clock = new FakeClock();
    const owner = new Owner(store(), clock, "n");
    expect(await owner.submit("a", { cores: 4 })).toBe("placed 1");
    expect(await owner.submit("b", { cores: 4 })).toBe("queued");
    expect(await owner.submit("c", { cores: 4 })).toBe("queued");
    await pass(clock);
    const text = "waits for session a to end, or a node";
    expect(owner.take()).toEqual([`b 1/2 ${text}`, `c 2/2 ${text}`]);
    owner.end("a");
    await pass(clock);
    expect(owner.take()).toEqual(["b placed", "c 1/1 waits for session b to end, or a node"]);
    await pass(clock);
    expect(owner.take()).toEqual([]);
  });

  it("a node comes -> who waits starts there", async () => {
    const clock = new FakeClock();
    const owner = new Owner(store(), clock);
    await owner.submit("a");
    await pass(clock);
    expect(owner.take()).toEqual(["a 1/1 waits for a node"]);
    owner.hear("n");
    await pass(clock);
    expect(owner.take()).toEqual(["a placed"]);
  });

  it("it has waited as long as it may -> it leaves the queue, and places nothing", async () => {
    const clock = new FakeClock();
    const owner = new Owner(store(), clock);
    await owner.submit("a", {}, 1000);
    await pass(clock, 900);
    owner.take();
    clock.advance(200);
    owner.queue.look();
    await pass(clock);
    expect(owner.take()).toEqual(["a expired"]);
    owner.hear("n");
    await pass(clock);
    expect([owner.berths.places.placed.size, owner.berths.places.waiting.size, owner.take()]).toEqual([0, 0, []]);
  });

  it("smaller ones pass who does not fit, until it has waited for limits.queuePassedMsMax", async () => {
    const clock = new FakeClock();
    const owner = new Owner(store(), clock, "n");
    await owner.submit("running", { cores: 2 });
    await owner.submit("large", { cores: 4 });
    expect(await owner.submit("small", { cores: 1 })).toBe("placed 1");
    for (let seconds = 0; seconds <= limits.queuePassedMsMax / 1000; seconds += 1) {
      owner.hearAll();
      await pass(clock, 1000);
    }
    expect(await owner.submit("late", { cores: 1 })).toBe("queued");
    await pass(clock);
    expect(owner.take().at(-1)).toBe("late 2/2 waits for session large to start");
  });

  it("a range: it starts with what fits, grows when a node comes and when a session ends, to its end", async () => {
    const clock = new FakeClock();
    const owner = new Owner(store(), clock, "n");
    await owner.submit("other", { cores: 3 });
    expect(await owner.submit("range", { cores: 2, growthCount: 4 })).toBe("queued");
    owner.hear("m");
    await pass(clock);
    expect(owner.take()).toEqual(["range placed"]);
    owner.end("other");
    await pass(clock);
    expect(owner.take()).toEqual(["range grows by 2"]);
    owner.hear("o");
    await pass(clock);
    expect(owner.take()).toEqual(["range grows by 1"]);
  });

  it("the store is away -> nothing moves; it is back -> the queue does", async () => {
    const clock = new FakeClock();
    const keyValue = store();
    const owner = new Owner(keyValue, clock, "n");
    await owner.submit("a", { cores: 4 });
    await owner.submit("b", { cores: 4 });
    await pass(clock);
    owner.take();
    keyValue.setAway(true);
    owner.end("a");
    await pass(clock);
    expect(owner.take()).toEqual([]);
    keyValue.setAway(false);
    owner.queue.look();
    await pass(clock);
    expect(owner.take()).toEqual(["b placed"]);
  });
});

describe("two coordinators of one farm", () => {
  it("one queue: what ends at the one starts what waits at the other, in the order of arrival", async () => {
    const clock = new FakeClock();
    const keyValue = store();
    const [one, other] = [new Owner(keyValue, clock, "n"), new Owner(keyValue, clock, "n")];
    await one.submit("a", { cores: 4 });
    await settled();
    expect(await other.submit("b", { cores: 4 })).toBe("queued");
    expect(await one.submit("c", { cores: 4 })).toBe("queued");
    await pass(clock);
    expect([one.take(), other.take()]).toEqual([
      ["c 2/2 waits for session a to end, or a node"],
      ["b 1/2 waits for session a to end, or a node"],
    ]);
    one.end("a");
    await pass(clock);
    expect(other.take()).toEqual(["b placed"]);
    expect(one.take()).toEqual([
      "c 2/2 waits for sessions ahead to start and end, or a node",
      "c 1/1 waits for session b to end, or a node",
    ]);
  });

  it("the owner of the first is gone -> its room is kept for limits.queueStalledMsMax, then others pass", async () => {
    const clock = new FakeClock();
    const keyValue = store();
    const [one, other] = [new Owner(keyValue, clock, "n"), new Owner(keyValue, clock, "n")];
    await one.submit("a", { cores: 4 });
    await other.submit("b", { cores: 4 });
    await one.submit("c", { cores: 4 });
    other.queue.end();
    one.end("a");
    await pass(clock, 1000);
    expect(one.take()).not.toContain("c placed");
    for (let seconds = 0; seconds <= limits.queueStalledMsMax / 1000; seconds += 1) {
      one.hearAll();
      await pass(clock, 1000);
    }
    expect(one.take()).toContain("c placed");
  });
});
