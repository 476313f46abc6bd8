import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { CheckpointShelf } from "../../../../coordinator/checkpoints/checkpoint-shelf.ts";
import { KeyValueArchive } from "../../../../coordinator/checkpoints/key-value-archive.ts";
import { sessionBeginning } from "../../../../coordinator/checkpoints/session-beginning.ts";
import { InMemoryKeyValue } from "../../../../host/nats/in-memory-key-value.ts";
import { SessionSpecSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { digestOf, resumable } from "../../../fakes/resumable-sessions.ts";
import { sessionRecord } from "../../../fakes/session-plans.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

const asked = create(SessionSpecSchema, { resumeSessionId: "a" });
const known = (state?: SessionState) => ({
  find: async () =>
    state === undefined ? undefined : { record: sessionRecord({ sessionId: "a", state }), revision: 1 },
});

async function shelfWithOne(): Promise<CheckpointShelf> {
  const archive = new KeyValueArchive(new InMemoryKeyValue(), new FakeClock());
  await archive.put(resumable("a", { user: "me" }));
  const bounds = { sessionsMax: 9, bytesMax: 1e9 };
  return new CheckpointShelf({ archive, objects: { delete: async () => {} }, bounds, log: silentLog });
}

it("a new frame -> an empty film, and nobody is asked", async () => {
  const spec = create(SessionSpecSchema, { definitionSource: "x" });
  const nobody = { find: () => Promise.reject(new Error("asked")) };
  expect((await sessionBeginning(spec, "me", nobody, undefined)).beginning.checkpoint).toBe("");
});

it("a session that is gone, or has ended and is kept for its pictures -> what is kept of it", async () => {
  const shelf = await shelfWithOne();
  for (const state of [undefined, SessionState.STOPPED]) {
    expect((await sessionBeginning(asked, "me", known(state), shelf)).beginning.checkpoint).toBe(digestOf(1));
  }
});

it("it still runs, is another user's, or nothing is kept here -> refused", async () => {
  const shelf = await shelfWithOne();
  const refusals: [ReturnType<typeof sessionBeginning>, string][] = [
    [sessionBeginning(asked, "me", known(SessionState.RENDERING), shelf), "session-state"],
    [sessionBeginning(asked, "you", known(), shelf), "session-missing"],
    [sessionBeginning(asked, "me", known(), undefined), "session-missing"],
  ];
  for (const [refused, code] of refusals) await expect(refused).rejects.toMatchObject({ code });
});
