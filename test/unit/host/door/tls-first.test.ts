// A real door with TLS: gRPC and HTTP on one port, with and without a client's certificate, and clients that do not know.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { create } from "@bufbuild/protobuf";
import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { type DoorOptions, openDoor } from "../../../../host/door/door.ts";
import { GrpcClient } from "../../../../host/grpc-client.ts";
import { callerOf } from "../../../../host/grpc-gate.ts";
import { Secret } from "../../../../host/nats/secret.ts";
import type { ClientTls } from "../../../../host/read-access.ts";
import { diagnoseTls } from "../../../../host/tls-diagnosis.ts";
import {
  type FilmReceipt,
  FilmReceiptSchema,
  FilmService,
  type ReceiptRequest,
  ReceiptRequestSchema,
} from "../../../../proto/gen/arras/v1/film_pb.ts";
import { parseHostPort } from "../../../../proto/host-port.ts";
import { limits } from "../../../../proto/limits.ts";
import { opensslPresent, TestAuthority, type TestIdentity } from "../../../fakes/certificates.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { until } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";
import { RawClient } from "./raw-client.ts";

const token = "0123456789abcdef0123456789abcdef";
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const authority = opensslPresent ? new TestAuthority("authority") : (undefined as never);
const other = opensslPresent ? new TestAuthority("other") : (undefined as never);

interface Wanted {
  readonly identity?: TestIdentity;
  readonly clientCa?: string;
  readonly login?: DoorOptions["login"];
  readonly access?: "own";
}

async function open({ identity = authority.identity("door"), clientCa, login, access }: Wanted = {}) {
  const client = clientCa === undefined ? undefined : readFileSync(clientCa);
  // Not readDoorTls: it refuses a certificate that is over, which one becomes while a door is open.
  const tls = { cert: readFileSync(identity.cert), key: readFileSync(identity.key), clientCa: client, authority: "" };
  const clock = new FakeClock();
  const readReceipt = (call: ServerUnaryCall<ReceiptRequest, FilmReceipt>, callback: sendUnaryData<FilmReceipt>) => {
    const { user, right } = callerOf(call);
    callback(null, create(FilmReceiptSchema, { filmSha256: `${user} ${right}` }));
  };
  const door = await openDoor({
    address: "127.0.0.1:0",
    services: [
      {
        service: FilmService,
        access: access ?? { readReceipt: "watch" },
        implementation: { readReceipt } as never,
      },
    ],
    http: {
      routes: [
        {
          method: "GET",
          path: "/who",
          access: "watch",
          answer: ({ caller }, response) => void response.end(`${caller.user} ${caller.right}`),
        },
      ],
      upgrades: [],
    },
    login,
    tls,
    clock,
    log: silentLog,
  });
  ends.push(() => door.close());
  return { door, clock };
}

const clientTls = ({ ca = authority.ca, identity }: { ca?: string; identity?: TestIdentity } = {}): ClientTls => ({
  ca: readFileSync(ca),
  identity: identity && { cert: readFileSync(identity.cert), key: readFileSync(identity.key) },
});

async function called(address: string, tls: ClientTls | undefined, secret?: string): Promise<string> {
  const access = { tls, token: secret === undefined ? undefined : new Secret(secret) };
  const client = new GrpcClient({ address, service: FilmService, peer: "the coordinator", access });
  ends.push(() => client.close());
  const request = create(ReceiptRequestSchema);
  return (await client.unary<ReceiptRequest, FilmReceipt>("readReceipt", request, 60_000)).filmSha256;
}

/** The whole answer to GET /who. */
async function asked(address: string, tls: ClientTls, headers = "", options: ConnectionOptions = {}): Promise<string> {
  const { host, port } = parseHostPort(address)!;
  const client = new RawClient(connect({ host, port, ...(tls.ca && { ca: tls.ca }), ...tls.identity, ...options }));
  await client.say(`GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`);
  await client.closed;
  return client.text;
}

