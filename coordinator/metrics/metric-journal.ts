// Counts what happens. Pure but for what it counts into.
import type { Happening, Journal } from "../journal/happening.ts";
import type { Meter } from "./metric-table.ts";

const endings: Readonly<Partial<Record<Happening["t"], string>>> = {
  "session-finished": "finished",
  "session-stopped": "stopped",
  "session-holes": "holes",
  "session-failed": "failed",
};

export class MetricJournal implements Journal {
  readonly #meter: Meter;
  readonly #wallMs: () => number;
  /** Sessions that wait for their first place. */
  readonly #createdAtMs = new Map<string, number>();

  /** `wallMs`: wall clock, milliseconds since 1970. */
  constructor(meter: Meter, wallMs: () => number) {
    this.#meter = meter;
    this.#wallMs = wallMs;
  }

  record(happening: Happening): void {
    const meter = this.#meter;
    if ("error" in happening && happening.error.code === "memory-exceeded" && "computation" in happening)
      meter.count("arras_memory_exceeded_total");
    const ending = endings[happening.t];
    if (ending !== undefined) meter.count("arras_sessions_ended_total", 1, { state: ending });
    switch (happening.t) {
      case "session-created":
        this.#createdAtMs.set(happening.sessionId, happening.createdAtMs);
        break;
      case "session-placed":
        this.#placed(happening.sessionId);
        break;
      case "session-yielded":
      case "session-closed":
        this.#createdAtMs.delete(happening.sessionId);
        break;
      case "session-hole":
        meter.count("arras_holes_total");
        break;
      case "session-taken-over":
        meter.count("arras_takeovers_total");
        break;
      case "session-recovered":
        meter.observe("arras_takeover_seconds", happening.durationMs / 1000);
        break;
      case "computation-restarted":
        meter.count("arras_restarts_total", 1, { kind: happening.isMerger ? "merge" : "mcrt" });
        break;
      case "checkpointed":
        meter.count("arras_checkpoints_total");
        meter.count("arras_checkpoint_bytes_total", happening.sizeBytes);
        meter.observe("arras_checkpoint_seconds", happening.durationMs / 1000);
        break;
      case "images-kept":
        meter.count("arras_image_sets_kept_total");
        meter.count("arras_image_bytes_kept_total", happening.sizeBytes);
        break;
      case "images-missing":
        meter.count("arras_image_sets_missing_total");
        break;
      case "session-restored":
        meter.count("arras_films_restored_total");
        break;
      case "node-quarantined":
        meter.count("arras_nodes_quarantined_total");
        break;
      case "node-lost":
        meter.count("arras_nodes_lost_total");
        break;
    }
  }

  /** Only the first time: what is placed again later did not wait in the queue. */
  #placed(sessionId: string): void {
    const createdAtMs = this.#createdAtMs.get(sessionId);
    if (createdAtMs === undefined) return;
    this.#createdAtMs.delete(sessionId);
    this.#meter.observe("arras_queue_wait_seconds", Math.max(0, this.#wallMs() - createdAtMs) / 1000);
  }
}
