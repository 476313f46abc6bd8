// The port on which a process without a door shows its figures.
import { afterEach, expect, it } from "vitest";
import { type MetricsEndpoint, serveMetrics } from "../../../../host/metrics/metrics-endpoint.ts";

let endpoint: MetricsEndpoint | undefined;
afterEach(() => endpoint?.close());

const loopback = { host: "127.0.0.1", port: 0 };

async function serve(text: () => Promise<string> = async () => "arras_x 1\n") {
  endpoint = await serveMetrics(loopback, { contentType: "text/plain; version=0.0.4", text });
  const base = `http://${endpoint.address}`;
  return async (path: string, method = "GET") => {
    const response = await fetch(`${base}${path}`, { method });
    return [response.status, await response.text()];
  };
}

it("figures and health are asked for -> told; anything else -> refused", async () => {
  const ask = await serve();
  expect(await ask("/metrics")).toEqual([200, "arras_x 1\n"]);
  expect(await ask("/metrics?x=1")).toEqual([200, "arras_x 1\n"]);
  expect(await ask("/healthz")).toEqual([200, "alive\n"]);
  expect((await ask("/"))[0]).toBe(404);
  expect((await ask("/metrics", "POST"))[0]).toBe(405);
});

it("figures cannot be made -> 500, and it goes on", async () => {
  const ask = await serve(() => Promise.reject(new Error("no")));
  expect((await ask("/metrics"))[0]).toBe(500);
  expect((await ask("/healthz"))[0]).toBe(200);
});

it("the port is taken -> unavailable, with the address", async () => {
  await serve();
  const port = Number(endpoint?.address.split(":").at(-1));
  const again = serveMetrics({ ...loopback, port }, { contentType: "", text: async () => "" });
  await expect(again).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining(`:${port}`) });
});
