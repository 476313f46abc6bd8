// Answers of the door's HTTP side: routes, refusals, upgrades, and the headers that each of them has.
import { afterEach, describe, expect, it } from "vitest";
import { openDoor } from "../../../../host/door/door.ts";
import { pagePolicy, strictHeaders } from "../../../../host/door/http-headers.ts";
import type { HttpRoute, HttpRoutes, UpgradeRoute } from "../../../../host/door/http-route.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { silentLog } from "../../../fakes/silent-log.ts";
import { RawClient } from "./raw-client.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open(http: Partial<HttpRoutes>): Promise<string> {
  const door = await openDoor({
    address: "127.0.0.1:0",
    services: [],
    http: { routes: [], upgrades: [], ...http },
    clock: new FakeClock(),
    log: silentLog,
  });
  ends.push(() => door.close());
  return door.address;
}

const get = (path: string, answer: HttpRoute["answer"]): HttpRoute => ({ method: "GET", path, access: "open", answer });

describe("routes", () => {
  it("GET -> the answer with every strict header; HEAD -> the same without a body", async () => {
    const address = await open({ routes: [get("/a", (_, response) => void response.end("a"))] });
    const response = await fetch(`http://${address}/a`);
    expect(Object.fromEntries(response.headers)).toMatchObject(strictHeaders);
    expect(await response.text()).toBe("a");
    const head = await fetch(`http://${address}/a`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("a page -> may loosen its policy, and nothing else changes", async () => {
    const page = get("/", (_, response) => void response.setHeader("content-security-policy", pagePolicy).end("<p>"));
    const { headers } = await fetch(`http://${await open({ routes: [page] })}/`);
    expect(Object.fromEntries(headers)).toMatchObject({ ...strictHeaders, "content-security-policy": pagePolicy });
  });

  it("nothing is there -> 404, as text or as JSON, with the headers", async () => {
    const url = `http://${await open({})}/nothing?token=secret`;
    const text = await fetch(url);
    expect([text.status, await text.text()]).toEqual([
      404,
      "[usage] There is nothing at /nothing. Is the address right?\n",
    ]);
    expect(Object.fromEntries(text.headers)).toMatchObject(strictHeaders);
    const json = await fetch(url, { headers: { accept: "application/json" } });
    expect(await json.json()).toMatchObject({ error: { code: "usage", message: "There is nothing at /nothing" } });
  });

  it("another method -> 405 with those that are allowed", async () => {
    const address = await open({ routes: [get("/a", () => {})] });
    for (const method of ["POST", "DELETE", "OPTIONS", "PATCH"]) {
      const response = await fetch(`http://${address}/a`, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
  });

  it("a request of another site -> no header that lets it read the answer", async () => {
    const address = await open({ routes: [get("/a", (_, response) => void response.end("a"))] });
    const { headers } = await fetch(`http://${address}/a`, { headers: { origin: "http://elsewhere.example" } });
    expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("a route throws an error of ours -> its status; another -> 500; later than its first byte -> cut off", async () => {
    const address = await open({
      routes: [
        get("/ours", () => Promise.reject(new ArrasError("session-missing", { message: "gone", action: "a" }))),
        get("/other", () => {
          throw new TypeError("x is undefined");
        }),
        get("/late", (_, response) => {
          response.write("begun");
          throw new TypeError("too late");
        }),
      ],
    });
    expect((await fetch(`http://${address}/ours`)).status).toBe(404);
    expect((await fetch(`http://${address}/other`)).status).toBe(500);
    await expect(fetch(`http://${address}/late`).then((response) => response.text())).rejects.toThrow();
  });
});

describe("upgrades", () => {
  const echo: UpgradeRoute = {
    path: "/live/:id",
    access: "open",
    take: ({ parameters }, socket, head) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n${parameters.id}:${head}`,
      );
      socket.pipe(socket);
    },
  };
  const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`;

  it("a route takes the connection -> it is the route's, with what came behind the request", async () => {
    const client = await RawClient.connect(await open({ upgrades: [echo] }));
    await client.say(`${ask("/live/s1")}first`);
    await client.heard(/s1:first/);
    await client.say(" second");
    await client.heard(/first second/);
  });

  it("no route -> 404 and closed", async () => {
    const client = await RawClient.connect(await open({ upgrades: [echo] }));
    await client.say(ask("/other"));
    await client.heard(/^HTTP\/1\.1 404 Not Found[\s\S]*nosniff[\s\S]*There is nothing/);
    await client.closed;
  });
});
