// The process that renders, as scenarios: an order or an event comes, reports go out.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { ArrasError } from "../../../../proto/errors.ts";
import { GrantSchema, type PixelProbed } from "../../../../proto/gen/arras/v1/budget_pb.ts";
import { unitOf } from "../../../fakes/films.ts";
import { settled } from "../../../fakes/settled.ts";
import { McrtStage, ready, readyStage, started } from "./mcrt-stage.ts";

const [a, b, c] = [unitOf(0), unitOf(1), unitOf(2)] as const;

it("the same assignment comes again after a reconnection -> ready at once, the scene is not loaded again", async () => {
  const stage = await readyStage();
  stage.mcrt.disconnected();
  stage.assign();
  expect(stage.said()).toEqual(ready.slice(1));
  expect(stage.openRenderers).toHaveLength(1);
});

it("the merger moved -> sums go to its new address", async () => {
  const stage = await readyStage();
  stage.assign(1, "elsewhere");
  stage.grant(a);
  stage.renderings[0]!.finish();
  await settled();
  expect(stage.sent.map(({ sink }) => sink)).toEqual(["elsewhere"]);
  expect(stage.sinks).toEqual(["closed", "elsewhere"]);
});

it("a later epoch of another scene comes -> the older renderer is closed, older units are dropped, also those still coming", async () => {
  const stage = await readyStage();
  stage.grant(a);
  stage.assignOther(2);
  await settled();
  expect(stage.said()).toEqual([started(a), ...ready]);
  expect([stage.openRenderers, stage.sinks]).toEqual([["renderer 0"], ["merger"]]);
  stage.grant(b, unitOf(3, 0, 1, 2));
  expect(stage.said()).toEqual([started(unitOf(3, 0, 1, 2))]);
});

it("a later epoch of the same scene comes -> updated, not loaded again; older units end at once", async () => {
  const stage = await readyStage();
  stage.grant(a, b, c);
  stage.edit(2, { objects: [{ id: "chair", hidden: true }] });
  expect(stage.renderings).toEqual([]);
  await settled();
  expect(stage.said()).toEqual([started(a, b), started(b, c), ...ready.slice(1)]);
  expect(stage.updates).toMatchObject([{ hiddenObjectIds: [1] }]);
  expect([stage.openRenderers, stage.sinks]).toEqual([["renderer 0"], ["merger"]]);
  stage.edit(3, {});
  await settled();
  expect(stage.updates.at(-1)).toMatchObject({ hiddenObjectIds: [] });
});

it("what can be edited -> told with the first answer on a stream only", async () => {
  const stage = new McrtStage();
  const contents = () =>
    stage.reports.splice(0).flatMap(({ case: kind, value }) => (kind === "prepared" ? [value.contents] : []));
  stage.edit(1, {});
  await settled();
  expect(contents()).toMatchObject([{ objects: [{ id: "chair" }], lights: [{ id: "lamp", kind: "point" }] }]);
  stage.edit(2, { lights: [{ id: "lamp", off: true }] });
  await settled();
  expect(contents()).toEqual([undefined]);
  stage.mcrt.disconnected();
  stage.edit(2, { lights: [{ id: "lamp", off: true }] });
  expect(contents()).toMatchObject([{ objects: [{ id: "chair" }] }]);
});

it("units come while the scene is updated -> they wait until it is", async () => {
  const stage = await readyStage(1);
  let update: () => void = () => {};
  stage.updating = new Promise((resolve) => {
    update = resolve;
  });
  stage.edit(2, { lights: [{ id: "lamp", off: true }] });
  stage.grant(unitOf(0, 0, 1, 2));
  await settled();
  expect(stage.said()).toEqual([]);
  update();
  await settled();
  expect(stage.said()).toEqual([...ready.slice(1), started(unitOf(0, 0, 1, 2))]);
});

