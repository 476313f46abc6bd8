// What a render came to: the object of --json, and the exit code. Pure.
import { create } from "@bufbuild/protobuf";
import type { ArrasError } from "../proto/errors.ts";
import { type SessionEvent, SessionEventSchema, SessionState } from "../proto/gen/arras/v1/session_pb.ts";

import type { Benchmark } from "./benchmark.ts";

export type Outcome = "finished" | "stopped" | "holes" | "failed";

export interface RenderResult {
  readonly outcome: Outcome;
  readonly filmSha256: string;
  readonly spp: number;
  readonly samples: number;
  readonly clampedSamples: number;
  readonly nonFiniteSamples: number;
  readonly seconds: {
    readonly session: number;
    readonly scene: number;
    readonly firstPicture: number;
    readonly render: number;
    readonly write: number;
  };
  readonly computations: readonly {
    readonly name: string;
    readonly node: string;
    readonly samples: number;
    readonly restarts: number;
    readonly peakMemoryMB: number;
  }[];
  /** Rendered here, also what was lost with a film and rendered again. */
  readonly renderedSamples: number;
  readonly outputs: readonly string[];
  readonly holes: readonly { x0: number; y0: number; x1: number; y1: number }[];
  /** Only with --benchmark. */
  readonly benchmark?: Benchmark;
  /** Where it can be gone on with: the id for --resume. */
  readonly resume?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly action: string };
}

const outcomes: Readonly<Partial<Record<SessionState, Outcome>>> = {
  [SessionState.FINISHED]: "finished",
  [SessionState.STOPPED]: "stopped",
  [SessionState.HOLES]: "holes",
};

function outcomeOf(state: SessionState): Outcome {
  return outcomes[state] ?? "failed";
}

export interface Ending {
  readonly written: readonly string[];
  readonly writeMs: number;
  /** Of the session or of writing. */
  readonly error: ArrasError | undefined;
  readonly sessionId: string;
}

export function renderResult(final: SessionEvent, { written, writeMs, error, sessionId }: Ending): RenderResult {
  const { totals, receipt } = final;
  const seconds = (durationMs: number | undefined) => Math.round(durationMs ?? 0) / 1000;
  return {
    outcome: error === undefined ? outcomeOf(final.state) : "failed",
    filmSha256: receipt?.filmSha256 ?? "",
    spp: receipt?.sppMean ?? 0,
    samples: Number(receipt?.sampleCount ?? 0n),
    clampedSamples: Number(totals?.clampedCount ?? 0n),
    nonFiniteSamples: Number(totals?.nonFiniteCount ?? 0n),
    seconds: {
      session: seconds(totals?.sessionMs),
      scene: seconds(totals?.sceneMs),
      firstPicture: seconds(totals?.firstPictureMs),
      render: seconds(totals?.renderMs),
      write: seconds(writeMs),
    },
    computations: (totals?.computations ?? []).map((each) => ({
      name: each.computation,
      node: each.nodeId,
      samples: Number(each.sampleCount),
      restarts: each.restartCount,
      peakMemoryMB: Math.round(Number(each.peakMemoryBytes) / 2 ** 20),
    })),
    renderedSamples: Number(totals?.renderedSampleCount ?? 0n),
    outputs: written,
    holes: (totals?.holes ?? []).map(({ x0, y0, x1, y1 }) => ({ x0, y0, x1, y1 })),
    ...(final.checkpoint === undefined ? {} : { resume: sessionId }),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message, action: error.action } }),
  };
}

/** Of a render that never began: nothing in it but the error. */
export function refusedResult(error: ArrasError): RenderResult {
  return renderResult(create(SessionEventSchema), { written: [], writeMs: 0, error, sessionId: "" });
}

/** DESIGN section 11: 0 success, 3 finished with holes, 1 failed; inputs at fault are 2, by their error's code. */
export function exitCodeOf(outcome: Outcome): 0 | 1 | 3 {
  if (outcome === "holes") return 3;
  return outcome === "failed" ? 1 : 0;
}
