// A real door on a loopback port: gRPC and HTTP beside each other, and clients that mean no good.
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../../host/clock.ts";
import { type DoorBounds, openDoor } from "../../../../host/door/door.ts";
import type { HttpRoute, HttpRoutes } from "../../../../host/door/http-route.ts";
import { GrpcClient } from "../../../../host/grpc-client.ts";
import {
  type Acknowledgement,
  AcknowledgementSchema,
  type Contribution,
  ContributionSchema,
  type FilmReceipt,
  FilmReceiptSchema,
  FilmService,
  type ReceiptRequest,
  ReceiptRequestSchema,
} from "../../../../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { until } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";
import { RawClient } from "./raw-client.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const filmService = {
  service: FilmService,
  implementation: {
    readReceipt: (call: ServerUnaryCall<ReceiptRequest, FilmReceipt>, callback: sendUnaryData<FilmReceipt>) =>
      callback(null, create(FilmReceiptSchema, { filmSha256: call.request.sessionId })),
    contribute: (call: ServerDuplexStream<Contribution, Acknowledgement>) => {
      // Read and never answered: the client's window shows how much may be on the way.
      call.on("data", ({ planes }: Contribution) =>
        call.write(create(AcknowledgementSchema, { unit: { epoch: planes[0]?.values.length ?? 0 } })),
      );
      call.on("end", () => call.end());
    },
  },
};

const hello: HttpRoute = {
  method: "GET",
  path: "/hello/:name",
  access: "open",
  answer: ({ parameters, query }, response) => void response.end(`hello ${parameters.name} ${query.get("q") ?? ""}`),
};

/** The preface, and an empty SETTINGS frame (RFC 9113, 3.4 and 6.5). */
const http2Beginning = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
/** Type 6 (RFC 9113, 6.7). */
const ping = "\0\0\u0008\u0006\0\0\0\0\0";
const settingsAcknowledged = Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]);

async function open(http: Partial<HttpRoutes> = {}, bounds: Partial<DoorBounds> = {}, clock = new FakeClock()) {
  const door = await openDoor({
    address: "127.0.0.1:0",
    services: [filmService as never],
    http: { routes: [hello], upgrades: [], ...http },
    clock,
    log: silentLog,
    bounds,
  });
  ends.push(() => door.close());
  return { door, clock };
}

function grpcClient(address: string): GrpcClient {
  const client = new GrpcClient({ address, service: FilmService, peer: "the coordinator" });
  ends.push(() => client.close());
  return client;
}

const receipt = (client: GrpcClient, sessionId: string) =>
  client.unary<ReceiptRequest, FilmReceipt>("readReceipt", create(ReceiptRequestSchema, { sessionId }), 60_000);

