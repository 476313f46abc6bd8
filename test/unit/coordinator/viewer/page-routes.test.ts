// The page's files behind the door.
import { afterEach, beforeEach, expect, it } from "vitest";
import { pageRoutes } from "../../../../coordinator/viewer/page-routes.ts";
import { systemClock } from "../../../../host/clock.ts";
import { type Door, openDoor } from "../../../../host/door/door.ts";
import { pagePolicy } from "../../../../host/door/http-headers.ts";
import { silentLog } from "../../../fakes/silent-log.ts";

const files = [
  { path: "index.html", content: Buffer.from("<p>page") },
  { path: "assets/a-1.js", content: Buffer.from("1") },
];
let door: Door;
beforeEach(async () => {
  const http = { routes: pageRoutes(files), upgrades: [] };
  door = await openDoor({ address: "127.0.0.1:0", services: [], http, clock: systemClock, log: silentLog });
});
afterEach(() => door.close());

it("the list and a session -> one page, under its own policy", async () => {
  for (const path of ["/", "/sessions/123"]) {
    const response = await fetch(`http://${door.address}${path}`);
    expect([response.status, await response.text()]).toEqual([200, "<p>page"]);
    expect(response.headers.get("content-security-policy")).toBe(pagePolicy);
  }
});

it("a file of the page -> kept for ever, in its type", async () => {
  const response = await fetch(`http://${door.address}/assets/a-1.js`);
  expect([response.status, await response.text()]).toEqual([200, "1"]);
  expect(response.headers.get("content-type")).toContain("javascript");
  expect(response.headers.get("cache-control")).toContain("immutable");
});

it("a file that is not there, or lies elsewhere -> 404", async () => {
  for (const path of ["/assets/b.js", "/assets/..%2Findex.html"]) {
    expect((await fetch(`http://${door.address}${path}`)).status).toBe(404);
  }
});

it("the page was not built -> no routes", () => {
  expect(pageRoutes([])).toEqual([]);
});
