// The second render of a benchmark, against a client that tells what a test wants.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { renderAgain } from "../../../cli/benchmark-render.ts";
import {
  type SessionEvent,
  SessionEventSchema,
  SessionSpecSchema,
  SessionState,
} from "../../../proto/gen/arras/v1/session_pb.ts";

const spec = create(SessionSpecSchema);

function stage(end: SessionState) {
  const calls: string[] = [];
  let nowMs = 100;
  const finish = (told: (event: SessionEvent) => void) => {
    nowMs = 350;
    const event = create(SessionEventSchema, { state: end });
    told(event);
    return event;
  };
  const client = {
    create: async (_requestId: string, asked: typeof spec) => {
      calls.push(asked === spec ? "create the same" : "create another");
      nowMs = 120;
      return "second";
    },
    watch: async (_sessionId: string, told: (event: SessionEvent) => void) => finish(told),
    stop: async (sessionId: string) => void calls.push(`stop ${sessionId}`),
    closeSession: async (sessionId: string) => void calls.push(`close ${sessionId}`),
  };
  let stop = () => {};
  const onStopWish = (wished: () => void) => {
    stop = wished;
  };
  const world = { client, nowMs: () => nowMs, onStopWish };
  return { world, calls, stop: () => stop() };
}

it("the same session is asked for again -> its times from then on; it is closed", async () => {
  const { world, calls } = stage(SessionState.FINISHED);
  expect(await renderAgain(spec, world)).toMatchObject({ created: 0.02, percent100: 0.25 });
  expect(calls).toEqual(["create the same", "close second"]);
});

it("Ctrl-C while it renders -> stopped, its end stays open", async () => {
  const { world, calls, stop } = stage(SessionState.STOPPED);
  expect(await renderAgain(spec, world)).toMatchObject({ percent100: null });
  stop();
  expect(calls).toEqual(["create the same", "close second", "stop second"]);
});
