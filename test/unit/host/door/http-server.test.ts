// Answers of the door's HTTP side: routes, refusals, upgrades, and the headers that each of them has.
import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { type DoorLogin, openDoor } from "../../../../host/door/door.ts";
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

async function open(http: Partial<HttpRoutes>, login?: DoorLogin): Promise<string> {
  const door = await openDoor({
    address: "127.0.0.1:0",
    services: [],
    http: { routes: [], upgrades: [], ...http },
    login,
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

describe("who calls", () => {
  const token = "0123456789abcdef0123456789abcdef";
  const login: DoorLogin = {
    tokens: [{ user: "ada", right: "watch", sha256: createHash("sha256").update(token).digest() }],
  };
  const authorization = `Bearer ${token}`;
  const whoami: HttpRoute = {
    method: "GET",
    path: "/who/*",
    access: "watch",
    answer: ({ caller, query }, response) => void response.end(`${caller.user}?${query}`),
  };
  const change: HttpRoute = { ...whoami, method: "POST", access: "submit" };
  const http = { routes: [whoami, change, get("/open", (_, response) => void response.end("open"))] };
  const ask = (url: string, headers: Record<string, string> = {}, method = "GET") =>
    fetch(url, { headers, method, redirect: "manual" });

  it("no token -> 401 that says how; a token -> who it is; without the right -> 403; open to all -> no token", async () => {
    const url = `http://${await open(http, login)}`;
    const refused = await ask(`${url}/who/a`);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="arras"']);
    expect(await (await ask(`${url}/who/a`, { authorization })).text()).toBe("ada?");
    expect((await ask(`${url}/who/a`, { authorization }, "POST")).status).toBe(403);
    expect((await ask(`${url}/open`)).status).toBe(200);
  });

  it("?token= in an address -> 303 to the same without it, and a cookie that no script can read", async () => {
    const url = `http://${await open(http, login)}`;
    const exchanged = await ask(`${url}/who/a?x=1&token=${token}&y=2`);
    expect([exchanged.status, exchanged.headers.get("location")]).toEqual([303, "/who/a?x=1&y=2"]);
    const cookie = exchanged.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(token);
    expect(await (await ask(`${url}/who/a`, { cookie: cookie.split(";")[0] ?? "" })).text()).toBe("ada?");
  });

  it("a wrong one -> 401 without a cookie; to another site's address -> 404", async () => {
    const url = `http://${await open(http, login)}`;
    const wrong = await ask(`${url}/who/a?token=wrong`);
    expect([wrong.status, wrong.headers.get("set-cookie")]).toEqual([401, null]);
    const client = await RawClient.connect(url.slice("http://".length));
    await client.say(`GET //elsewhere.example/?token=${token} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.heard(/^HTTP\/1\.1 404 /);
  });

  it("POST /login with the token, as a page does that asked for it -> 204 and the cookie; GET -> 405", async () => {
    const url = `http://${await open(http, login)}`;
    const done = await ask(`${url}/login`, { authorization }, "POST");
    expect([done.status, done.headers.get("set-cookie")?.startsWith("arras-login-")]).toEqual([204, true]);
    expect((await ask(`${url}/login`)).status).toBe(405);
    expect((await ask(`${url}/login`, {}, "POST")).status).toBe(401);
  });

  it("a page of another site posts, or opens a WebSocket -> 403", async () => {
    const address = await open({ ...http, upgrades: [{ path: "/live", access: "open", take: () => {} }] });
    const origin = "http://elsewhere.example";
    expect((await ask(`http://${address}/who/a`, { origin }, "POST")).status).toBe(403);
    const client = await RawClient.connect(address);
    await client.say(
      `GET /live HTTP/1.1\r\nHost: ${address}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`,
    );
    await client.heard(/^HTTP\/1\.1 403 /);
  });

  it("a door without a login for this machine alone, under another name -> 421", async () => {
    const client = await RawClient.connect(await open(http));
    await client.say("GET /who/a HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n");
    await client.heard(/^HTTP\/1\.1 421 /);
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
  const ask = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`;

  it("a route takes the connection -> it is the route's, with what came behind the request", async () => {
    const client = await RawClient.connect(await open({ upgrades: [echo] }));
    await client.say(`${ask("/live/s1")}first`);
    await client.heard(/s1:first/);
    await client.say(" second");
    await client.heard(/first second/);
  });

  it("the route rejects -> what it rejects with, and closed", async () => {
    const reject = () => Promise.reject(new ArrasError("unavailable", { message: "Too many", action: "Wait." }));
    const client = await RawClient.connect(await open({ upgrades: [{ ...echo, take: reject }] }));
    await client.say(ask("/live/s1"));
    await client.heard(/^HTTP\/1\.1 503 Service Unavailable[\s\S]*nosniff[\s\S]*Too many/);
    await client.closed;
  });

  it("no route -> 404 and closed", async () => {
    const client = await RawClient.connect(await open({ upgrades: [echo] }));
    await client.say(ask("/other"));
    await client.heard(/^HTTP\/1\.1 404 Not Found[\s\S]*nosniff[\s\S]*There is nothing/);
    await client.closed;
  });
});
