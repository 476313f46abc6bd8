// How long a render took to get how far, as its user sees it: --benchmark in Arras's sense, with milliseconds where Arras
// has seconds. Pure.
import { type SessionEvent, SessionState } from "../proto/gen/arras/v1/session_pb.ts";

/** Seconds from the moment at which the session is asked for; null: it did not get there. */
export interface BenchmarkTimes {
  /** The session has an id. */
  readonly created: number | null;
  /** The film is open and a computation loads the scene. */
  readonly started: number | null;
  /** Every tile has its coarse picture. */
  readonly firstPicture: number | null;
  /** So much of all samples is in the film. */
  readonly percent1: number | null;
  readonly percent10: number | null;
  readonly percent100: number | null;
}

export interface Benchmark {
  readonly first: BenchmarkTimes;
  /** The same session once more, on the same farm; null: the first did not finish. */
  readonly second: BenchmarkTimes | null;
}

/** In their order. */
const milestones = {
  created: "session created",
  started: "computations started",
  firstPicture: "first picture",
  percent1: "1 %",
  percent10: "10 %",
  percent100: "100 %",
} as const satisfies Record<keyof BenchmarkTimes, string>;

type Milestone = keyof typeof milestones;

export class BenchmarkWatch {
  readonly #askedAtMs: number;
  readonly #reachedMs = new Map<Milestone, number>();

  constructor(askedAtMs: number) {
    this.#askedAtMs = askedAtMs;
  }

  created(nowMs: number): void {
    this.#reach("created", nowMs);
  }

  event({ state, progress }: SessionEvent, nowMs: number): void {
    const isFinished = state === SessionState.FINISHED;
    const isStarted = isFinished || state === SessionState.PREPARING || state === SessionState.RENDERING;
    // A short session may tell its end alone: what lies before it was reached then at the latest.
    if (isStarted) this.#reach("started", nowMs);
    if (isFinished || progress?.coarseComplete === true) this.#reach("firstPicture", nowMs);
    const fraction = isFinished ? 1 : (progress?.fraction ?? 0);
    if (fraction >= 0.01) this.#reach("percent1", nowMs);
    if (fraction >= 0.1) this.#reach("percent10", nowMs);
    if (isFinished) this.#reach("percent100", nowMs);
  }

  get times(): BenchmarkTimes {
    const seconds = (milestone: Milestone) => {
      const reachedMs = this.#reachedMs.get(milestone);
      return reachedMs === undefined ? null : Math.round(reachedMs - this.#askedAtMs) / 1000;
    };
    return {
      created: seconds("created"),
      started: seconds("started"),
      firstPicture: seconds("firstPicture"),
      percent1: seconds("percent1"),
      percent10: seconds("percent10"),
      percent100: seconds("percent100"),
    };
  }

  #reach(milestone: Milestone, nowMs: number): void {
    if (!this.#reachedMs.has(milestone)) this.#reachedMs.set(milestone, nowMs);
  }
}

/** A table, for people. */
export function benchmarkLines({ first, second }: Benchmark): string[] {
  const width = Math.max(...Object.values(milestones).map((text) => text.length));
  const cell = (seconds: number | null | undefined) =>
    (seconds === null || seconds === undefined ? "-" : `${seconds.toFixed(3)} s`).padStart(12);
  const rows = (Object.keys(milestones) as Milestone[]).map(
    (milestone) => `${milestones[milestone].padEnd(width)}${cell(first[milestone])}${cell(second?.[milestone])}`,
  );
  return [`${"benchmark".padEnd(width)}${"first".padStart(12)}${"second".padStart(12)}`, ...rows];
}