describe("one port", () => {
  it("gRPC and HTTP at the same time -> each is answered", async () => {
    const { door } = await open();
    const client = grpcClient(door.address);
    const [film, page] = await Promise.all([
      receipt(client, "s"),
      fetch(`http://${door.address}/hello/there?q=1`).then((response) => response.text()),
    ]);
    expect([film.filmSha256, page]).toEqual(["s", "hello there 1"]);
  });

  it("an HTTP request byte by byte -> answered", async () => {
    const { door } = await open();
    const client = await RawClient.connect(door.address);
    for (const byte of "GET /hello/slow HTTP/1.1\r\nHost: localhost\r\n\r\n") await client.say(byte);
    await client.heard(/^HTTP\/1\.1 200 OK[\s\S]*hello slow/);
  });

  it("the HTTP/2 preface in two pieces, cut anywhere -> the server's settings", async () => {
    const { door } = await open();
    for (let cut = 1; cut < http2Beginning.length; cut += 1) {
      const client = await RawClient.connect(door.address);
      await client.say(http2Beginning.subarray(0, cut));
      await client.say(http2Beginning.subarray(cut));
      await client.heard(settingsAcknowledged);
      client.socket.destroy();
    }
  });

  it("a client ends its half behind an HTTP request -> still answered", async () => {
    const { door } = await open();
    const client = await RawClient.connect(door.address);
    client.socket.end("GET /hello/half HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await client.heard(/hello half/);
  });

  it("a message just below doorMessageSizeBytesMax -> whole; one above -> limit-exceeded", async () => {
    const { door } = await open();
    const client = grpcClient(door.address);
    const stream = client.duplex<Contribution, Acknowledgement>("contribute");
    const answer = new Promise<Acknowledgement>((resolve, reject) => stream.on("data", resolve).on("error", reject));
    const sizeBytes = limits.doorMessageSizeBytesMax - 100;
    const contribution = (length: number) =>
      create(ContributionSchema, { planes: [{ encoding: 3, values: new Uint8Array(length) }] });
    stream.write(contribution(sizeBytes));
    expect((await answer).unit?.epoch).toBe(sizeBytes);
    const failure = new Promise((resolve) => stream.on("error", (error) => resolve(client.error(error).code)));
    stream.write(contribution(sizeBytes + 200));
    expect(await failure).toBe("limit-exceeded");
  });

  it("the server's settings on an injected connection -> windows of 4 MiB a stream and 16 MiB in all", async () => {
    const { door } = await open();
    const client = await RawClient.connect(door.address);
    await client.say(http2Beginning);
    // SETTINGS_INITIAL_WINDOW_SIZE is 4 (RFC 9113, 6.5.2); WINDOW_UPDATE of stream 0 adds to its first 65,535 bytes.
    await client.heard(Buffer.from([0, 4, 0, 0x40, 0, 0]));
    await client.heard(Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0xff, 0, 1]));
  });

  it("the door is closed -> open connections end, the port is free", async () => {
    const { door } = await open();
    const client = await RawClient.connect(door.address);
    await client.say("GET /hello/a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await client.heard(/hello a/);
    await door.close();
    await client.closed;
    await expect(RawClient.connect(door.address)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("an address that is taken, or is none -> unavailable", async () => {
    const { door } = await open();
    for (const address of [door.address, "nowhere"]) {
      const options = { services: [], http: { routes: [], upgrades: [] }, clock: systemClock, log: silentLog };
      await expect(openDoor({ address, ...options })).rejects.toMatchObject({ code: "unavailable" });
    }
  });
});

describe("a client that means no good", () => {
  it("it says nothing, or not enough -> dropped after greetingMsMax; who has spoken stays", async () => {
    const { door, clock } = await open();
    const silent = await RawClient.connect(door.address);
    const slow = await RawClient.connect(door.address);
    const good = await RawClient.connect(door.address);
    await slow.say("PRI * HT");
    await good.say("GET /hello/good HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await good.heard(/hello good/);
    await until(() => clock.timerCount === 2);
    clock.advance(limits.doorGreetingMsMax - 1);
    expect(door.connectionCount).toBe(3);
    clock.advance(1);
    await Promise.all([silent.closed, slow.closed]);
    expect([silent.text, slow.text, clock.timerCount]).toEqual(["", "", 0]);
    await good.say("GET /hello/again HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await good.heard(/hello again/);
  });

  it("headers come for ever -> 408, closed (slowloris)", async () => {
    const { door } = await open({}, { headersMsMax: 50, requestMsMax: 100 });
    const client = await RawClient.connect(door.address);
    await client.say("GET /hello/a HTTP/1.1\r\nHost: localhost\r\nX-A: ");
    await client.heard(/^HTTP\/1\.1 408 /);
    await client.closed;
  });

  it("it connects and leaves -> forgotten", async () => {
    const { door, clock } = await open();
    const client = await RawClient.connect(door.address);
    await until(() => door.connectionCount === 1);
    client.socket.end();
    await until(() => door.connectionCount === 0);
    expect(clock.timerCount).toBe(0);
  });

  it("it ends its half of an HTTP/2 connection, as a killed process does -> closed before a ping stays out", async () => {
    const { door } = await open();
    const client = await RawClient.connect(door.address);
    await client.say(http2Beginning);
    await client.heard(settingsAcknowledged);
    client.socket.end();
    await client.closed;
    expect(client.text).not.toContain(ping);
    await until(() => door.connectionCount === 0);
  });

  it("it answers no ping of an HTTP/2 connection -> closed, as without a door", async () => {
    const { door } = await open();
    const client = await RawClient.connect(door.address);
    await client.say(http2Beginning);
    await client.closed;
    expect(client.text).toContain(ping);
  });

  it("nonsense -> 400; a TLS handshake -> closed", async () => {
    const { door } = await open();
    const nonsense = await RawClient.connect(door.address);
    await nonsense.say(Buffer.from([1, 2, 3, 255, 254, 10, 13, 10]));
    await nonsense.heard(/^HTTP\/1\.1 400 /);
    const tls = await RawClient.connect(door.address);
    await tls.say(Buffer.from([0x16, 3, 1, 0, 5, 1]));
    await tls.closed;
    expect(tls.text).toBe("");
  });

  it("headers above httpHeaderSizeBytesMax -> 431; an address above httpUrlCharsMax -> 414", async () => {
    const { door } = await open();
    const headers = await RawClient.connect(door.address);
    await headers.say(`GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${"a".repeat(limits.httpHeaderSizeBytesMax)}\r\n\r\n`);
    await headers.heard(/^HTTP\/1\.1 431 /);
    const path = "/hello/".padEnd(limits.httpUrlCharsMax, "a");
    expect((await fetch(`http://${door.address}${path}`)).status).toBe(200);
    expect((await fetch(`http://${door.address}${path}a`)).status).toBe(414);
  });

  it("a body above httpBodySizeBytesMax -> 413, not read", async () => {
    const { door } = await open();
    const client = await RawClient.connect(door.address);
    await client.say(
      `POST /hello/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${limits.httpBodySizeBytesMax + 1}\r\n\r\n`,
    );
    await client.heard(/^HTTP\/1\.1 413 [\s\S]*connection: close/i);
    await client.closed;
  });

  it("more connections than connectionsMax, or of one address -> the last is closed, the others stay", async () => {
    for (const bounds of [{ connectionsMax: 2 }, { connectionsPerAddressMax: 2 }]) {
      const { door } = await open({}, bounds);
      const [first, second] = [await RawClient.connect(door.address), await RawClient.connect(door.address)];
      await until(() => door.connectionCount === 2);
      const third = await RawClient.connect(door.address);
      await third.closed;
      first?.socket.destroy();
      await until(() => door.connectionCount === 1);
      const fourth = await RawClient.connect(door.address);
      await until(() => door.connectionCount === 2);
      expect([second?.socket.destroyed, fourth.socket.destroyed]).toEqual([false, false]);
    }
  });
});
