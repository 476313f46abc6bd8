// Coordinators that share a farm's stores, in one process: each has a clock and a way to the stores of its own, nodes are
// a test's. What is asked of nodes shows who acts.
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Coordinator } from "../../../coordinator/coordinator.ts";
import { InMemoryBus } from "../../../host/in-memory-bus.ts";
import { InMemoryKeyValue } from "../../../host/nats/in-memory-key-value.ts";
import { stableId } from "../../../host/stable-id.ts";
import { HelloSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { AdoptedComputationSchema, HeartbeatSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { subjects } from "../../../proto/subjects.ts";
import { softwareVersion } from "../../../proto/version.ts";
import { cuttable } from "../../fakes/cuttable-store.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";
import { partySteps } from "../../fakes/faults-of-parties.ts";
import { smallSpec } from "../../fakes/session-specs.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

const spec = smallSpec();

class Party {
  readonly clock = new FakeClock();
  readonly link = { isCut: false };
  isStalled = false;
  readonly coordinator: Coordinator;

  constructor(name: string, farm: Farm) {
    let idCount = 0;
    this.coordinator = new Coordinator({
      bus: farm.bus,
      clock: this.clock,
      wallClockMs: () => 1_000_000 + this.clock.nowMs(),
      log: silentLog,
      launcher: farm.launcher,
      stores: {
        sessions: cuttable(farm.sessions, this.link),
        leases: cuttable(farm.leases, this.link),
        places: cuttable(farm.places, this.link),
      },
      leaseTimes: limits,
      newId: () => `${name}${++idCount}`,
      sessionIdFor: stableId,
      coordinatorAddress: () => `${name}:8888`,
      mergerAddress: () => "",
      clientHost: undefined,
      isBusConnected: () => !this.link.isCut,
      logLevel: 1,
    });
    this.coordinator.start();
  }
}

class Farm {
  readonly bus = new InMemoryBus();
  readonly sessions = new InMemoryKeyValue();
  readonly leases = new InMemoryKeyValue();
  readonly places = new InMemoryKeyValue();
  readonly launcher = new FakeLauncher();
  readonly parties: Party[] = [];

  join(name: string): Party {
    const party = new Party(name, this);
    this.parties.push(party);
    return party;
  }

  /** In steps of 50 ms; the node is heard of each second. */
  async pass(ms: number, after: () => void = () => {}): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += 50) {
      for (const { clock, isStalled } of this.parties) {
        if (isStalled) clock.skip(50);
        else clock.advance(50);
      }
      if (passedMs % 1_000 === 0) this.#heartbeat();
      await settled();
      after();
    }
  }

  async close(): Promise<void> {
    for (const { coordinator } of this.parties) await coordinator.leave();
  }

  #heartbeat(): void {
    const node = { nodeId: "n", softwareVersion, host: "h", coreCount: 8, coresShared: true, renderers: ["fake"] };
    const message = create(HeartbeatSchema, { ...node, architecture: "x64", memoryBytes: 2n ** 35n });
    this.bus.publish(subjects.heartbeat("n"), toBinary(HeartbeatSchema, message));
  }
}

async function farmOf(...names: readonly string[]): Promise<{ farm: Farm; parties: Party[] }> {
  const farm = new Farm();
  const parties = names.map((name) => farm.join(name));
  await farm.pass(1_000);
  return { farm, parties };
}

const runs = (...names: readonly string[]) =>
  names.map((name) => create(AdoptedComputationSchema, { name, attempt: 1, address: name === "merge" ? "h:1" : "" }));