it("an edit names what the scene lacks -> the whole computation failed, and shows the next edits", async () => {
  const stage = await readyStage();
  stage.edit(2, { lights: [{ id: "sun" }] });
  await settled();
  expect(stage.said()).toEqual(["failed edit-impossible"]);
  stage.edit(3, {});
  await settled();
  expect(stage.said()).toEqual(ready.slice(1));
  expect(stage.openRenderers).toEqual(["renderer 0"]);
});

it("edits come while the scene is loaded -> it is loaded once and shown with the newest", async () => {
  const stage = new McrtStage();
  let load: () => void = () => {};
  stage.loading = new Promise((resolve) => {
    load = resolve;
  });
  stage.assign(1);
  stage.edit(2, { lights: [{ id: "lamp", off: true }] });
  stage.edit(3, { objects: [{ id: "chair", hidden: true }] });
  load();
  await settled();
  expect(stage.said()).toEqual(ready);
  expect(stage.updates).toMatchObject([{ hiddenObjectIds: [1] }]);
  expect(stage.updates[0]?.lights).toBeUndefined();
});

it("what is under a pixel -> answered beside the units; not while the scene is changed; no pixel of the film: refused", async () => {
  const stage = await readyStage(1);
  stage.grant(a);
  stage.said();
  const probe = async (probeIndex: number, x: number) => {
    stage.order({ case: "probe", value: { $typeName: "arras.v1.ProbePixel", probeIndex, x, y: 0 } });
    await settled();
    const { picked, error } = stage.reports.splice(0).find((report) => report.case === "probed")!.value as PixelProbed;
    return error?.code ?? picked;
  };
  expect(await probe(7, 5)).toMatchObject({
    epoch: 1,
    isHit: true,
    object: "chair",
    depth: 2,
    lights: [{ id: "lamp", irradiance: { r: 1, g: 2, b: 3 } }],
  });
  expect(await probe(8, 0)).toMatchObject({ epoch: 1, isHit: false, object: "" });
  expect(await probe(9, 5000)).toBe("usage");
  stage.updating = new Promise(() => {});
  stage.edit(2, { lights: [{ id: "lamp", off: true }] });
  expect(await probe(10, 5)).toBe("unavailable");
});

it("two later epochs come at once -> only the last is opened", async () => {
  const stage = await readyStage();
  stage.assignOther(2);
  stage.assign(3);
  await settled();
  stage.said();
  expect(stage.openRenderers).toHaveLength(1);
  stage.grant(unitOf(0, 0, 1, 2), unitOf(0, 0, 1, 3));
  expect(stage.said()).toEqual([started(unitOf(0, 0, 1, 3))]);
});

it("the scene cannot be loaded -> the whole computation failed, and is tried again with the next assignment", async () => {
  const stage = new McrtStage();
  stage.loading = Promise.reject(new ArrasError("scene-broken", { message: "m", action: "a" }));
  stage.assign();
  await settled();
  expect(stage.said()).toEqual(["failed scene-broken"]);
  expect([stage.openRenderers, stage.sinks]).toEqual([[], ["closed"]]);
  stage.loading = Promise.resolve();
  stage.assign();
  await settled();
  expect(stage.said()).toEqual(ready);
});

it("it is closed while it loads -> nothing is reported and no renderer stays open", async () => {
  const stage = new McrtStage();
  let fail: (error: Error) => void = () => {};
  stage.loading = new Promise((_, reject) => {
    fail = reject;
  });
  stage.assign();
  await settled();
  await stage.mcrt.close();
  fail(new Error("aborted"));
  await settled();
  expect(stage.said()).toEqual([]);
  expect(stage.openRenderers).toEqual([]);
});

it("a grant is malformed -> the computation failed, the process lives", async () => {
  const stage = await readyStage();
  stage.order({ case: "grant", value: create(GrantSchema, { units: [{}] }) });
  expect(stage.said()).toEqual(["failed message-malformed"]);
});

it("it is to end -> its surroundings are told", async () => {
  const stage = await readyStage();
  stage.order({ case: "end", value: { $typeName: "arras.v1.EndWork" } });
  expect(stage.endedCount).toBe(1);
});
