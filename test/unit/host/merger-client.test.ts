// A merger that serves with TLS, and those who come to it.
import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import { serveGrpc } from "../../../host/grpc-server.ts";
import { unary } from "../../../host/grpc-unary.ts";
import { mergerClient } from "../../../host/merger-client.ts";
import {
  type FilmReceipt,
  FilmReceiptSchema,
  FilmService,
  type ReceiptRequest,
  ReceiptRequestSchema,
} from "../../../proto/gen/arras/v1/film_pb.ts";
import { opensslPresent, TestAuthority } from "../../fakes/certificates.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function serve(identity?: { readonly cert: string; readonly key: string }): Promise<string> {
  const readReceipt = unary(() => create(FilmReceiptSchema, { filmSha256: "abc" }));
  const pem = identity && { certPem: readFileSync(identity.cert, "utf8"), keyPem: readFileSync(identity.key, "utf8") };
  const service = { service: FilmService, implementation: { readReceipt } as never };
  const server = await serveGrpc("127.0.0.1:0", [service], pem);
  ends.push(() => server.close());
  return server.address;
}

async function receiptFrom(address: string, authorityPem = ""): Promise<string> {
  const client = mergerClient(address, authorityPem);
  ends.push(() => client.close());
  const request = create(ReceiptRequestSchema);
  return (await client.unary<ReceiptRequest, FilmReceipt>("readReceipt", request, 2_000)).filmSha256;
}

it("a merger without TLS -> reached as its address says", async () => {
  expect(await receiptFrom(await serve())).toBe("abc");
});

describe.skipIf(!opensslPresent)("a merger with TLS", () => {
  it("its authority is the farm's -> reached; another's, or by who does not know of it -> not", async () => {
    const [authority, other] = [new TestAuthority("farm"), new TestAuthority("other")];
    const address = await serve(authority.identity("node"));
    const ca = readFileSync(authority.ca, "utf8");
    expect(await receiptFrom(`tls:${address}`, ca)).toBe("abc");
    await expect(receiptFrom(`tls:${address}`, readFileSync(other.ca, "utf8"))).rejects.toThrow();
    await expect(receiptFrom(`tls:${address}`)).rejects.toThrow();
    await expect(receiptFrom(address, ca)).rejects.toThrow();
  });
});
