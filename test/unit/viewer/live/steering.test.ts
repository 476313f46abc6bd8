// What keys and buttons ask of the coordinator.
import { create } from "@bufbuild/protobuf";
import { beforeEach, expect, it } from "vitest";
import { PixelRectSchema } from "../../../../proto/gen/arras/v1/common_pb.ts";
import { ChosenRegionSchema, SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { ViewerCommand, ViewerFilmSchema, type ViewerRequest } from "../../../../proto/gen/arras/v1/viewer_pb.ts";
import { Steering } from "../../../../viewer/live/steering.ts";
import { initialModel } from "../../../../viewer/state/session-model.ts";

let asked: ViewerRequest["request"][];
let steering: Steering;
beforeEach(() => {
  asked = [];
  steering = new Steering({ ask: (request) => void asked.push(request) });
});

const model = (state: SessionState) => ({
  ...initialModel,
  film: create(ViewerFilmSchema, { budgetSpp: 16 }),
  session: create(SessionEventSchema, { state }),
});

it("the pause key -> pauses what renders, resumes what is paused", () => {
  expect(steering.obey("pause", model(SessionState.RENDERING))).toBe(true);
  steering.obey("pause", model(SessionState.PAUSED));
  expect(asked).toEqual([
    { case: "command", value: ViewerCommand.PAUSE },
    { case: "command", value: ViewerCommand.RESUME },
  ]);
});

it("the restart key -> asks for it", () => {
  steering.obey("restart", model(SessionState.RENDERING));
  expect(asked).toEqual([{ case: "command", value: ViewerCommand.RESTART }]);
});

it("more samples -> twice the present ones; before the film is known nothing", () => {
  steering.obey("more-samples", initialModel);
  steering.obey("more-samples", model(SessionState.RENDERING));
  expect(asked).toEqual([{ case: "budgetSpp", value: 32 }]);
});

it("a region is named, and taken away -> told both times; Escape ends naming first", () => {
  const now = model(SessionState.RENDERING);
  steering.obey("region", now);
  expect(steering.naming.value).toBe("first");
  steering.name({ x0: 1, y0: 2, x1: 3, y1: 4 });
  expect(steering.naming.value).toBeUndefined();
  steering.obey("region", now);
  steering.obey("no-region", now);
  expect([steering.naming.value, steering.shown(undefined)?.x1]).toEqual([undefined, 3]);
  steering.obey("no-region", now);
  steering.obey("no-region", now);
  expect(asked).toMatchObject([{ case: "region", value: { rect: { x0: 1, y1: 4 } } }, { case: "region" }]);
  expect(asked[1]?.value).not.toHaveProperty("rect.x0");
});

it("what comes first -> what this page asked for, until the session has said; then what anybody chose", () => {
  const rect = create(PixelRectSchema, { x0: 0, y0: 0, x1: 8, y1: 8 });
  const region = create(ChosenRegionSchema, { rect, editor: "Ada" });
  expect(steering.shown(region)).toMatchObject({ x1: 8, role: "first" });
  steering.name({ x0: 1, y0: 2, x1: 3, y1: 4 });
  expect(steering.shown(region)?.x1).toBe(3);
  steering.told();
  expect(steering.shown({ ...region, alone: true })).toMatchObject({ x1: 8, role: "alone" });
  // Also another's is taken away.
  const now = model(SessionState.RENDERING);
  steering.obey("no-region", { ...now, session: create(SessionEventSchema, { region }) });
  expect([asked.at(-1)?.case, steering.shown(region)]).toEqual(["region", undefined]);
});

it("only the region -> the next drag names it; once there is one, it is alone or first by turns, whoever chose it", () => {
  const now = model(SessionState.RENDERING);
  steering.obey("region-alone", now);
  expect(steering.naming.value).toBe("alone");
  steering.obey("region", now);
  expect(steering.naming.value).toBe("first");
  steering.obey("region-alone", now);
  steering.name({ x0: 1, y0: 2, x1: 3, y1: 4 }, "alone");
  expect(steering.shown(undefined)).toMatchObject({ x1: 3, role: "alone" });
  steering.obey("region-alone", now);
  steering.told();
  const region = create(ChosenRegionSchema, { rect: { x0: 0, y0: 0, x1: 8, y1: 8 }, editor: "Ada" });
  steering.obey("region-alone", { ...now, session: create(SessionEventSchema, { region }) });
  const drawn = { rect: { x0: 1, y0: 2, x1: 3, y1: 4 } };
  expect(asked.map(({ value }) => value)).toMatchObject([
    { ...drawn, alone: true },
    { ...drawn, alone: false },
    { rect: { x1: 8 }, alone: true },
  ]);
  // Another one in the place of one that is alone is alone, too.
  steering.obey("region", now);
  expect(steering.naming.value).toBe("alone");
});

it("another key -> not these", () => {
  expect(steering.obey("fit", model(SessionState.RENDERING))).toBe(false);
});
