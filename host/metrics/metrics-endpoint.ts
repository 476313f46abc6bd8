// GET /metrics and /healthz on a port of their own, for a process that has no door. Only what a reader of figures needs.
import { createServer } from "node:http";
import { type HostPort, hostPortText } from "../../proto/host-port.ts";
import { limits } from "../../proto/limits.ts";
import { cannotListen } from "../grpc-server.ts";

export interface MetricText {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface MetricsEndpoint {
  /** `host:port` with the port that was really taken. */
  readonly address: string;
  close(): Promise<void>;
}

/** Rejects with `unavailable` when it cannot listen. */
export async function serveMetrics(listen: HostPort, metrics: MetricText): Promise<MetricsEndpoint> {
  const server = createServer(
    {
      maxHeaderSize: limits.httpHeaderSizeBytesMax,
      headersTimeout: limits.httpHeadersMsMax,
      requestTimeout: limits.httpRequestMsMax,
      keepAliveTimeout: limits.httpIdleMsMax,
    },
    (request, response) => {
      const path = (request.url ?? "").split("?", 1)[0];
      const isKnown = path === "/metrics" || path === "/healthz";
      if (!isKnown) return void response.writeHead(404).end("There is /metrics, and /healthz.\n");
      if (request.method !== "GET" && request.method !== "HEAD")
        return void response.writeHead(405, { allow: "GET, HEAD" }).end();
      if (path === "/healthz") return void response.end("alive\n");
      metrics.text().then(
        (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    },
  );
  server.maxConnections = limits.metricsConnectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(hostPortText(listen), error)));
    server.listen(listen.port, listen.host, resolve);
  });
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : listen.port;
  return {
    address: hostPortText({ host: listen.host, port }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
