// How a session ends, and what it tells of itself then.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { ArrasError } from "../../../proto/errors.ts";
import { ComputationUsageSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { type SessionEvent, SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { FakeComputation } from "../../fakes/fake-computation.ts";
import { berth } from "../../fakes/session-plans.ts";
import { until } from "../../fakes/settled.ts";
import { sessionStages } from "./session-stage.ts";

const stageOf = sessionStages();

it("everything is merged -> finished, with the receipt, totals and the end for computations", async () => {
  const stage = stageOf();
  const { service, computation } = await stage.rendering();
  expect(stage.session.state.t).toBe("rendering");
  stage.renderAll(service, computation);
  const last = await stage.ended();
  expect(last).toMatchObject({ state: SessionState.FINISHED, receipt: { filmSha256: "abc" } });
  expect(last.totals?.computations.map((each) => each.computation)).toEqual(["mcrt_i0", "mcrt_i1"]);
  expect(last.totals?.metadata?.sceneName).toBe("scene.gltf");
  expect(computation.orders.at(-1)).toBe("end");
  expect(stage.launcher.stopped.sort()).toEqual(["n s mcrt_i0", "n s mcrt_i1"]);
  expect(stage.clock.timerCount).toBeLessThanOrEqual(1);
});

it("it has finished -> a late watcher gets the final state, all notices and the receipt at once", async () => {
  const stage = stageOf({ notices: ["early"] });
  const { service, computation } = await stage.rendering();
  stage.renderAll(service, computation);
  await stage.ended();
  const late: SessionEvent[] = [];
  stage.session.watch((event) => void late.push(event));
  expect(late).toMatchObject([{ state: SessionState.FINISHED, receipt: { filmSha256: "abc" } }]);
  expect(late[0]?.notices.map(({ text }) => text)).toContain("early");
});

it("it is stopped while it renders -> stopped with what there is; again -> nothing", async () => {
  const stage = stageOf();
  await stage.rendering();
  await stage.session.stop();
  await stage.session.stop();
  expect(await stage.ended()).toMatchObject({ state: SessionState.STOPPED, receipt: { filmSha256: "abc" } });
});

it("it is stopped before anything is open -> stopped without a receipt", async () => {
  const stage = stageOf();
  await stage.session.stop();
  const last = await stage.ended();
  expect([last.state, last.receipt]).toEqual([SessionState.STOPPED, undefined]);
});

it("its receipt cannot be read -> failed, however it ended", async () => {
  const stage = stageOf();
  const { service, computation } = await stage.rendering();
  service.receiptError = new ArrasError("internal", { message: "no receipt", action: "a" });
  stage.renderAll(service, computation);
  expect(await stage.ended()).toMatchObject({ state: SessionState.FAILED, error: { message: "no receipt" } });
});

it("its time is up -> finished; its time counts from the first prepared one", async () => {
  const stage = stageOf({ durationMs: 3000 });
  await stage.openFilm();
  stage.clock.advance(4000);
  const computation = new FakeComputation(stage.session, "mcrt_i0");
  computation.prepare();
  stage.clock.advance(2999);
  expect(stage.session.state.t).toBe("rendering");
  stage.clock.advance(1);
  expect((await stage.ended()).state).toBe(SessionState.FINISHED);
});

it("no film is open in time -> failed with timed-out; open in time -> goes on", async () => {
  const stage = stageOf();
  stage.clock.advance(5000);
  expect(await stage.ended()).toMatchObject({ state: SessionState.FAILED, error: { code: "timed-out" } });
  const other = stageOf();
  await other.openFilm();
  await until(() => other.session.state.t === "preparing");
  other.clock.advance(5000);
  expect(other.session.state.t).toBe("preparing");
});

it("it is closed while it renders -> everybody who watches is told that it stopped, and all is ended", async () => {
  const stage = stageOf();
  await stage.rendering();
  stage.launcher.stopError = new Error("no answer");
  await stage.session.close();
  expect(stage.last.state).toBe(SessionState.STOPPED);
  expect(stage.launcher.stopped).toContain("n s merge");
  const count = stage.events.length;
  await stage.session.close();
  stage.clock.advance(10_000);
  expect(stage.events).toHaveLength(count);
});

it("what its processes use -> their peak in the totals", async () => {
  const stage = stageOf({ mcrts: [berth("mcrt_i0")] });
  const { service, computation } = await stage.rendering();
  stage.session.usage(create(ComputationUsageSchema, { computation: "mcrt_i0", peakMemoryBytes: 5n }));
  stage.renderAll(service, computation);
  expect((await stage.ended()).totals?.computations[0]?.peakMemoryBytes).toBe(5n);
});
