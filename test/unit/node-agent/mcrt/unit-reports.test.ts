// What an mcrt reports of its units.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import {
  creditReport,
  doneReport,
  failedReport,
  refusedReport,
  startedReport,
} from "../../../../node-agent/mcrt/unit-reports.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { ErrorDetailSchema } from "../../../../proto/gen/arras/v1/common_pb.ts";
import { unitToMessage } from "../../../../proto/unit.ts";
import { unitOf } from "../../../fakes/films.ts";

const [unit, next] = [unitOf(0), unitOf(1)];
const sent = {
  planes: [{ encoding: "constant" as const, bytes: new Uint8Array(8) }],
  renderMs: 5,
  waitedMs: 2,
  clampedCount: 1,
  nonFiniteCount: 0,
  clampedSamples: [{ x: 1, y: 2, sampleIndex: 3 }],
  nonFiniteSamples: [],
  sumsSha256: new Uint8Array([7]),
};

it("a thread begins a unit -> started, with the next one where there is one", () => {
  expect(startedReport(unit, next).value).toMatchObject({ unit: unitToMessage(unit), next: unitToMessage(next) });
  expect(startedReport(unit, undefined).value).toMatchObject({ unit: unitToMessage(unit) });
  expect(startedReport(unit, undefined).value).not.toHaveProperty("next");
});

it("a unit is in the film -> done, with its size, its times and the samples that were clamped", () => {
  expect(doneReport(unit, { ...sent, isOnlyVerified: false })).toMatchObject({
    case: "done",
    value: {
      unit: unitToMessage(unit),
      renderMs: 5,
      waitedMs: 2,
      sizeBytes: 8,
      clampedSamples: [{ x: 1, y: 2, sampleIndex: 3 }],
      sumsSha256: new Uint8Array([7]),
      verifying: false,
    },
  });
});

it("a unit was rendered to be compared -> done with its sums' digest alone: nothing of it is in the film", () => {
  expect(doneReport(unit, { ...sent, isOnlyVerified: true }).value).toMatchObject({
    sizeBytes: 0,
    clampedSamples: [],
    sumsSha256: new Uint8Array([7]),
    verifying: true,
  });
});

it("a unit, or the computation as a whole, fails -> failed with the error's code, and its unit where it is one's", () => {
  const error = new ArrasError("renderer-failed", { message: "m", action: "a" });
  expect(failedReport(error, unit).value).toMatchObject({
    unit: unitToMessage(unit),
    error: { code: "renderer-failed" },
  });
  expect(failedReport(error).value).toMatchObject({ error: { code: "renderer-failed" } });
  expect(failedReport(error).value).not.toHaveProperty("unit");
});

it("the merger refuses a contribution -> failed with its reason, or as internal where it gives none", () => {
  const reason = create(ErrorDetailSchema, { code: "contribution-overlaps" });
  expect(refusedReport(unit, reason).value).toMatchObject({ error: { code: "contribution-overlaps" } });
  expect(refusedReport(unit, undefined).value).toMatchObject({ error: { code: "internal" } });
});

it("units are given back -> so much credit", () => {
  expect(creditReport(3)).toMatchObject({ case: "credit", value: { unitCount: 3 } });
});
