// The computation of a rehearsal: it says what an mcrt says over the same stream, and renders nothing.
import { create } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { GrpcClient } from "../../host/grpc-client.ts";
import {
  BudgetService,
  CreditSchema,
  HelloSchema,
  PreparedSchema,
  UnitDoneSchema,
  UnitStartedSchema,
  type WorkOrder,
  type WorkReport,
  WorkReportSchema,
} from "../../proto/gen/arras/v1/budget_pb.ts";
import type { LaunchOrder } from "../../proto/gen/arras/v1/node_pb.ts";
import { type Unit, unitFromMessage, unitToMessage } from "../../proto/unit.ts";

/** Units that it may hold: those of two threads. */
const creditUnitCount = 6;

export class PlayedComputation {
  readonly #client: GrpcClient;
  readonly #stream: ClientDuplexStream<WorkReport, WorkOrder>;
  readonly #rendered: (units: readonly Unit[]) => void;
  /** Of the present assignment. */
  #epoch = 0;

  /** `rendered`: the merger has these units now. */
  constructor(order: LaunchOrder, rendered: (units: readonly Unit[]) => void) {
    this.#rendered = rendered;
    this.#client = new GrpcClient({
      address: order.coordinatorAddress,
      service: BudgetService,
      peer: "the coordinator",
      writesToSocket: true,
    });
    this.#stream = this.#client.duplex("work");
    this.#stream.on("data", (work: WorkOrder) => this.#obey(work));
    this.#stream.on("error", () => {});
    const { sessionId, computation, token, threadCount, nodeId } = order;
    this.#say({ case: "hello", value: create(HelloSchema, { sessionId, computation, token, threadCount, nodeId }) });
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }

  #obey({ order }: WorkOrder): void {
    if (order.case === "assignment" && order.value.mergerAddress !== "") this.#prepare(order.value.epoch);
    if (order.case !== "grant") return;
    const units = order.value.units.map(unitFromMessage);
    // As much later as anything comes from another process.
    setImmediate(() => this.#render(units));
  }

  /** What is assigned a second time is prepared already. */
  #prepare(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    const value = create(PreparedSchema, { epoch, renderer: "fake", instructionSet: "none" });
    this.#say({ case: "prepared", value });
    this.#say({ case: "credit", value: create(CreditSchema, { unitCount: creditUnitCount }) });
  }

  #render(units: readonly Unit[]): void {
    for (const unit of units)
      this.#say({ case: "started", value: create(UnitStartedSchema, { unit: unitToMessage(unit) }) });
    this.#rendered(units);
    for (const unit of units)
      this.#say({ case: "done", value: create(UnitDoneSchema, { unit: unitToMessage(unit), renderMs: 1 }) });
  }

  #say(report: WorkReport["report"]): void {
    this.#stream.write(create(WorkReportSchema, { report }));
  }
}
