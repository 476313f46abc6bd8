// What an mcrt reports of the units it was granted, as messages. Pure.
import { create } from "@bufbuild/protobuf";
import { errorToMessage } from "../../proto/error-message.ts";
import type { ArrasError } from "../../proto/errors.ts";
import {
  CreditSchema,
  UnitDoneSchema,
  UnitFailedSchema,
  UnitStartedSchema,
  type WorkReport,
} from "../../proto/gen/arras/v1/budget_pb.ts";
import { type ErrorDetail, ErrorDetailSchema } from "../../proto/gen/arras/v1/common_pb.ts";
import { type Unit, unitToMessage } from "../../proto/unit.ts";
import type { RenderedUnit } from "../renderers/renderer.ts";

export type Report = WorkReport["report"];

export interface SentUnit extends RenderedUnit {
  /** Until there was room in the window, milliseconds. */
  readonly waitedMs: number;
  /** Empty: it is not to be compared. */
  readonly sumsSha256: Uint8Array<ArrayBuffer>;
  /** It is to be compared and nothing else: it was not sent. */
  readonly isOnlyVerified: boolean;
}

export function creditReport(unitCount: number): Report {
  return { case: "credit", value: create(CreditSchema, { unitCount }) };
}

/** A thread is at `unit`; `next` is begun without another word. */
export function startedReport(unit: Unit, next: Unit | undefined): Report {
  const value = { unit: unitToMessage(unit), ...(next && { next: unitToMessage(next) }) };
  return { case: "started", value: create(UnitStartedSchema, value) };
}

export function doneReport(unit: Unit, { isOnlyVerified, sumsSha256, ...rendered }: SentUnit): Report {
  const { renderMs, waitedMs } = rendered;
  const sizeBytes = rendered.planes.reduce((sum, plane) => sum + plane.bytes.length, 0);
  const address = (sample: { x: number; y: number; sampleIndex: number }) => ({
    $typeName: "arras.v1.SampleAddress" as const,
    ...sample,
  });
  const clampedSamples = rendered.clampedSamples.map(address);
  const nonFiniteSamples = rendered.nonFiniteSamples.map(address);
  const samples = isOnlyVerified ? {} : { sizeBytes, clampedSamples, nonFiniteSamples };
  const done = { unit: unitToMessage(unit), renderMs, waitedMs, ...samples, sumsSha256, verifying: isOnlyVerified };
  return { case: "done", value: create(UnitDoneSchema, done) };
}

/** Without a unit: the computation as a whole cannot work. */
export function failedReport(error: ArrasError, unit?: Unit): Report {
  return failed(errorToMessage(error), unit);
}

/** The merger took it neither now nor before. */
export function refusedReport(unit: Unit, error: ErrorDetail | undefined): Report {
  const message = "The merger refused a contribution";
  return failed(error ?? create(ErrorDetailSchema, { code: "internal", message }), unit);
}

function failed(error: ErrorDetail, unit: Unit | undefined): Report {
  const value = unit === undefined ? { error } : { unit: unitToMessage(unit), error };
  return { case: "failed", value: create(UnitFailedSchema, value) };
}
