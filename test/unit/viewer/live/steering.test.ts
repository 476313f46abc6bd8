// What keys and buttons ask of the coordinator.
import { create } from "@bufbuild/protobuf";
import { beforeEach, expect, it } from "vitest";
import { PixelRectSchema } from "../../../../proto/gen/arras/v1/common_pb.ts";
import { SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
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
  expect(steering.isNaming.value).toBe(true);
  steering.name({ x0: 1, y0: 2, x1: 3, y1: 4 });
  expect(steering.isNaming.value).toBe(false);
  steering.obey("region", now);
  steering.obey("no-region", now);
  expect([steering.isNaming.value, steering.shown(undefined)?.x1]).toEqual([false, 3]);
  steering.obey("no-region", now);
  steering.obey("no-region", now);
  expect(asked).toMatchObject([{ case: "region", value: { rect: { x0: 1, y1: 4 } } }, { case: "region" }]);
  expect(asked[1]?.value).not.toHaveProperty("rect.x0");
});

it("what comes first -> what this page asked for, until the session has said; then what anybody chose", () => {
  const rect = create(PixelRectSchema, { x0: 0, y0: 0, x1: 8, y1: 8 });
  expect(steering.shown(rect)?.x1).toBe(8);
  steering.name({ x0: 1, y0: 2, x1: 3, y1: 4 });
  expect(steering.shown(rect)?.x1).toBe(3);
  steering.told();
  expect(steering.shown(rect)?.x1).toBe(8);
  // Also another's is taken away.
  const now = model(SessionState.RENDERING);
  steering.obey("no-region", { ...now, session: create(SessionEventSchema, { region: { rect, editor: "Ada" } }) });
  expect([asked.at(-1)?.case, steering.shown(rect)]).toEqual(["region", undefined]);
});

it("another key -> not these", () => {
  expect(steering.obey("fit", model(SessionState.RENDERING))).toBe(false);
});