describe("coordinators of one farm", () => {
  it("the owner is cut off -> within three seconds another has its session and asks what runs, and nothing else", async () => {
    const { farm, parties } = await farmOf("a", "b");
    const [a, b] = parties as [Party, Party];
    const sessionId = await a.coordinator.create("r", spec);
    expect(farm.launcher.labels.sort()).toEqual(["mcrt_i0#1", "merge#1"]);
    const { token } = farm.launcher.last("merge").launch.order;
    farm.launcher.running.set("n", runs("merge", "mcrt_i0"));
    a.link.isCut = true;
    await farm.pass(3_000);
    expect((await b.coordinator.locate(sessionId)).at.t).toBe("here");
    expect(farm.launcher.adopted).toEqual([`n ${sessionId}`]);
    expect([farm.launcher.labels, farm.launcher.stopped]).toEqual([["merge#1", "mcrt_i0#1"], []]);
    const hello = create(HelloSchema, { sessionId, token, computation: "mcrt_i0" });
    expect(() => a.coordinator.sessionOf(hello)).toThrow(expect.objectContaining({ code: "unavailable" }));
    expect(b.coordinator.sessionOf(hello).state.t).toBe("starting");
    expect(() => b.coordinator.sessionOf({ ...hello, token: "guess" })).toThrow(/There is no session/);
    a.link.isCut = false;
    await farm.pass(3_000);
    expect((await a.coordinator.locate(sessionId)).at).toEqual({ t: "there", address: "b:8888" });
    await farm.close();
  });

  it("the owner leaves -> another has it at once; it comes again under another name -> it waits its turn", async () => {
    const { farm, parties } = await farmOf("a", "b");
    const [a, b] = parties as [Party, Party];
    const sessionId = await a.coordinator.create("r", spec);
    await farm.pass(1_000);
    await a.coordinator.leave();
    await farm.pass(100);
    expect((await b.coordinator.locate(sessionId)).at.t).toBe("here");
    expect(farm.launcher.stopped).toEqual([]);
    const again = farm.join("c");
    await farm.pass(5_000);
    expect((await again.coordinator.locate(sessionId)).at).toEqual({ t: "there", address: "b:8888" });
    await farm.close();
  });

  it("the same request at two coordinators, one after the other or at once -> one session", async () => {
    const { farm, parties } = await farmOf("a", "b");
    const [a, b] = parties as [Party, Party];
    const first = await a.coordinator.create("r", spec);
    expect(await b.coordinator.create("r", spec)).toBe(first);
    const both = await Promise.all([a, b, a].map(({ coordinator }) => coordinator.create("r2", spec)));
    expect(new Set(both).size).toBe(1);
    expect(await b.coordinator.create("r", spec, "ann")).not.toBe(first);
    await farm.pass(100);
    expect(farm.launcher.labels.filter((label) => label === "merge#1")).toHaveLength(3);
    await farm.close();
  });

  it("a session has just been created elsewhere -> known here by asking; there is none -> session-missing", async () => {
    const { farm, parties } = await farmOf("a", "b");
    const [a, b] = parties as [Party, Party];
    const creating = a.coordinator.create("r", spec);
    const sessionId = stableId("", "r");
    await creating;
    expect((await b.coordinator.locate(sessionId)).at.t).not.toBe("here");
    await expect(b.coordinator.locate("nothing")).rejects.toMatchObject({ code: "session-missing" });
    b.link.isCut = true;
    await expect(b.coordinator.locate("nothing")).rejects.toMatchObject({ code: "unavailable" });
    await expect(b.coordinator.create("r9", spec)).rejects.toMatchObject({ code: "unavailable" });
    await farm.close();
  });

  it("its owner dies while it closes the session -> the next one closes it", async () => {
    const { farm, parties } = await farmOf("a", "b");
    const [a, b] = parties as [Party, Party];
    const sessionId = await a.coordinator.create("r", spec);
    farm.launcher.running.set("n", runs("merge", "mcrt_i0"));
    farm.launcher.stopGate = new Promise(() => {});
    void a.coordinator.close(sessionId).catch(() => {});
    await farm.pass(200);
    a.link.isCut = true;
    a.isStalled = true;
    farm.launcher.stopGate = undefined;
    await farm.pass(4_000);
    await expect(b.coordinator.locate(sessionId)).rejects.toMatchObject({ code: "session-missing" });
    expect(farm.launcher.stopped.length).toBeGreaterThanOrEqual(3);
    await farm.close();
  });

  it("a session has ended, and its owner dies -> any coordinator knows its end", async () => {
    const { farm, parties } = await farmOf("a", "b");
    const [a, b] = parties as [Party, Party];
    const sessionId = await a.coordinator.create("r", spec);
    await a.coordinator.session(sessionId).stop();
    await farm.pass(100);
    expect((await b.coordinator.locate(sessionId)).final?.state).toBe(SessionState.STOPPED);
    a.isStalled = true;
    farm.launcher.running.set("n", runs("merge"));
    await farm.pass(3_000);
    expect(b.coordinator.session(sessionId).state.t).toBe("stopped");
    await farm.close();
  });

  it("they stand still, are cut off and go on in any order -> what nodes are asked never comes from two owners in turn", async () => {
    await fc.assert(
      fc.asyncProperty(partySteps(20), fc.boolean(), async (steps, doesRun) => {
        const { farm, parties } = await farmOf("a", "b", "c");
        const sessionId = await parties[0]!.coordinator.create("r", spec);
        if (doesRun) farm.launcher.running.set("n", runs("merge", "mcrt_i0"));
        const { fences } = farm.launcher;
        const check = () => expect(fences).toEqual([...fences].sort((x, y) => x - y));
        for (const { party, what, ms } of steps) {
          const each = parties[party]!;
          each.isStalled = what === "stall";
          if (what === "cut") each.link.isCut = true;
          if (what === "join") each.link.isCut = false;
          await farm.pass(ms, check);
        }
        for (const each of parties) [each.isStalled, each.link.isCut] = [false, false];
        await farm.pass(8_000, check);
        const places = await Promise.all(parties.map(({ coordinator }) => coordinator.locate(sessionId)));
        expect(places.map(({ at }) => at.t).sort()).toEqual(["here", "there", "there"]);
        await farm.close();
      }),
      { numRuns: 25 },
    );
  });
});
