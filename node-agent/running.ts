// One computation that an agent runs, and the report of its end.
import { create } from "@bufbuild/protobuf";
import { errorToMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import {
  type ComputationExited,
  ComputationExitedSchema,
  ExitCause,
  type LaunchOrder,
} from "../proto/gen/arras/v1/node_pb.ts";
import { exitText, type ProcessExit, type RunningComputation } from "./launch.ts";
import { isOverLimit, type MemoryReading, memoryExceeded } from "./memory-watchdog.ts";

export type RunningState =
  /** Its launch has no reply yet; its end is told by that reply. */
  { readonly t: "launching" } | { readonly t: "running" } | { readonly t: "stopping" } | { readonly t: "over-limit" };

export class Running {
  readonly order: LaunchOrder;
  readonly limitBytes: number;
  readonly process: RunningComputation;
  readonly #where: { readonly node: string; readonly host: string };
  state: RunningState = { t: "launching" };
  /** Whether its launch was answered with success: only then somebody waits for its end. */
  isKnown = false;
  residentBytes = 0;
  peakBytes = 0;

  constructor(
    order: LaunchOrder,
    limitBytes: number,
    process: RunningComputation,
    where: { readonly node: string; readonly host: string },
  ) {
    this.order = order;
    this.limitBytes = limitBytes;
    this.process = process;
    this.#where = where;
  }

  /** Ends it when it is over its limit. */
  judge(reading: MemoryReading): void {
    this.residentBytes = reading.residentBytes;
    this.peakBytes = Math.max(this.peakBytes, reading.peakBytes);
    if (this.state.t === "over-limit" || !isOverLimit(this.limitBytes, reading)) return;
    this.state = { t: "over-limit" };
    this.process.kill();
  }

  stop(): Promise<void> {
    if (this.state.t === "launching" || this.state.t === "running") this.state = { t: "stopping" };
    return this.process.stop();
  }

  /** What the failed launch was about: memory where that was the reason, otherwise what the process said. */
  launchError(thrown: unknown): ArrasError {
    if (this.state.t === "over-limit") return this.#memoryExceeded();
    const error = ArrasError.from(thrown, "computation-crashed");
    return new ArrasError(error.code, {
      message: `${this.order.computation}: ${error.message}`,
      action: error.action,
      place: { ...this.#place(), ...error.place },
      cause: error,
    });
  }

  exitReport(exit: ProcessExit): ComputationExited {
    const { sessionId, computation, attempt } = this.order;
    const { cause, error } = this.#verdict(exit);
    return create(ComputationExitedSchema, {
      sessionId,
      computation,
      attempt,
      cause,
      ...(error === undefined ? {} : { error: errorToMessage(error) }),
      peakMemoryBytes: BigInt(this.peakBytes),
      nodeId: this.#where.node,
    });
  }

  #verdict(exit: ProcessExit): { readonly cause: ExitCause; readonly error?: ArrasError } {
    if (this.state.t === "over-limit") return { cause: ExitCause.MEMORY, error: this.#memoryExceeded() };
    if (this.state.t === "stopping") return { cause: ExitCause.STOPPED };
    if (exit.code === 0) return { cause: ExitCause.ENDED };
    const error = new ArrasError("computation-crashed", {
      message: `${this.order.computation} on ${this.#where.host} ended with ${exitText(exit)}`,
      action: "Its last lines say why; run again with -l 4 for more.",
      place: this.#place(),
    });
    return { cause: ExitCause.CRASHED, error };
  }

  #memoryExceeded(): ArrasError {
    const { sessionId, computation } = this.order;
    return memoryExceeded(this.limitBytes, this.peakBytes, { session: sessionId, computation, ...this.#where });
  }

  #place() {
    return { session: this.order.sessionId, computation: this.order.computation, node: this.#where.node };
  }
}
