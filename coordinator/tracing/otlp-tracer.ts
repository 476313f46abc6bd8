// Sends spans to an OpenTelemetry collector over OTLP/HTTP. Loaded only where an endpoint is configured. A collector
// that is away costs spans, and nothing else: they wait in a bounded queue and are then dropped.
import { createHash } from "node:crypto";
import { type Span as OtelSpan, ROOT_CONTEXT, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  type IdGenerator,
  NodeTracerProvider,
  RandomIdGenerator,
} from "@opentelemetry/sdk-trace-node";
import type { ArrasError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { softwareVersion } from "../../proto/version.ts";
import type { Span, SpanStart, Tracer } from "./tracer.ts";

export interface OtlpSettings {
  /** Base URL, as OTEL_EXPORTER_OTLP_ENDPOINT has it: `/v1/traces` is added. */
  readonly endpoint: string;
  /** Tells this coordinator from others. */
  readonly instanceId: string;
}

export class OtlpTracer implements Tracer {
  readonly #provider: NodeTracerProvider;
  readonly #ids = new SessionIds();

  constructor({ endpoint, instanceId }: OtlpSettings) {
    const exporter = new OTLPTraceExporter({
      url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
      timeoutMillis: limits.traceExportTimeoutMs,
    });
    this.#provider = new NodeTracerProvider({
      idGenerator: this.#ids,
      resource: resourceFromAttributes({
        "service.name": "arras-coordinator",
        "service.version": softwareVersion,
        "service.instance.id": instanceId,
      }),
      spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: limits.traceExportTimeoutMs })],
    });
  }

  start({ name, sessionId, parent, atMs, attributes }: SpanStart): Span {
    this.#ids.traceId = traceIdOf(sessionId);
    const above = parent instanceof OtlpSpan ? trace.setSpan(ROOT_CONTEXT, parent.span) : ROOT_CONTEXT;
    const span = this.#provider
      .getTracer("arras-render", softwareVersion)
      .startSpan(name, { startTime: atMs, attributes }, above);
    return new OtlpSpan(span);
  }

  /** Sends what waits. Resolves whether or not the collector takes it. */
  async close(): Promise<void> {
    await this.#provider.shutdown().catch(() => undefined);
  }
}

class OtlpSpan implements Span {
  readonly span: OtelSpan;

  constructor(span: OtelSpan) {
    this.span = span;
  }

  end(atMs: number, error?: ArrasError): void {
    if (error !== undefined) {
      this.span.setStatus({ code: SpanStatusCode.ERROR, message: error.toString() });
      this.span.setAttribute("error.type", error.code);
    }
    this.span.end(atMs);
  }
}

/** A UUID's digits, so that a session's trace is found by its id; another name's digest. */
export function traceIdOf(sessionId: string): string {
  const digits = sessionId.replaceAll("-", "").toLowerCase();
  if (/^[0-9a-f]{32}$/.test(digits) && !/^0+$/.test(digits)) return digits;
  return createHash("sha256").update(sessionId).digest("hex").slice(0, 32);
}

/** The next trace's id is set by who starts it; spans' ids are random. */
class SessionIds implements IdGenerator {
  traceId = "";
  readonly #random = new RandomIdGenerator();

  generateTraceId(): string {
    return this.traceId;
  }

  generateSpanId(): string {
    return this.#random.generateSpanId();
  }
}
