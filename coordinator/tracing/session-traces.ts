// Makes traces of what happens: one for each session, with spans for its placement, each computation's launch and
// loading of the scene, rendering, checkpoints, takeover and pictures. Pure but for the tracer that it is given.
import { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { ComputationHappening, Happening, Journal, SessionHappening } from "../journal/happening.ts";
import type { Span, Tracer } from "./tracer.ts";

interface Trace {
  readonly root: Span;
  /** By "placement", "rendering", "launch mcrt_i0", "prepare mcrt_i0". */
  readonly open: Map<string, Span>;
}

export class SessionTraces implements Journal {
  readonly #tracer: Tracer;
  readonly #wallMs: () => number;
  readonly #traces = new Map<string, Trace>();

  /** `wallMs`: wall clock, milliseconds since 1970. */
  constructor(tracer: Tracer, wallMs: () => number) {
    this.#tracer = tracer;
    this.#wallMs = wallMs;
  }

  record(happening: Happening): void {
    if (!("sessionId" in happening)) return;
    if (happening.t === "session-created" || happening.t === "session-taken-over") this.#begin(happening);
    const trace = this.#traces.get(happening.sessionId);
    if (trace === undefined) return;
    if ("computation" in happening) this.#computation(trace, happening);
    else this.#session(trace, happening);
  }

  #begin(happening: Extract<Happening, { readonly t: "session-created" | "session-taken-over" }>): void {
    const { sessionId } = happening;
    if (this.#traces.has(sessionId) || this.#traces.size >= limits.sessionsMax) return;
    const isTakenOver = happening.t === "session-taken-over";
    const beganAtMs = isTakenOver ? this.#wallMs() : happening.createdAtMs;
    const root = this.#tracer.start({
      name: "session",
      sessionId,
      parent: undefined,
      atMs: beganAtMs,
      attributes: {
        "arras.session": sessionId,
        "arras.taken_over": isTakenOver,
        ...(isTakenOver ? {} : { "arras.scene": happening.scene, "arras.user": happening.user }),
      },
    });
    const trace: Trace = { root, open: new Map() };
    this.#traces.set(sessionId, trace);
    this.#open(trace, sessionId, isTakenOver ? "takeover" : "placement", {}, beganAtMs);
  }

  #session(trace: Trace, happening: SessionHappening): void {
    const { sessionId } = happening;
    switch (happening.t) {
      case "session-placed":
        this.#close(trace, "placement");
        break;
      case "session-rendering":
        this.#open(trace, sessionId, "rendering");
        break;
      case "session-finished":
      case "session-stopped":
      case "session-holes":
        this.#close(trace, "rendering");
        break;
      case "session-failed":
        for (const name of [...trace.open.keys()]) this.#close(trace, name, happening.error);
        break;
      case "session-yielded":
      case "session-closed":
        for (const name of [...trace.open.keys()]) this.#close(trace, name);
        trace.root.end(this.#wallMs());
        this.#traces.delete(sessionId);
        break;
      case "session-recovered":
        this.#close(trace, "takeover");
        this.#open(trace, sessionId, "rendering");
        break;
      case "checkpointed":
        this.#past(trace, sessionId, "checkpoint", happening.durationMs, { "arras.size_bytes": happening.sizeBytes });
        break;
      case "image-fetched":
        this.#past(trace, sessionId, "image fetch", happening.durationMs, { "arras.format": happening.format });
        break;
    }
  }

  #computation(trace: Trace, happening: ComputationHappening): void {
    const { sessionId, computation } = happening;
    const attributes = {
      "arras.computation": computation,
      "arras.node": happening.nodeId,
      "arras.attempt": happening.attempt,
    };
    const [launch, prepare] = [`launch ${computation}`, `prepare ${computation}`];
    switch (happening.t) {
      case "computation-launched":
        this.#open(trace, sessionId, launch, attributes);
        break;
      case "computation-started":
        this.#close(trace, launch);
        if (!happening.isMerger) this.#open(trace, sessionId, prepare, attributes);
        break;
      case "computation-prepared":
        this.#close(trace, prepare);
        break;
      case "computation-ended":
        for (const name of [launch, prepare]) this.#close(trace, name, endedBefore(computation));
        break;
      default:
        for (const name of [launch, prepare]) this.#close(trace, name, happening.error);
    }
  }

  #open(
    trace: Trace,
    sessionId: string,
    name: string,
    attributes: Record<string, string | number> = {},
    atMs = this.#wallMs(),
  ): void {
    // Begun anew: what it was before never came to its end.
    this.#close(trace, name, endedBefore(name));
    const start = { name, sessionId, parent: trace.root, atMs, attributes };
    trace.open.set(name, this.#tracer.start(start));
  }

  #close(trace: Trace, name: string, error?: ArrasError): void {
    trace.open.get(name)?.end(this.#wallMs(), error);
    trace.open.delete(name);
  }

  /** One that is told of when it is over. */
  #past(
    trace: Trace,
    sessionId: string,
    name: string,
    durationMs: number,
    attributes: Record<string, string | number>,
  ): void {
    const atMs = this.#wallMs();
    const start = { name, sessionId, parent: trace.root, atMs: atMs - durationMs, attributes };
    this.#tracer.start(start).end(atMs);
  }
}

function endedBefore(name: string): ArrasError {
  return new ArrasError("cancelled", {
    message: `${name} ended before it was done`,
    action: "See what came after it.",
  });
}
