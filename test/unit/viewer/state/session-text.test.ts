// A session in words.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { PreviewEncoding } from "../../../../proto/gen/arras/v1/preview_pb.ts";
import { ProgressSchema, SessionEventSchema, SessionState } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { ViewerLinkSchema } from "../../../../proto/gen/arras/v1/viewer_pb.ts";
import { initialModel } from "../../../../viewer/state/session-model.ts";
import {
  bytesText,
  countText,
  durationText,
  errorText,
  linkText,
  samplesText,
  spokenProgress,
  stateText,
  statusText,
} from "../../../../viewer/state/session-text.ts";

describe("numbers in words", () => {
  it("durations -> seconds, minutes, hours", () => {
    expect([0, 59_400, 60_000, 123_000, 3_723_000].map(durationText)).toEqual([
      "0 s",
      "59 s",
      "1:00",
      "2:03",
      "1:02:03",
    ]);
  });

  it("sizes -> three digits or so, and a unit", () => {
    expect([0, 999, 1500, 12_345_678, 2e12].map(bytesText)).toEqual(["0 B", "999 B", "1.5 KB", "12.3 MB", "2 TB"]);
  });

  it("counts -> thousands and millions", () => {
    expect([12, 9999, 12_345, 12_345_678].map(countText)).toEqual(["12", "9999", "12.3 k", "12.3 M"]);
  });

  it("samples and error -> of the budget; unknown until known", () => {
    expect(samplesText(create(ProgressSchema, { sppMean: 12.54 }), 64)).toBe("12.5 / 64 spp");
    expect(samplesText(undefined, 64)).toBe("0 / 64 spp");
    expect([errorText(0), errorText(0.012345)]).toEqual(["–", "0.012"]);
  });

  it("the link -> form and rate, as far as they are known", () => {
    expect(linkText(undefined)).toBe("");
    expect(linkText(create(ViewerLinkSchema, { encoding: PreviewEncoding.HALF }))).toBe("half float");
    const fast = create(ViewerLinkSchema, { encoding: PreviewEncoding.WEBP, bytesPerSecond: 2_500_000n });
    expect(linkText(fast)).toBe("webp, 2.5 MB/s");
  });
});

describe("what a screen reader says", () => {
  const at = (fraction: number, state = SessionState.RENDERING) => ({
    ...initialModel,
    session: create(SessionEventSchema, { state }),
    progress: create(ProgressSchema, { fraction }),
  });

  it("progress -> by tenths, so that it does not speak all the time", () => {
    expect(spokenProgress(at(0.31))).toBe(spokenProgress(at(0.39)));
    expect(spokenProgress(at(0.7))).toBe("rendering, 70 percent");
  });

  it("a region alone -> that it is; done -> what to do", () => {
    const of = (region: { alone: boolean; done: boolean }, state = SessionState.RENDERING) => {
      const session = create(SessionEventSchema, { state, region });
      return [statusText(session), spokenProgress({ ...at(0.5), session })];
    };
    expect(of({ alone: false, done: false })).toEqual(["rendering", "rendering, 50 percent"]);
    expect(of({ alone: true, done: false })).toEqual(["rendering the region", "rendering the region, 50 percent"]);
    expect(of({ alone: true, done: true })).toEqual(["region done", "region done: lift it to go on"]);
    expect(of({ alone: true, done: false }, SessionState.PAUSED)).toEqual(["paused", "paused, 50 percent"]);
    expect(statusText(undefined)).toBe("…");
  });

  it("the end -> the state alone", () => {
    expect(spokenProgress(at(1, SessionState.FINISHED))).toBe("finished");
  });

  it("every state -> words of its own", () => {
    const states = Object.values(SessionState).filter((value) => typeof value === "number");
    expect(new Set(states.map(stateText)).size).toBe(states.length);
    expect(stateText(undefined)).toBe("…");
  });
});
