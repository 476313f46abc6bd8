// What the coordinator needs of a tracing library: spans with a beginning, an end and a parent. Without an endpoint
// there is none at all.
import type { ArrasError } from "../../proto/errors.ts";

export interface SpanStart {
  readonly name: string;
  /** All spans of a session are one trace, whichever coordinator makes them. */
  readonly sessionId: string;
  /** undefined: the trace's first. */
  readonly parent: Span | undefined;
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

export interface Span {
  /** Once. `error`: what it was for failed. */
  end(atMs: number, error?: ArrasError): void;
}

export interface Tracer {
  start(start: SpanStart): Span;
}
