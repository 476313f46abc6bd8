// The record from which a session that has ended begins again.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { recordGoingOn } from "../../../coordinator/going-on.ts";
import { PixelRectSchema } from "../../../proto/gen/arras/v1/common_pb.ts";
import type { SessionRecord } from "../../../proto/gen/arras/v1/record_pb.ts";
import { SessionWish } from "../../../proto/gen/arras/v1/record_pb.ts";
import { SessionEventSchema, SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { sessionRecord } from "../../fakes/session-plans.ts";

const final = create(SessionEventSchema, { state: SessionState.FINISHED, totals: { renderMs: 300 } });
const ended = (fields: Partial<SessionRecord> = {}) =>
  sessionRecord({ state: SessionState.FINISHED, final, preparedAtMs: 1_000n, budgetSpp: 4, ...fields });
const wish = { budgetSpp: 16, durationMs: undefined, nowMs: 5_000 };

it("it has finished -> renders with the new budget, without its end, its region and its wish to stop; its time stood still", () => {
  const region = create(PixelRectSchema, { x1: 8, y1: 8 });
  const before = ended({ region, regionAlone: true, regionEditor: "Ada", wish: SessionWish.STOP, pausedAtMs: 4_000n });
  const record = recordGoingOn(before, wish);
  const { token, computations, epoch, sessionId } = before;
  expect(record).toMatchObject({ token, computations, epoch, sessionId });
  expect(record).toMatchObject({ state: SessionState.RENDERING, budgetSpp: 16, wish: SessionWish.UNSPECIFIED });
  expect([record.final, record.region, record.regionAlone, record.regionEditor]).toEqual([
    undefined,
    undefined,
    false,
    "",
  ]);
  // Rendered for 300 of the 4,000 ms since it was prepared.
  expect([record.pausedMs, record.pausedAtMs]).toEqual([3_700n, 0n]);
});

it("it failed, never rendered, or its time is used up -> refused, with why", () => {
  for (const odd of [{ state: SessionState.FAILED }, { preparedAtMs: 0n }])
    expect(() => recordGoingOn(ended(odd), wish)).toThrow(/nothing to go on from/);
  expect(() => recordGoingOn(ended(), { ...wish, durationMs: 300 })).toThrow(/--seconds/);
  expect(recordGoingOn(ended(), { ...wish, durationMs: 301 }).budgetSpp).toBe(16);
});
