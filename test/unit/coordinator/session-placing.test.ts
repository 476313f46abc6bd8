// Places for the sessions of one coordinator, from admission to the end, and what it does for others' that are gone.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { silentJournal } from "../../../coordinator/journal/happening.ts";
import { ledgerOf } from "../../../coordinator/placement/places.ts";
import { ReservationTable } from "../../../coordinator/reservation-table.ts";
import { type PlaceTaker, type PlaceWish, SessionPlacing } from "../../../coordinator/session-placing.ts";
import { InMemoryKeyValue } from "../../../host/nats/in-memory-key-value.ts";
import { HeartbeatSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";
import { mcrts, merge } from "./placement/placement-fixtures.ts";

const heartbeat = (nodeId: string) =>
  create(HeartbeatSchema, {
    nodeId,
    host: nodeId,
    coreCount: 2,
    memoryBytes: 8n * 2n ** 30n,
    renderers: ["embree"],
    architecture: "x64",
  });

class Taker implements PlaceTaker {
  readonly said: string[] = [];
  queued({ position }: { position: number }) {
    this.said.push(`queued ${position}`);
  }
  place({ merge: film, mcrts: crew }: Parameters<PlaceTaker["place"]>[0]) {
    this.said.push(`placed ${film?.name} ${crew.map(({ name, nodeId }) => `${name}@${nodeId}`)}`);
  }
  grow(crew: Parameters<PlaceTaker["grow"]>[0]) {
    this.said.push(`grows by ${crew.map(({ name, nodeId }) => `${name}@${nodeId}`)}`);
  }
  expire(waitedMs: number) {
    this.said.push(`expired after ${waitedMs}`);
  }
}

/** A farm of one store, with a coordinator that hears these nodes. */
function coordinator(store: InMemoryKeyValue, clock: FakeClock, ...nodeIds: readonly string[]) {
  const placing = new SessionPlacing(store, { clock, log: silentLog, journal: silentJournal });
  for (const nodeId of nodeIds) placing.heard(heartbeat(nodeId));
  return placing;
}

function wish(sessionId: string, mcrtCount: number, growthCount = 0, waitsMs = 1e9): PlaceWish {
  const all = mcrts(mcrtCount + growthCount, { maxCores: 1 });
  const computations = [...all.slice(0, mcrtCount), merge()];
  const request = { sessionId, computations, growth: all.slice(mcrtCount), renderer: "embree" };
  return { request, user: "ann", priority: 50, queueTimeoutMs: waitsMs, waitsUntilMs: waitsMs };
}

async function pass(clock: FakeClock, byMs = 400): Promise<void> {
  for (let times = 0; times < 4; times += 1) {
    await settled();
    clock.advance(byMs / 4);
    await settled();
  }
}

describe("places for a coordinator's sessions", () => {
  it("no room -> in the queue, told; rendering ends elsewhere -> placed; it grows when that session is closed", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const placing = coordinator(store, clock, "n");
    expect((await placing.admit(wish("a", 2)))?.placements).toHaveLength(3);
    const [b, taker] = [wish("b", 1, 1), new Taker()];
    expect(await placing.admit(b)).toBeUndefined();
    placing.follow(b, taker, true);
    await pass(clock);
    placing.renderingEnded("a", "merge");
    await pass(clock);
    expect(taker.said).toEqual(["queued 1", "placed merge mcrt_i0@n,mcrt_i1@n"]);
    const table = new ReservationTable(store, silentLog);
    await settled();
    expect(
      ledgerOf(table.places)
        .ofSession("a")
        .map(({ computation }) => computation),
    ).toEqual(["merge"]);
    placing.releaseSession("a");
    placing.release("b", "mcrt_i1");
    await pass(clock);
    expect(taker.said.at(-1)).toBe("grows by mcrt_i1@n");
    placing.heard(heartbeat("m"));
    await pass(clock);
    expect(taker.said).toHaveLength(3);
    await placing.end();
  });

  it("it waits too long -> told how long that was; it may not wait -> refused", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const placing = coordinator(store, clock);
    const [a, taker] = [wish("a", 1, 0, 500), new Taker()];
    await placing.admit(a);
    placing.follow(a, taker, true);
    await pass(clock);
    clock.advance(200);
    placing.judge(false, undefined);
    await pass(clock);
    expect(taker.said).toEqual(["queued 1", "expired after 500"]);
    await expect(placing.admit(wish("b", 1, 0, 0))).rejects.toMatchObject({ code: "resources-insufficient" });
  });

  it("a session in the queue is taken over -> it keeps its place; one with places -> they stay", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const [former, other] = [coordinator(store, clock, "n"), coordinator(store, clock, "n")];
    await former.admit(wish("a", 2));
    await former.admit(wish("b", 2));
    await other.admit(wish("c", 2));
    for (const sessionId of ["a", "b"]) former.forget(sessionId);
    await former.end();
    const [b, c] = [new Taker(), new Taker()];
    other.adopt(wish("a", 2), []);
    other.follow(wish("b", 2), b, true);
    other.follow(wish("c", 2), c, true);
    await pass(clock);
    other.releaseSession("a");
    await pass(clock);
    expect([b.said[0], b.said.at(-1), c.said[0]]).toEqual(["queued 1", "placed merge mcrt_i0@n,mcrt_i1@n", "queued 2"]);
  });

  it("its entry in the queue is gone, with its store for instance -> it enters again", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const placing = coordinator(store, clock);
    const taker = new Taker();
    placing.follow(wish("a", 1), taker, true);
    await pass(clock);
    placing.heard(heartbeat("n"));
    await pass(clock);
    expect(taker.said).toEqual(["queued 1", "placed merge mcrt_i0@n"]);
  });

  it("places of a session that nobody knows -> given back after a while; not while that cannot be said", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const [dead, living] = [coordinator(store, clock, "n"), coordinator(store, clock, "n")];
    await dead.admit(wish("a", 2));
    await settled();
    const count = () =>
      living.admit(wish("probe", 2, 0, 0)).then(
        () => "room",
        () => "none",
      );
    const seconds = async (isKnown: ((sessionId: string) => boolean) | undefined) => {
      for (let passedMs = 0; passedMs <= limits.strayPlacesMsMax; passedMs += 1_000) {
        living.heard(heartbeat("n"));
        living.judge(false, isKnown);
        await pass(clock, 1_000);
      }
    };
    await seconds(undefined);
    await seconds((sessionId) => sessionId === "a");
    expect(await count()).toBe("none");
    await seconds(() => false);
    expect(await count()).toBe("room");
  });

  it("a node is lost -> named, and its computation gets another berth", async () => {
    const [store, clock] = [new InMemoryKeyValue(), new FakeClock()];
    const placing = coordinator(store, clock, "n", "m");
    const start = await placing.admit(wish("a", 1));
    const [placement] = start?.placements ?? [];
    if (placement === undefined) throw new Error("it has no places");
    const berth = {
      name: "mcrt_i0",
      nodeId: placement.nodeId,
      threadCount: 1,
      memoryLimitBytes: placement.memoryMB * 2 ** 20,
      coresReserved: 1,
      environment: {},
    };
    expect(placing.berthFor("a", berth, "again")).toBe(berth);
    const other = placement.nodeId === "n" ? "m" : "n";
    clock.advance(limits.heartbeatIntervalMs * limits.heartbeatsMissedMax);
    placing.heard(heartbeat(other));
    clock.advance(1);
    expect(placing.judge(false, undefined).map(({ id }) => id)).toEqual([placement.nodeId]);
    expect(await placing.berthFor("a", berth, "again")).toMatchObject({ nodeId: other });
    clock.advance(60_000);
    expect(placing.judge(true, undefined)).toEqual([]);
  });
});
