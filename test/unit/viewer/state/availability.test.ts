// What is said of a session that is over.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { ViewerFilmSchema } from "../../../../proto/gen/arras/v1/viewer_pb.ts";
import { whyNotNow, whyOver } from "../../../../viewer/state/availability.ts";
import { initialModel } from "../../../../viewer/state/session-model.ts";

const farm = { host: "render.example", port: "8888" };
const modelOf = (session: MessageInitShape<typeof SessionEventSchema>, onFarm = true) => ({
  ...initialModel,
  session: create(SessionEventSchema, session),
  film: create(ViewerFilmSchema, { sessionId: "abc", onFarm }),
});

it("it renders, or will -> it is not over", () => {
  for (const state of [SessionState.QUEUED, SessionState.STARTING, SessionState.RENDERING, SessionState.PAUSED])
    expect(whyOver(modelOf({ state }), farm)).toBeUndefined();
  expect(whyOver(initialModel, farm)).toBeUndefined();
});

it("stopped with a checkpoint -> the command that goes on with it, at the page's own door where that is a farm's", () => {
  const stopped = { state: SessionState.STOPPED, checkpoint: { sppMean: 4 } };
  expect(whyOver(modelOf(stopped), farm)?.command).toBe(
    "arras-render --resume abc --host render.example --port 8888 -o FILE",
  );
  expect(whyOver(modelOf(stopped, false), farm)?.command).toBe("arras-render --resume abc -o FILE");
});

it("stopped without one, finished, with holes, failed -> the reason, and no command", () => {
  for (const state of [SessionState.STOPPED, SessionState.FINISHED, SessionState.HOLES, SessionState.FAILED]) {
    const { reason, command } = whyOver(modelOf({ state }), farm) ?? {};
    expect([reason, command]).toEqual([expect.stringContaining("its computations have left"), undefined]);
  }
});

it("done -> takes more samples; stopped or failed -> does not", () => {
  const takesSamples = (state: SessionState) => whyOver(modelOf({ state }), farm)?.takesSamples ?? false;
  const { FINISHED, HOLES, STOPPED, FAILED } = SessionState;
  expect([FINISHED, HOLES, STOPPED, FAILED].map(takesSamples)).toEqual([true, true, false, false]);
});

it("pausing and restarting -> possible while it renders or is paused alone", () => {
  for (const state of [SessionState.RENDERING, SessionState.PAUSED])
    expect(whyNotNow(modelOf({ state }))).toBeUndefined();
  for (const state of [SessionState.QUEUED, SessionState.PREPARING])
    expect(whyNotNow(modelOf({ state }))).toBe("It does not render yet");
});
