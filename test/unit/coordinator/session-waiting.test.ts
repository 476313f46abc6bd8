// A session in the queue.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import type { Session } from "../../../coordinator/session.ts";
import { QueuePlaceSchema, SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { berth } from "../../fakes/session-plans.ts";
import { sessionStages } from "./session-stage.ts";

const stageOf = sessionStages();

it("it waits in the queue -> tells its place; is placed -> launched and starts; grows -> launched too", async () => {
  const ended: (string | undefined)[] = [];
  const stage = stageOf({ merge: undefined, mcrts: [] }, { renderingEnded: (merger) => void ended.push(merger) });
  expect([stage.last.state, stage.launcher.labels]).toEqual([SessionState.QUEUED, []]);
  const place = { position: 1, waitingCount: 2, reason: "No node is there", unblocks: "a node" };
  stage.session.waiting.queued(create(QueuePlaceSchema, place));
  expect(stage.last).toMatchObject({ state: SessionState.QUEUED, queue: place });
  expect(stage.session.record).toMatchObject({ state: SessionState.QUEUED, computations: [] });
  stage.session.waiting.place({ merge: berth("merge"), mcrts: [berth("mcrt_i0")] }, ["with fewer cores"]);
  expect(stage.launcher.labels).toEqual(["merge#1", "mcrt_i0#1"]);
  expect(stage.session.record.computations.map(({ name, attempt }) => `${name}#${attempt}`)).toEqual([
    "merge#1",
    "mcrt_i0#1",
  ]);
  stage.session.waiting.grow([berth("mcrt_i1")]);
  expect(stage.launcher.labels).toContain("mcrt_i1#1");
  await stage.openFilm();
  expect(stage.session.state.t).toBe("preparing");
  await stage.session.stop();
  expect((await stage.ended()).state).toBe(SessionState.STOPPED);
  expect(ended).toEqual(["merge"]);
  expect(stage.notices).toEqual(expect.arrayContaining(["with fewer cores", "There is room for mcrt_i1 too"]));
});

it.each<[string, (session: Session) => unknown, SessionState]>([
  ["is stopped", (session) => session.stop(), SessionState.STOPPED],
  ["is closed", (session) => session.close(), SessionState.STOPPED],
  ["has waited too long", (session) => session.waiting.expire(90_000), SessionState.FAILED],
])("it waits in the queue and %s -> ended, nothing launched, and places come too late", async (_, act, state) => {
  const stage = stageOf({ merge: undefined, mcrts: [] });
  await act(stage.session);
  expect((await stage.ended()).state).toBe(state);
  stage.session.waiting.queued(create(QueuePlaceSchema, { position: 1 }));
  stage.session.waiting.place({ merge: berth("merge"), mcrts: [berth("mcrt_i0")] }, []);
  stage.session.waiting.grow([berth("mcrt_i1")]);
  expect([stage.launcher.labels, stage.launcher.stopped, stage.clock.timerCount]).toEqual([[], [], 0]);
  if (state === SessionState.FAILED) expect(stage.last.error).toMatchObject({ code: "resources-insufficient" });
});
