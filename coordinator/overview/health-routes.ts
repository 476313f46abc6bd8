// GET /healthz, /readyz and /metrics: for those who keep a coordinator running.
import type { HttpRoute } from "../../host/door/http-route.ts";

/** Something without which a coordinator cannot take sessions. */
export interface ReadinessCheck {
  /** For people: "nats". */
  readonly name: string;
  isReady(): boolean;
}

/** What `/metrics` says. */
export interface MetricText {
  readonly contentType: string;
  text(): Promise<string>;
}

export function healthRoutes(checks: readonly ReadinessCheck[], metrics: MetricText): HttpRoute[] {
  return [
    {
      method: "GET",
      path: "/healthz",
      access: "open",
      answer: (_, response) => void response.setHeader("content-type", "text/plain; charset=utf-8").end("alive\n"),
    },
    {
      method: "GET",
      path: "/readyz",
      access: "open",
      answer: (_, response) => {
        const lines = checks.map(({ name, isReady }) => ({ name, isReady: isReady() }));
        response.statusCode = lines.every(({ isReady }) => isReady) ? 200 : 503;
        const text = lines.map(({ name, isReady }) => `${name} ${isReady ? "ok" : "not ready"}\n`).join("");
        response.setHeader("content-type", "text/plain; charset=utf-8").end(text);
      },
    },
    {
      method: "GET",
      path: "/metrics",
      access: "watch",
      answer: async (_, response) => {
        const text = await metrics.text();
        response.setHeader("content-type", metrics.contentType).end(text);
      },
    },
  ];
}
