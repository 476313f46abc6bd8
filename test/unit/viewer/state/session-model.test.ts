// What the page knows of its session.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { FilmSpecSchema } from "../../../../proto/gen/arras/v1/common_pb.ts";
import { SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { ViewerEventSchema } from "../../../../proto/gen/arras/v1/viewer_pb.ts";
import {
  filmWindow,
  initialModel,
  isFinal,
  noticesMax,
  type SessionModel,
  told,
} from "../../../../viewer/state/session-model.ts";

type Event = NonNullable<MessageInitShape<typeof ViewerEventSchema>["event"]>;
const knowing = (model: SessionModel, event: Event) => told(model, create(ViewerEventSchema, { event }));

describe("what is told", () => {
  it("an event without progress -> the last progress stays", () => {
    const rendering = knowing(initialModel, {
      case: "session",
      value: { state: SessionState.RENDERING, progress: { sppMean: 3 } },
    });
    const finished = knowing(rendering, { case: "session", value: { state: SessionState.FINISHED } });
    expect(finished.session?.state).toBe(SessionState.FINISHED);
    expect(finished.progress?.sppMean).toBe(3);
  });

  it("notices without end -> the newest are kept", () => {
    let model = initialModel;
    for (let index = 0; index < 2 * noticesMax; index++)
      model = knowing(model, { case: "session", value: { notices: [{ level: 3, text: `${index}` }] } });
    expect(model.notices).toHaveLength(noticesMax);
    expect(model.notices.at(-1)?.text).toBe(`${2 * noticesMax - 1}`);
  });

  it("film, link and error -> kept, each the latest", () => {
    let model = knowing(initialModel, { case: "film", value: { sceneName: "a.glb" } });
    model = knowing(model, { case: "link", value: { bytesPerSecond: 5n } });
    model = knowing(model, { case: "error", value: { code: "usage", message: "no" } });
    expect([model.film?.sceneName, model.link?.bytesPerSecond, model.error?.message]).toEqual(["a.glb", 5n, "no"]);
  });

  it("a frame, or nothing -> nothing changes: pixels are no part of it", () => {
    expect(knowing(initialModel, { case: "frame", value: {} })).toBe(initialModel);
    const denoiser = { name: "A Denoiser", missing: "" };
    expect(knowing(initialModel, { case: "frame", value: { denoiser } })).toMatchObject({ denoiser });
    expect(told(initialModel, create(ViewerEventSchema))).toBe(initialModel);
  });
});

it("final states -> those after which nothing comes", () => {
  const final = [SessionState.FINISHED, SessionState.STOPPED, SessionState.HOLES, SessionState.FAILED];
  for (const state of Object.values(SessionState).filter((value) => typeof value === "number"))
    expect(isFinal(state)).toBe(final.includes(state));
  expect(isFinal(undefined)).toBe(false);
});

it("the window of a film -> what is rendered; without a crop window all of it", () => {
  const spec = { widthPx: 64, heightPx: 32 };
  expect(filmWindow(create(FilmSpecSchema, spec))).toEqual({ x: 0, y: 0, width: 64, height: 32 });
  const cropWindow = { x0: 8, y0: 4, x1: 40, y1: 20 };
  expect(filmWindow(create(FilmSpecSchema, { ...spec, cropWindow }))).toEqual({ x: 8, y: 4, width: 32, height: 16 });
});
