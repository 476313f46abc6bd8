// Spans that really go to a collector: a small HTTP server that takes OTLP as JSON.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OtlpTracer, traceIdOf } from "../../../../coordinator/tracing/otlp-tracer.ts";
import { ArrasError } from "../../../../proto/errors.ts";

interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: { readonly key: string; readonly value: Record<string, unknown> }[];
}

interface Received {
  readonly path: string | undefined;
  readonly service: unknown;
  readonly spans: readonly ReceivedSpan[];
}

describe("spans over OTLP", () => {
  let server: Server;
  let received: Received[];
  beforeEach(async () => {
    received = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const [resource] = JSON.parse(Buffer.concat(chunks).toString()).resourceSpans;
        received.push({
          path: request.url,
          service: resource.resource.attributes,
          spans: resource.scopeSpans.flatMap(({ spans }: { spans: ReceivedSpan[] }) => spans),
        });
        response.setHeader("content-type", "application/json").end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => server.close());

  const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sessionId = "3f0c1a52-9d3e-4d0b-9a34-0d4f2f6a7f11";

  it("a session and a part of it -> one trace by the session's id, with times, fields and error", async () => {
    const tracer = new OtlpTracer({ endpoint: `${endpoint()}/`, instanceId: "c1" });
    const root = tracer.start({
      name: "session",
      sessionId,
      parent: undefined,
      atMs: 1_700_000_000_000,
      attributes: {},
    });
    const attributes = { "arras.node": "n", "arras.attempt": 2 };
    const part = tracer.start({ name: "launch", sessionId, parent: root, atMs: 1_700_000_000_100, attributes });
    part.end(1_700_000_000_250, new ArrasError("timed-out", { message: "No answer", action: "Wait." }));
    root.end(1_700_000_001_000);
    await tracer.close();
    const [{ path, service, spans }] = received as [Received];
    expect(path).toBe("/v1/traces");
    expect(service).toContainEqual({ key: "service.name", value: { stringValue: "arras-coordinator" } });
    expect(service).toContainEqual({ key: "service.instance.id", value: { stringValue: "c1" } });
    const [launch, session] = spans as [ReceivedSpan, ReceivedSpan];
    expect([launch.name, session.name]).toEqual(["launch", "session"]);
    expect([launch.traceId, session.traceId]).toEqual([traceIdOf(sessionId), sessionId.replaceAll("-", "")]);
    expect([launch.parentSpanId, session.parentSpanId ?? ""]).toEqual([session.spanId, ""]);
    expect(launch).toMatchObject({
      startTimeUnixNano: "1700000000100000000",
      endTimeUnixNano: "1700000000250000000",
      status: { code: 2, message: "[timed-out] No answer. Wait." },
    });
    expect(launch.attributes).toEqual(
      expect.arrayContaining([
        { key: "arras.node", value: { stringValue: "n" } },
        { key: "arras.attempt", value: { intValue: 2 } },
        { key: "error.type", value: { stringValue: "timed-out" } },
      ]),
    );
  });

  it("two coordinators have a session one after the other -> one trace", async () => {
    for (const instanceId of ["c1", "c2"]) {
      const tracer = new OtlpTracer({ endpoint: endpoint(), instanceId });
      tracer.start({ name: "session", sessionId, parent: undefined, atMs: 1, attributes: {} }).end(2);
      await tracer.close();
    }
    const ids = received.flatMap(({ spans }) => spans.map(({ traceId }) => traceId));
    expect(ids).toEqual([traceIdOf(sessionId), traceIdOf(sessionId)]);
  });

  it("no collector is there -> spans are lost, and closing ends all the same", async () => {
    const address = endpoint();
    await new Promise((resolve) => server.close(resolve));
    const tracer = new OtlpTracer({ endpoint: address, instanceId: "c1" });
    tracer.start({ name: "session", sessionId, parent: undefined, atMs: 1, attributes: {} }).end(2);
    await tracer.close();
    expect(received).toEqual([]);
  });

  it("a session's name is no UUID -> a trace id all the same", () => {
    expect(traceIdOf("local")).toMatch(/^[0-9a-f]{32}$/);
    expect(traceIdOf("local")).not.toBe(traceIdOf("other"));
  });
});
