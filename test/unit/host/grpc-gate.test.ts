// Calls through a real door: who calls is known before a message is read, and services are told.

import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { Metadata, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { openDoor } from "../../../host/door/door.ts";
import { GrpcClient } from "../../../host/grpc-client.ts";
import { callerOf } from "../../../host/grpc-gate.ts";
import type { ServedService } from "../../../host/grpc-server.ts";
import { Secret } from "../../../host/nats/secret.ts";
import {
  type FilmReceipt,
  FilmReceiptSchema,
  FilmService,
  type ReceiptRequest,
  ReceiptRequestSchema,
  WatchTilesRequestSchema,
} from "../../../proto/gen/arras/v1/film_pb.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { silentLog } from "../../fakes/silent-log.ts";

const token = "0123456789abcdef0123456789abcdef";
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Answers with who called, and what was left of his login. */
const readReceipt = (call: ServerUnaryCall<ReceiptRequest, FilmReceipt>, callback: sendUnaryData<FilmReceipt>) => {
  const { user, right } = callerOf(call);
  callback(null, create(FilmReceiptSchema, { filmSha256: `${user} ${right} ${call.metadata.get("authorization")}` }));
};

/** Never ends by itself. */
const watchTiles = (call: ServerWritableStream<unknown, unknown>) => call.sendMetadata(new Metadata());

async function open(terms: Pick<ServedService, "access" | "openCallsMax">) {
  const sha256 = createHash("sha256").update(token).digest();
  const door = await openDoor({
    address: "127.0.0.1:0",
    services: [{ service: FilmService, implementation: { readReceipt, watchTiles } as never, ...terms }],
    http: { routes: [], upgrades: [] },
    login: { tokens: [{ user: "ada", sha256, right: "submit" }] },
    clock: new FakeClock(),
    log: silentLog,
  });
  ends.push(() => door.close());
  return (secret?: string) => {
    const access = { tls: undefined, token: secret === undefined ? undefined : new Secret(secret) };
    const client = new GrpcClient({ address: door.address, service: FilmService, peer: "the door", access });
    ends.push(() => client.close());
    return client;
  };
}

async function called(terms: Pick<ServedService, "access">, secret?: string): Promise<string> {
  const client = (await open(terms))(secret);
  const request = create(ReceiptRequestSchema);
  return (await client.unary<ReceiptRequest, FilmReceipt>("readReceipt", request, 60_000)).filmSha256;
}

describe("a call through the door", () => {
  it("its token has the method's right -> the service is told who calls, and not by which token", async () => {
    expect(await called({ access: { readReceipt: "submit" } }, token)).toBe("ada submit ");
  });

  it("no token, or another -> unauthenticated, the whole error across the wire", async () => {
    for (const secret of [undefined, "x"])
      await expect(called({ access: { readReceipt: "watch" } }, secret)).rejects.toMatchObject({
        code: "unauthenticated",
        action: expect.stringMatching(/--token/),
      });
  });

  it("a method whose right is not named -> only who may operate", async () => {
    for (const terms of [{}, { access: {} }])
      await expect(called(terms, token)).rejects.toMatchObject({ code: "not-allowed" });
  });

  it("a service with a login of its own -> called without a token, by nobody in particular", async () => {
    expect(await called({ access: "own" })).toBe(" undefined ");
  });

  it("calls that last -> as many at a time as one client may have; an end makes room, whatever ended it", async () => {
    const clientWith = await open({ access: { watchTiles: "watch" }, openCallsMax: { watchTiles: 2 } });
    const client = clientWith(token);
    const watch = () => {
      const stream = client.serverStream("watchTiles", create(WatchTilesRequestSchema));
      const error = new Promise((resolve) => stream.on("error", (thrown) => resolve(client.error(thrown).code)));
      const begun = new Promise((resolve) => stream.on("metadata", () => resolve("begun")));
      stream.on("data", () => {});
      return { stream, error, outcome: Promise.race([begun, error]) };
    };
    const [first, second] = [watch(), watch()];
    expect([await first.outcome, await second.outcome, await watch().outcome]).toEqual([
      "begun",
      "begun",
      "rate-exceeded",
    ]);
    first.stream.cancel();
    await first.error;
    await expect.poll(() => watch().outcome).toBe("begun");
    second.stream.cancel();
  });
});
