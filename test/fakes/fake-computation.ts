// A computation as its session sees it: what it is ordered, and what it reports.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { WorkStream } from "../../coordinator/crew-member.ts";
import type { Session } from "../../coordinator/session.ts";
import { errorToMessage } from "../../proto/error-message.ts";
import { ArrasError, type ErrorCode } from "../../proto/errors.ts";
import {
  CreditSchema,
  HelloSchema,
  PreparedSchema,
  UnitDoneSchema,
  UnitFailedSchema,
  UnitStartedSchema,
  type WorkReport,
  WorkReportSchema,
} from "../../proto/gen/arras/v1/budget_pb.ts";
import type { SceneContentsSchema } from "../../proto/gen/arras/v1/edits_pb.ts";
import { type Unit, unitFromMessage, unitToMessage } from "../../proto/unit.ts";

export class FakeComputation implements WorkStream {
  readonly orders: string[] = [];
  readonly units: Unit[] = [];
  readonly assignments: string[] = [];
  /** Of each assignment. */
  readonly epochs: number[] = [];
  isClosed = false;
  readonly #session: Session;
  readonly #name: string;

  constructor(session: Session, name: string) {
    this.#session = session;
    this.#name = name;
    session.connected(create(HelloSchema, { sessionId: "s", computation: name }), this);
  }

  send(order: Parameters<WorkStream["send"]>[0]): void {
    this.orders.push(order.case ?? "");
    if (order.case === "assignment") {
      this.assignments.push(order.value.mergerAddress);
      this.epochs.push(order.value.epoch);
    }
    if (order.case === "grant") this.units.push(...order.value.units.map(unitFromMessage));
  }

  close(): void {
    this.isClosed = true;
  }

  report(report: WorkReport["report"]): void {
    this.#session.report(this.#name, create(WorkReportSchema, { report }));
  }

  /** `contents`: as the first time on a stream. */
  prepare(
    instructionSet = "avx2",
    unitCount = 64,
    epoch = 1,
    contents?: MessageInitShape<typeof SceneContentsSchema>,
    rendererVersion = "",
  ): void {
    const scene = contents === undefined ? {} : { contents };
    const value = create(PreparedSchema, { epoch, instructionSet, renderer: "fake", rendererVersion, ...scene });
    this.report({ case: "prepared", value });
    this.report({ case: "credit", value: create(CreditSchema, { unitCount }) });
  }

  start(unit: Unit): void {
    this.report({ case: "started", value: create(UnitStartedSchema, { unit: unitToMessage(unit) }) });
  }

  done(unit: Unit): void {
    this.report({ case: "done", value: create(UnitDoneSchema, { unit: unitToMessage(unit), renderMs: 1 }) });
  }

  /** All that it was granted before: what it is granted for it comes after. */
  renderGranted(): void {
    for (const unit of this.units.splice(0)) {
      this.start(unit);
      this.done(unit);
    }
  }

  fail(code: ErrorCode, unit?: Unit): void {
    const error = errorToMessage(new ArrasError(code, { message: "it failed", action: "a" }));
    const value = create(UnitFailedSchema, { error, ...(unit === undefined ? {} : { unit: unitToMessage(unit) }) });
    this.report({ case: "failed", value });
  }
}
