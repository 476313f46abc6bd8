// How far sessions are, told from coordinator to coordinator.
import { create } from "@bufbuild/protobuf";
import { beforeEach, expect, it } from "vitest";
import { SessionPulses } from "../../../../coordinator/overview/session-pulses.ts";
import type { SessionWatcher } from "../../../../coordinator/session-watchers.ts";
import { InMemoryBus } from "../../../../host/in-memory-bus.ts";
import { SessionEventSchema } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { subjects } from "../../../../proto/subjects.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { sessionRecord } from "../../../fakes/session-plans.ts";
import { settled } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

let bus: InMemoryBus;
let clock: FakeClock;
let known: Set<string>;
let owner: SessionPulses;
let other: SessionPulses;
beforeEach(() => {
  [bus, clock, known] = [new InMemoryBus(), new FakeClock(), new Set(["s"])];
  const world = { bus, clock, log: silentLog, isKnown: (sessionId: string) => known.has(sessionId) };
  [owner, other] = [new SessionPulses(world), new SessionPulses(world)];
});

/** Tells its progress at once, as sessions do, and then when the test says so. */
function session() {
  let watcher: SessionWatcher | undefined;
  const tell = (fraction: number) =>
    watcher?.(
      create(SessionEventSchema, { progress: { fraction }, queue: { position: 2, reason: "8 GB are missing" } }),
    );
  return {
    tell,
    watch: (given: SessionWatcher) => {
      watcher = given;
      tell(0.1);
      return () => {
        watcher = undefined;
      };
    },
    record: sessionRecord(),
    isWatched: () => watcher !== undefined,
  };
}

async function pass(): Promise<void> {
  clock.advance(1000);
  await settled();
}

const fractions = () => [owner, other].map((each) => each.momentOf("s").progress?.fraction);

it("its owner knows at once, the others with the next second", async () => {
  const watched = session();
  owner.entered("s", watched);
  expect(fractions()).toEqual([0.1, undefined]);
  await pass();
  watched.tell(0.5);
  expect(fractions()).toEqual([0.5, 0.1]);
  await pass();
  expect(fractions()).toEqual([0.5, 0.5]);
  expect(other.momentOf("s").computations?.map(({ computation }) => computation)).toEqual([
    ...["merge", "mcrt_i0", "mcrt_i1"],
  ]);
  watched.record.computations[1]!.peakMemoryBytes = 5n;
  expect(owner.momentOf("s").computations?.[1]?.peakMemoryBytes).toBe(5n);
  expect(other.momentOf("s").queue).toMatchObject({ position: 2, reason: "8 GB are missing" });
});

it("another coordinator takes it over -> what it says counts", async () => {
  owner.entered("s", session());
  await pass();
  owner.left("s");
  const watched = session();
  other.entered("s", watched);
  watched.tell(0.7);
  await pass();
  expect(fractions()).toEqual([0.7, 0.7]);
});

it("a session is closed -> forgotten; one that nobody knows -> not taken in", async () => {
  owner.entered("s", session());
  await pass();
  known.clear();
  owner.left("s");
  await pass();
  expect(fractions()).toEqual([undefined, undefined]);
  owner.entered("s", session());
  await pass();
  expect(other.momentOf("s").progress).toBeUndefined();
});

it("something malformed on the bus -> nothing happens", async () => {
  bus.publish(subjects.pulse("s"), Uint8Array.of(255, 255));
  await settled();
  expect(fractions()).toEqual([undefined, undefined]);
});

it("it is closed -> watches and says nothing any more", async () => {
  const watched = session();
  owner.entered("s", watched);
  owner.close();
  expect(watched.isWatched()).toBe(false);
  await pass();
  expect(other.momentOf("s").progress).toBeUndefined();
});
