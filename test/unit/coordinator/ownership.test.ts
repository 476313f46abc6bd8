// Who owns which session: coordinators that share two stores, each with its own clock and its own troubles.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ownership } from "../../../coordinator/ownership.ts";
import { InMemoryKeyValue } from "../../../host/nats/in-memory-key-value.ts";
import type { KeyValue } from "../../../host/nats/key-value.ts";
import type { SessionRecord } from "../../../proto/gen/arras/v1/record_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { cuttable } from "../../fakes/cuttable-store.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { partySteps } from "../../fakes/faults-of-parties.ts";
import { sessionRecord } from "../../fakes/session-plans.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

class Party {
  readonly told: string[] = [];
  readonly ownership: Ownership;
  readonly fences: number[] = [];

  constructor(name: string, stores: { sessions: KeyValue; leases: KeyValue }, clock: FakeClock) {
    this.ownership = new Ownership({
      ...stores,
      self: { owner: name, about: `${name}:8888` },
      clock,
      times: limits,
      log: silentLog,
      listener: {
        acquired: ({ record }, fence) => {
          this.told.push(`acquired ${record.sessionId} of ${record.owner}`);
          this.fences.push(fence);
        },
        lost: (sessionId) => void this.told.push(`lost ${sessionId}`),
        removed: (sessionId) => void this.told.push(`removed ${sessionId}`),
      },
    });
  }

  said(): string[] {
    return this.told.splice(0);
  }
}

const recordOf = (sessionId: string, owner = "a"): SessionRecord => sessionRecord({ sessionId, owner });

