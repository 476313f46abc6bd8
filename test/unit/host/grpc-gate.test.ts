// Calls through a real door: who calls is known before a message is read, and services are told.

import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import {
  Client,
  credentials,
  Metadata,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { openDoor } from "../../../host/door/door.ts";
import { grpcDefinition } from "../../../host/grpc-definition.ts";
import { fromGrpcError } from "../../../host/grpc-error.ts";
import { callerOf } from "../../../host/grpc-gate.ts";
import type { ServedService } from "../../../host/grpc-server.ts";
import {
  type FilmReceipt,
  FilmReceiptSchema,
  FilmService,
  type ReceiptRequest,
  ReceiptRequestSchema,
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

async function called(access: ServedService["access"], headers: Record<string, string>): Promise<string> {
  const sha256 = createHash("sha256").update(token).digest();
  const door = await openDoor({
    address: "127.0.0.1:0",
    services: [
      { service: FilmService, implementation: { readReceipt } as never, ...(access === undefined ? {} : { access }) },
    ],
    http: { routes: [], upgrades: [] },
    login: { tokens: [{ user: "ada", sha256, right: "submit" }] },
    clock: new FakeClock(),
    log: silentLog,
  });
  const client = new Client(door.address, credentials.createInsecure());
  ends.push(
    () => door.close(),
    () => client.close(),
  );
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const { path, requestSerialize, responseDeserialize } = grpcDefinition(FilmService).readReceipt!;
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      create(ReceiptRequestSchema),
      metadata,
      (error: ServiceError | null, reply) =>
        error === null ? resolve((reply as FilmReceipt).filmSha256) : reject(fromGrpcError(error, "the door")),
    ),
  );
}

const withToken = { authorization: `Bearer ${token}` };

describe("a call through the door", () => {
  it("its token has the method's right -> the service is told who calls, and not by which token", async () => {
    expect(await called({ readReceipt: "submit" }, withToken)).toBe("ada submit ");
  });

  it("no token, or another -> unauthenticated, the whole error across the wire", async () => {
    for (const headers of [{}, { authorization: "Bearer x" }])
      await expect(called({ readReceipt: "watch" }, headers as Record<string, string>)).rejects.toMatchObject({
        code: "unauthenticated",
        action: expect.stringMatching(/--token/),
      });
  });

  it("a method whose right is not named -> only who may operate", async () => {
    for (const access of [undefined, {}])
      await expect(called(access, withToken)).rejects.toMatchObject({ code: "not-allowed" });
  });

  it("a service with a login of its own -> called without a token, by nobody in particular", async () => {
    expect(await called("own", {})).toBe(" undefined ");
  });
});
