// One computation that an agent runs, and the report of its end.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { errorToMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import {
  type AdoptedComputationSchema,
  type ComputationExited,
  ComputationExitedSchema,
  ExitCause,
  type LaunchOrder,
} from "../proto/gen/arras/v1/node_pb.ts";
import type { MemoryGroup } from "./cgroup/memory-group.ts";
import { exitText, type ProcessExit, type RunningComputation } from "./launch.ts";
import { judgeMemory } from "./memory-judgement.ts";
import { type MemoryReading, memoryExceeded } from "./memory-watchdog.ts";

export type RunningState =
  /** Its launch has no reply yet; its end is told by that reply. */
  { readonly t: "launching" } | { readonly t: "running" } | { readonly t: "stopping" } | { readonly t: "over-limit" };

export class Running {
  readonly order: LaunchOrder;
  readonly limitBytes: number;
  readonly process: RunningComputation;
  /** undefined where the watchdog alone holds it to its limit. */
  readonly group: MemoryGroup | undefined;
  readonly #where: { readonly node: string; readonly host: string };
  state: RunningState = { t: "launching" };
  /** Whether its launch was answered with success: only then somebody waits for its end. */
  isKnown = false;
  /** Where it serves, from its announcement on. */
  address = "";
  residentBytes = 0;
  peakBytes = 0;

  constructor(
    order: LaunchOrder,
    limitBytes: number,
    process: RunningComputation,
    where: { readonly node: string; readonly host: string },
    group?: MemoryGroup,
  ) {
    this.order = order;
    this.limitBytes = limitBytes;
    this.process = process;
    this.#where = where;
    this.group = group;
  }

  /** Ends it when it is over its limit. `reading` is of the process; undefined once that is gone. */
  judge(reading: MemoryReading | undefined): void {
    const judgement = judgeMemory(this.limitBytes, this.group?.reading(), reading);
    if (judgement === undefined) return;
    this.residentBytes = judgement.residentBytes;
    this.peakBytes = Math.max(this.peakBytes, judgement.peakBytes);
    if (this.state.t === "over-limit" || !judgement.isOver) return;
    this.state = { t: "over-limit" };
    this.kill();
  }

  /** At once, with all that it started. */
  kill(): void {
    this.process.kill();
    this.group?.kill();
  }

  /** What a coordinator that takes its session over is told; undefined: it is on its way out. */
  adopted(): MessageInitShape<typeof AdoptedComputationSchema> | undefined {
    const { computation: name, attempt, kind, threadCount } = this.order;
    const { pid, hasExited } = this.process;
    const isLeaving = this.state.t === "stopping" || this.state.t === "over-limit";
    if (isLeaving || hasExited || pid === undefined) return undefined;
    return { name, attempt, kind, address: this.address, pid, memoryLimitBytes: BigInt(this.limitBytes), threadCount };
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