describe("ownership", () => {
  function world() {
    const stores = { sessions: new InMemoryKeyValue(), leases: new InMemoryKeyValue() };
    const clock = new FakeClock();
    const pass = async (ms: number) => {
      for (let passedMs = 0; passedMs < ms; passedMs += 100) {
        clock.advance(100);
        await settled();
      }
    };
    return { stores, clock, pass, party: (name: string) => new Party(name, stores, clock) };
  }

  it("one creates a session -> it is that one's at once, and nobody else's", async () => {
    const { party, pass } = world();
    const [a, b] = [party("a"), party("b")];
    expect(await a.ownership.create(recordOf("s"))).toBe("created");
    await settled();
    expect(a.said()).toEqual(["acquired s of a"]);
    await pass(10_000);
    expect([a.said(), b.said()]).toEqual([[], []]);
    expect([a.ownership.mayAct("s"), b.ownership.mayAct("s")]).toEqual([true, false]);
    expect(b.ownership.ownerOf("s")).toEqual({ owner: "a", about: "a:8888" });
    expect(b.ownership.get("s")?.record.owner).toBe("a");
  });

  it("the same session is created twice -> known to the second, whoever it is", async () => {
    const { party } = world();
    const [a, b] = [party("a"), party("b")];
    await a.ownership.create(recordOf("s"));
    expect(await b.ownership.create(recordOf("s", "b"))).toBe("known");
    expect(await a.ownership.create(recordOf("s"))).toBe("known");
    expect((await b.ownership.find("s"))?.record.owner).toBe("a");
  });

  it("a specification that leaves no room for its places -> limit-exceeded, and there is no session", async () => {
    const { party, pass } = world();
    const a = party("a");
    const large = sessionRecord({ clientHost: "h".repeat(limits.recordNewSizeBytesMax) });
    await expect(a.ownership.create(large)).rejects.toMatchObject({ code: "limit-exceeded" });
    await pass(5_000);
    expect([a.said(), a.ownership.all()]).toEqual([[], []]);
  });

  it("the owner gives everything back -> another has it at once, under a higher fence", async () => {
    const { party, pass } = world();
    const [a, b] = [party("a"), party("b")];
    await a.ownership.create(recordOf("s"));
    await pass(1_000);
    await a.ownership.close();
    await settled();
    expect(b.said()).toEqual(["acquired s of a"]);
    expect(b.fences[0]).toBeGreaterThan(a.fences[0]!);
    expect(a.said()).toEqual(["acquired s of a", "lost s"]);
  });

  it("the owner falls silent -> another has it within three seconds, and reads what was written last", async () => {
    const { stores, clock, party, pass } = world();
    const aClock = new FakeClock();
    const a = new Party("a", stores, aClock);
    const b = party("b");
    await a.ownership.create(recordOf("s"));
    await settled();
    const [kept] = a.ownership.all();
    await stores.sessions.update("session.s", (await stores.sessions.get("session.s"))!.value, kept!.revision);
    await pass(3_000);
    expect(b.said()).toEqual(["acquired s of a"]);
    expect(clock.nowMs()).toBe(3_000);
  });

  it("its record goes -> everybody is told, and nobody wants it any more", async () => {
    const { stores, party, pass } = world();
    const [a, b] = [party("a"), party("b")];
    await a.ownership.create(recordOf("s"));
    await settled();
    await a.ownership.finish("s", async () => void (await stores.sessions.delete("session.s", 1)));
    await pass(5_000);
    expect([a.said(), b.said()]).toEqual([["acquired s of a", "lost s", "removed s"], ["removed s"]]);
    expect(await stores.leases.get("session.s")).toBeUndefined();
  });

  it("a party has to stop for a reason of its own -> lost at once, and had again by somebody a moment later", async () => {
    const { party, pass } = world();
    const a = party("a");
    await a.ownership.create(recordOf("s"));
    await settled();
    await a.ownership.yield("s");
    expect(a.ownership.mayAct("s")).toBe(false);
    await pass(500);
    expect(a.said()).toEqual(["acquired s of a", "lost s", "acquired s of a"]);
  });

  it("the store is away when it is acquired -> its record is read as soon as it is back", async () => {
    const { stores, party, pass } = world();
    const [a, b] = [party("a"), party("b")];
    await a.ownership.create(recordOf("s"));
    await pass(500);
    stores.sessions.setAway(true);
    await a.ownership.close();
    await pass(1_000);
    expect([b.said(), b.ownership.mayAct("s")]).toEqual([[], true]);
    stores.sessions.setAway(false);
    await pass(300);
    expect(b.said()).toEqual(["acquired s of a"]);
  });

  it("parties stand still, are cut off and go on in any order -> never do two act, and in the end one does", async () => {
    await fc.assert(
      fc.asyncProperty(partySteps(30), async (steps) => {
        const sessions = new InMemoryKeyValue();
        const leases = new InMemoryKeyValue();
        const parties = ["a", "b", "c"].map((name) => {
          const clock = new FakeClock();
          const link = { isCut: false };
          const stores = { sessions: cuttable(sessions, link), leases: cuttable(leases, link) };
          return { clock, link, isStalled: false, party: new Party(name, stores, clock) };
        });
        const acting = () => parties.filter(({ party }) => party.ownership.mayAct("s")).length;
        await parties[0]!.party.ownership.create(recordOf("s"));
        await settled();
        const pass = async (ms: number) => {
          for (let passedMs = 0; passedMs < ms; passedMs += 50) {
            for (const each of parties) {
              // A process that stands still has a clock that goes on, and timers that do not run.
              if (each.isStalled) each.clock.skip(50);
              else each.clock.advance(50);
            }
            await settled();
            expect(acting()).toBeLessThanOrEqual(1);
          }
        };
        for (const { party, what, ms } of steps) {
          const each = parties[party]!;
          each.isStalled = what === "stall";
          if (what === "cut") each.link.isCut = true;
          if (what === "join") each.link.isCut = false;
          await pass(ms);
        }
        for (const each of parties) [each.isStalled, each.link.isCut] = [false, false];
        await pass(6_000);
        expect(acting()).toBe(1);
        for (const { party } of parties) await party.ownership.close();
      }),
      { numRuns: 40 },
    );
  });
});
