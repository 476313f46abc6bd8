// Launches that the journal is told of.
import { EventEmitter } from "node:events";
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import type { Happening } from "../../../../coordinator/journal/happening.ts";
import { JournalingLauncher } from "../../../../coordinator/journal/journaling-launcher.ts";
import { stateHappening, tellWhenFetched } from "../../../../coordinator/journal/session-happenings.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { EncodeImageRequestSchema } from "../../../../proto/gen/arras/v1/film_pb.ts";
import { ComputationKind, LaunchOrderSchema } from "../../../../proto/gen/arras/v1/node_pb.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { FakeLauncher } from "../../../fakes/fake-launcher.ts";

const order = create(LaunchOrderSchema, {
  sessionId: "s",
  computation: "merge",
  attempt: 2,
  kind: ComputationKind.MERGE,
});
const launch = { order, memoryLimitBytes: 1, environment: {} };

function watched() {
  const told: Happening[] = [];
  const inner = new FakeLauncher();
  return { told, inner, launcher: new JournalingLauncher(inner, { record: (happening) => void told.push(happening) }) };
}

it("a launch is asked for and answered -> launched, then started; the address is passed on", async () => {
  const { told, inner, launcher } = watched();
  const launched = launcher.launch("n", launch, 7);
  const about = { sessionId: "s", computation: "merge", nodeId: "n", attempt: 2, isMerger: true };
  expect(told).toEqual([{ t: "computation-launched", ...about }]);
  inner.last("merge").announce("h:1");
  expect(await launched).toEqual({ address: "h:1" });
  expect(told[1]).toEqual({ t: "computation-started", ...about });
});

it("a launch fails -> not started, and the error is passed on", async () => {
  const { told, inner, launcher } = watched();
  const launched = launcher.launch("n", launch, 7);
  inner.last("merge").refuse(new Error("no"));
  await expect(launched).rejects.toThrow("no");
  expect(told).toHaveLength(1);
});

it("stop and adopt -> passed on", async () => {
  const { inner, launcher } = watched();
  await launcher.stop("n", "s", "mcrt_i0", 7);
  expect(inner.stopped).toEqual(["n s mcrt_i0"]);
  await expect(launcher.adopt("n", "s", 7)).rejects.toMatchObject({ code: "unavailable" });
  expect([inner.adopted, inner.fences]).toEqual([["n s"], [7, 7]]);
});

it("a picture is fetched to its end -> told with its time; before, and where nobody listens, nothing", () => {
  const told: Happening[] = [];
  const clock = new FakeClock();
  const chunks = new EventEmitter();
  const request = create(EncodeImageRequestSchema, { sessionId: "s", format: { case: "exr", value: {} } });
  tellWhenFetched(chunks, request, { clock, journal: { record: (happening) => void told.push(happening) } });
  clock.advance(40);
  expect(told).toEqual([]);
  chunks.emit("end");
  expect(told).toEqual([{ t: "image-fetched", sessionId: "s", format: "exr", durationMs: 40 }]);
  tellWhenFetched(chunks, request, { clock }).emit("end");
});

it("a session's state changes -> what happened, with the error of one that failed", () => {
  const error = new ArrasError("timed-out", { message: "", action: "" });
  const rendering = { t: "rendering", connectedAtMs: 1, preparedAtMs: 2 } as const;
  expect(stateHappening("s", rendering, "paused")).toEqual({ t: "session-resumed", sessionId: "s" });
  expect(stateHappening("s", { t: "finished" }, "rendering")).toEqual({ t: "session-finished", sessionId: "s" });
  expect(stateHappening("s", rendering, "preparing")).toEqual({
    t: "session-rendering",
    sessionId: "s",
  });
  expect(stateHappening("s", { t: "failed", error }, "starting")).toEqual({
    t: "session-failed",
    sessionId: "s",
    error,
  });
  expect(() => stateHappening("s", { t: "starting" }, "queued")).toThrow();
});