describe.skipIf(!opensslPresent)("a door with TLS", () => {
  it("gRPC and HTTP, with ALPN and without -> each is answered", async () => {
    const { door } = await open();
    expect(await called(door.address, clientTls())).toBe(" operate");
    // The last is what browsers and curl offer.
    for (const options of [{}, { ALPNProtocols: ["http/1.1"] }, { ALPNProtocols: ["h2", "http/1.1"] }])
      expect(await asked(door.address, clientTls(), "", options)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]* operate/);
  });

  it("the server's settings -> the raised windows, inside TLS too", async () => {
    const { door } = await open();
    const { host, port } = parseHostPort(door.address)!;
    const client = new RawClient(connect({ host, port, ca: readFileSync(authority.ca), ALPNProtocols: ["h2"] }));
    await client.say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0");
    await client.heard(Buffer.from([0, 4, 0, 0x40, 0, 0]));
    await client.heard(Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0xff, 0, 1]));
  });

  it("the cookie of a login -> for TLS only", async () => {
    const sha256 = createHash("sha256").update(token).digest();
    const { door } = await open({ login: { tokens: [{ user: "ada", right: "watch", sha256 }] } });
    const { host, port } = parseHostPort(door.address)!;
    const client = new RawClient(connect({ host, port, ca: readFileSync(authority.ca) }));
    await client.say(`GET /who?token=${token} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await client.heard(/303 See Other[\s\S]*set-cookie: arras-login-0=[^\r]*; Secure\r\n/);
  });

  it("a token -> who it is; without, or with another -> unauthenticated", async () => {
    const sha256 = createHash("sha256").update(token).digest();
    const { door } = await open({ login: { tokens: [{ user: "ada", right: "watch", sha256 }] } });
    expect(await called(door.address, clientTls(), token)).toBe("ada watch");
    expect(await asked(door.address, clientTls(), `Authorization: Bearer ${token}\r\n`)).toContain("ada watch");
    for (const wrong of [undefined, `${token}x`])
      await expect(called(door.address, clientTls(), wrong)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await asked(door.address, clientTls())).toMatch(/^HTTP\/1\.1 401 /);
  });

  it("its files are renewed -> the new certificate and tokens for who comes now; who is there stays", async () => {
    const sha256 = (text: string) => createHash("sha256").update(text).digest();
    const { door } = await open({ login: { tokens: [{ user: "ada", right: "watch", sha256: sha256(token) }] } });
    const { host, port } = parseHostPort(door.address)!;
    const early = connect({ host, port, ca: readFileSync(authority.ca) });
    await new Promise((resolve) => early.once("secureConnect", resolve));
    const former = early.getPeerCertificate().serialNumber;
    const identity = authority.identity("door");
    const tls = {
      cert: readFileSync(identity.cert),
      key: readFileSync(identity.key),
      clientCa: undefined,
      authority: "",
    };
    door.renew({ tls, tokens: [{ user: "bob", right: "watch", sha256: sha256(`${token}2`) }] });
    const late = connect({ host, port, ca: readFileSync(authority.ca) });
    await new Promise((resolve) => late.once("secureConnect", resolve));
    expect(late.getPeerCertificate().serialNumber).not.toBe(former);
    late.destroy();
    expect(await called(door.address, clientTls(), `${token}2`)).toBe("bob watch");
    await expect(called(door.address, clientTls(), token)).rejects.toMatchObject({ code: "unauthenticated" });
    const there = new RawClient(early);
    await there.say(`GET /who HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}2\r\n\r\n`);
    await there.heard(/200 OK[\s\S]*bob watch/);
  });

  it("a silent client, before or after the handshake -> dropped", async () => {
    const { door, clock } = await open();
    const { host, port } = parseHostPort(door.address)!;
    const before = await RawClient.connect(door.address);
    const after = new RawClient(connect({ host, port, ca: readFileSync(authority.ca) }));
    await new Promise((resolve) => after.socket.once("secureConnect", resolve));
    await until(() => clock.timerCount === 2);
    clock.advance(limits.doorGreetingMsMax);
    await Promise.all([before.closed, after.closed]);
    await until(() => door.connectionCount === 0);
    expect(clock.timerCount).toBe(0);
  });

  it("plain HTTP -> told to use https; garbage behind a handshake's first byte -> closed", async () => {
    const { door } = await open();
    const plain = await RawClient.connect(door.address);
    await plain.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await plain.heard(/^HTTP\/1\.1 400 [\s\S]*use https/);
    await plain.closed;
    const garbage = await RawClient.connect(door.address);
    await garbage.say(Buffer.from([0x16, 3, 1, 0, 4, 0xff, 0xff, 0xff, 0xff]));
    await garbage.closed;
    await until(() => door.connectionCount === 0);
  });

  it("the door is closed -> its TLS connections end", async () => {
    const { door } = await open();
    const { host, port } = parseHostPort(door.address)!;
    const client = new RawClient(connect({ host, port, ca: readFileSync(authority.ca) }));
    await new Promise((resolve) => client.socket.once("secureConnect", resolve));
    await door.close();
    await client.closed;
  });
});

describe.skipIf(!opensslPresent)("a door that asks for certificates", () => {
  it("one of its authority -> the certificate's name is the user", async () => {
    const { door } = await open({ clientCa: authority.ca });
    const tls = clientTls({ identity: authority.identity("ada") });
    expect(await called(door.address, tls)).toBe("ada operate");
    expect(await asked(door.address, tls)).toContain("ada operate");
  });

  it("none, another authority's, one that is over -> unauthenticated, and it says what to give", async () => {
    const { door } = await open({ clientCa: authority.ca });
    const identities = [undefined, other.identity("eve"), authority.identity("old", { days: -1 })];
    for (const identity of identities) {
      const tls = clientTls(identity === undefined ? {} : { identity });
      await expect(called(door.address, tls)).rejects.toMatchObject({
        code: "unauthenticated",
        action: "Give --cert and --key.",
      });
      expect(await asked(door.address, tls)).toMatch(/^HTTP\/1\.1 401 /);
    }
  });

  it("a service with a login of its own (computations) -> needs no certificate", async () => {
    const { door } = await open({ clientCa: authority.ca, access: "own" });
    expect(await called(door.address, clientTls())).toBe(" undefined");
  });
});

describe.skipIf(!opensslPresent)("a connection that does not come about", () => {
  const diagnosis = async (address: string, tls: ClientTls | undefined) => {
    const error = await diagnoseTls(address, tls);
    return error && `${error.code}: ${error.message}. ${error.action}`;
  };

  it("all is right -> nothing is said", async () => {
    const { door } = await open();
    expect(await diagnosis(door.address, clientTls())).toBeUndefined();
  });

  it("the authority is not known -> give --ca", async () => {
    const { door } = await open();
    for (const tls of [clientTls({ ca: other.ca }), { ca: undefined, identity: undefined }]) {
      await expect(called(door.address, tls)).rejects.toMatchObject({ code: "unavailable" });
      expect(await diagnosis(door.address, tls)).toMatch(
        /^unavailable: The certificate of 127\.0\.0\.1:\d+ is not trusted\. Give --ca FILE/,
      );
    }
  });

  it("the certificate is over, or for another host -> says so", async () => {
    const old = await open({ identity: authority.identity("door", { days: -1 }) });
    expect(await diagnosis(old.door.address, clientTls())).toMatch(/has expired/);
    const elsewhere = await open({ identity: authority.identity("door", { names: "DNS:localhost" }) });
    expect(await diagnosis(elsewhere.door.address, clientTls())).toMatch(/is not for 127\.0\.0\.1/);
  });

  it("one side speaks TLS and the other does not -> says which", async () => {
    const { door } = await open();
    expect(await diagnosis(door.address, undefined)).toMatch(/speaks TLS\. Give --ca FILE, or --tls/);
    const plain = await openDoor({
      address: "127.0.0.1:0",
      services: [],
      http: { routes: [], upgrades: [] },
      clock: new FakeClock(),
      log: silentLog,
    });
    ends.push(() => plain.close());
    expect(await diagnosis(plain.address, clientTls())).toMatch(/speaks no TLS\. Leave out --tls/);
    expect(await diagnosis(plain.address, undefined)).toBeUndefined();
  });

  it("nobody is there, or the address is none -> nothing is said", async () => {
    const { door } = await open();
    await door.close();
    const refused = new Promise((resolve) => connectPlain(parseHostPort(door.address)!).once("error", resolve));
    expect(await refused).toMatchObject({ code: "ECONNREFUSED" });
    for (const tls of [undefined, clientTls()])
      expect([await diagnosis(door.address, tls), await diagnosis("unix:/x", tls)]).toEqual([undefined, undefined]);
  });
});
