import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { doneEvent, failedEvent, startedEvent } from "../../../coordinator/work-reports.ts";
import { ArrasError, type ErrorCode } from "../../../proto/errors.ts";
import { UnitStartedSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { unitToMessage } from "../../../proto/unit.ts";
import { unitOf } from "../../fakes/films.ts";

const failed = (code: ErrorCode) => failedEvent("m", unitOf(1), new ArrasError(code, { message: "x", action: "a" }));

describe("what a computation reports", () => {
  it("it has started a unit, and announces the next -> both", () => {
    const [unit, next] = [unitOf(1), unitOf(2)];
    const alone = create(UnitStartedSchema, { unit: unitToMessage(unit) });
    expect(startedEvent("m", alone)).toEqual({ t: "started", computation: "m", unit });
    const both = create(UnitStartedSchema, { unit: unitToMessage(unit), next: unitToMessage(next) });
    expect(startedEvent("m", both)).toEqual({ t: "started", computation: "m", unit, next });
  });

  it("a unit is done, with a digest or without, or was only compared -> which, and the digest as text", () => {
    const unit = unitOf(1);
    const done = { renderMs: 5, waitedMs: 2, sumsSha256: new Uint8Array(0), verifying: false };
    const sumsSha256 = Uint8Array.of(0x0a, 0xff);
    const common = { computation: "m", unit, renderMs: 5 };
    expect(doneEvent("m", unit, done)).toEqual({ ...common, t: "done", waitedMs: 2 });
    expect(doneEvent("m", unit, { ...done, sumsSha256 })).toEqual({ ...common, t: "done", waitedMs: 2, sums: "0aff" });
    const verified = { ...common, t: "verified", sums: "0aff" };
    expect(doneEvent("m", unit, { ...done, sumsSha256, verifying: true })).toEqual(verified);
  });

  it("the merger knows another cut -> refused; it cannot read the sums -> another may do better", () => {
    expect(failed("contribution-overlaps")).toEqual({ t: "refused", computation: "m", unit: unitOf(1) });
    expect(failed("message-malformed")).toMatchObject({ t: "failed", retry: "other-node" });
  });

  it("another fault -> who may try again, as its code says, and its words", () => {
    expect(failed("scene-broken")).toMatchObject({ t: "failed", retry: "never", reason: "[scene-broken] x. a" });
  });
});
