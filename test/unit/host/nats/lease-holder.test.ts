// Holders of leases over a store in memory and a clock that the test moves.
import { describe, expect, it } from "vitest";
import { InMemoryKeyValue } from "../../../../host/nats/in-memory-key-value.ts";
import { LeaseHolder } from "../../../../host/nats/lease-holder.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { settled } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

const times = { leaseTtlMs: 2000, leaseAllowanceMs: 1700, leaseRenewIntervalMs: 400 };

function party(store: InMemoryKeyValue, clock: FakeClock, owner: string) {
  const lines: string[] = [];
  const holder = new LeaseHolder({
    store,
    prefix: "lease",
    self: { owner, about: `${owner}:8888` },
    clock,
    times,
    log: silentLog,
    listener: {
      acquired: (name, _revision, isFirst) => void lines.push(`${name} acquired${isFirst ? " first" : ""}`),
      lost: (name) => void lines.push(`${name} lost`),
      seen: (name, other) => void lines.push(`${name} is ${other?.about ?? "free"}`),
    },
  });
  return { holder, lines };
}

async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    await settled();
  }
}

describe("leases of processes", () => {
  it("one creates a session -> it may act at once, all see it, and it renews for as long as it lives", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const [a, b] = [party(store, clock, "a"), party(store, clock, "b")];
    a.holder.acquire("s1", { fresh: true });
    await settled();
    expect(a.holder.mayAct("s1")).toBe(true);
    b.holder.acquire("s1");
    await pass(clock, 10_000);
    expect([a.holder.mayAct("s1"), b.holder.mayAct("s1")]).toEqual([true, false]);
    expect(b.lines).toEqual(["s1 is a:8888"]);
    expect(b.holder.holderOf("s1")).toEqual({ owner: "a", about: "a:8888" });
    expect(a.lines.sort()).toEqual(["s1 acquired first", "s1 is a:8888"]);
  });

  it("what is new to one is another's already -> it is not taken", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const [a, b] = [party(store, clock, "a"), party(store, clock, "b")];
    a.holder.acquire("s1", { fresh: true });
    await settled();
    b.holder.acquire("s1", { fresh: true });
    await pass(clock, 5_000);
    expect([a.holder.mayAct("s1"), b.holder.mayAct("s1")]).toEqual([true, false]);
  });

  it.each(["lost", "unanswered"] as const)(
    "the first write is %s -> it is had all the same, not as the first",
    async (fault) => {
      const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
      const a = party(store, clock, "a");
      store.faults.push(fault);
      a.holder.acquire("s1", { fresh: true });
      await pass(clock, 100);
      expect(a.lines).toContain("s1 acquired");
    },
  );

  it("the holder gives it back -> another has it at once", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const [a, b] = [party(store, clock, "a"), party(store, clock, "b")];
    a.holder.acquire("s1", { fresh: true });
    b.holder.acquire("s1");
    await settled();
    await a.holder.release("s1");
    await settled();
    expect([a.holder.mayAct("s1"), b.holder.mayAct("s1")]).toEqual([false, true]);
  });

  it("the holder is cut off -> it stops before another takes over, who does within the time to live and one tick", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const cutOff = new Proxy(store, {
      get: (target, name) => {
        if (name === "update" || name === "get") {
          return async (...given: never[]) => {
            if (cut) throw new Error("no route");
            return (target[name] as (...given: never[]) => unknown).apply(target, given);
          };
        }
        const value = target[name as keyof InMemoryKeyValue];
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    let cut = false;
    const [a, b] = [party(cutOff, clock, "a"), party(store, clock, "b")];
    a.holder.acquire("s1", { fresh: true });
    b.holder.acquire("s1");
    await pass(clock, 1000);
    cut = true;
    let bothMs = 0;
    let noneMs = 0;
    for (let ms = 0; ms < 3000; ms += 50) {
      await pass(clock, 50);
      const acting = [a.holder.mayAct("s1"), b.holder.mayAct("s1")].filter(Boolean).length;
      bothMs += acting === 2 ? 50 : 0;
      noneMs += acting === 0 ? 50 : 0;
    }
    expect(bothMs).toBe(0);
    expect(noneMs).toBeLessThanOrEqual(450);
    expect(b.holder.mayAct("s1")).toBe(true);
    cut = false;
    await pass(clock, 3000);
    expect([a.holder.mayAct("s1"), b.holder.mayAct("s1")]).toEqual([false, true]);
    expect(a.lines.filter((line) => !line.includes(" is "))).toEqual(["s1 acquired first", "s1 lost"]);
  });

  it("the store is away for longer than the time to live -> the holder stops, and has its lease again when it is back", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const [a, b] = [party(store, clock, "a"), party(store, clock, "b")];
    a.holder.acquire("s1", { fresh: true });
    b.holder.acquire("s1");
    await pass(clock, 1000);
    store.setAway(true);
    await pass(clock, 10_000);
    expect([a.holder.mayAct("s1"), b.holder.mayAct("s1")]).toEqual([false, false]);
    store.setAway(false);
    await pass(clock, 10_000);
    expect([a.holder.mayAct("s1"), b.holder.mayAct("s1")]).toEqual([true, false]);
    expect(b.lines.filter((line) => line === "s1 acquired")).toEqual([]);
  });

  it("answers of the store get lost now and then -> the lease is held through", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const a = party(store, clock, "a");
    a.holder.acquire("s1", { fresh: true });
    await settled();
    for (let i = 0; i < 30; i++) {
      store.faults.push(i % 2 === 0 ? "unanswered" : "lost", undefined);
      await pass(clock, 450);
      expect(a.holder.mayAct("s1")).toBe(true);
    }
    expect(a.lines.filter((line) => line === "s1 lost")).toEqual([]);
  });

  it("a session has ended -> its record is gone, and others see it go", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const [a, b] = [party(store, clock, "a"), party(store, clock, "b")];
    a.holder.acquire("s1", { fresh: true });
    await settled();
    await a.holder.remove("s1");
    await settled();
    expect(await store.get("lease.s1")).toBe(undefined);
    expect(b.lines).toEqual(["s1 is a:8888", "s1 is free"]);
  });

  it("ten want one lease that runs out -> exactly one gets it", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    await store.create("lease.s1", new TextEncoder().encode("not even JSON"));
    const parties = Array.from({ length: 10 }, (_, i) => party(store, clock, `p${i}`));
    for (const { holder } of parties) holder.acquire("s1");
    await pass(clock, 1900);
    expect(parties.filter(({ holder }) => holder.mayAct("s1"))).toHaveLength(0);
    await pass(clock, 3000);
    expect(parties.filter(({ holder }) => holder.mayAct("s1"))).toHaveLength(1);
  });

  it("it closes -> gives all back, and nothing of it is left running", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const a = party(store, clock, "a");
    a.holder.acquire("s1", { fresh: true });
    a.holder.acquire("s2", { fresh: true });
    await settled();
    await a.holder.close();
    expect(clock.timerCount).toBe(0);
    expect([a.holder.mayAct("s1"), a.holder.mayAct("s2")]).toEqual([false, false]);
  });
});
