// Health, readiness and figures over the door's HTTP side.
import { afterEach, beforeEach, expect, it } from "vitest";
import { healthRoutes } from "../../../../coordinator/overview/health-routes.ts";
import { systemClock } from "../../../../host/clock.ts";
import { type Door, openDoor } from "../../../../host/door/door.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

let door: Door;
let isNatsThere: boolean;
beforeEach(async () => {
  isNatsThere = true;
  const checks = [
    { name: "nats", isReady: () => isNatsThere },
    { name: "records", isReady: () => true },
  ];
  const metrics = { contentType: "text/plain; version=0.0.4", text: async () => "arras_x 1\n" };
  const http = { routes: healthRoutes(checks, metrics), upgrades: [] };
  door = await openDoor({ address: "127.0.0.1:0", services: [], http, clock: systemClock, log: silentLog });
});
afterEach(() => door.close());

const get = async (path: string) => {
  const response = await fetch(`http://${door.address}${path}`);
  return [response.status, await response.text(), response.headers.get("content-type")];
};

it("the process lives -> healthz says so, whatever else is away", async () => {
  isNatsThere = false;
  expect(await get("/healthz")).toEqual([200, "alive\n", "text/plain; charset=utf-8"]);
});

it("everything is there, then NATS is away -> readyz turns from 200 to 503 and says what is missing", async () => {
  expect((await get("/readyz")).slice(0, 2)).toEqual([200, "nats ok\nrecords ok\n"]);
  isNatsThere = false;
  expect((await get("/readyz")).slice(0, 2)).toEqual([503, "nats not ready\nrecords ok\n"]);
});

it("metrics -> the text, in the type that Prometheus asks for", async () => {
  expect(await get("/metrics")).toEqual([200, "arras_x 1\n", "text/plain; version=0.0.4"]);
});
