// Our gRPC plumbing, with a real server on a Unix socket: big messages, errors across the wire, ends.
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream, sendUnaryData } from "@grpc/grpc-js";
import { Metadata, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { GrpcClient } from "../../../host/grpc-client.ts";
import { grpcDefinition } from "../../../host/grpc-definition.ts";
import { fromGrpcError, toGrpcError } from "../../../host/grpc-error.ts";
import { serveGrpc } from "../../../host/grpc-server.ts";
import { ArrasError, ArrasErrors, type ErrorCode, errorCodes, grpcStatus } from "../../../proto/errors.ts";
import {
  type Acknowledgement,
  AcknowledgementSchema,
  Admission,
  type Contribution,
  ContributionSchema,
  EncodeImageRequestSchema,
  type FilmReceipt,
  FilmReceiptSchema,
  FilmService,
  type ImageChunk,
  ImageChunkSchema,
  type ReceiptRequest,
  ReceiptRequestSchema,
  WatchTilesRequestSchema,
} from "../../../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";

const freshAddress = socketFolder();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Receipt = (call: ServerUnaryCall<ReceiptRequest, FilmReceipt>, callback: sendUnaryData<FilmReceipt>) => void;

async function serve(
  implementation: Record<string, unknown>,
  address = freshAddress(),
): Promise<{ client: GrpcClient; close: () => Promise<void> }> {
  const server = await serveGrpc(address, [{ service: FilmService, implementation: implementation as never }]);
  const client = new GrpcClient({ address: server.address, service: FilmService, peer: "the merger" });
  ends.push(
    () => server.close(),
    () => client.close(),
  );
  return { client, close: () => server.close() };
}

const receipt = (client: GrpcClient, timeoutMs = 60_000) =>
  client.unary<ReceiptRequest, FilmReceipt>("readReceipt", create(ReceiptRequestSchema), timeoutMs);

const failing =
  (thrown: unknown): Receipt =>
  (_, callback) =>
    callback(toGrpcError(thrown));

describe("definitions", () => {
  it("a service -> its methods' paths and kinds", () => {
    const { readReceipt, contribute, watchTiles } = grpcDefinition(FilmService);
    expect(readReceipt).toMatchObject({
      path: "/arras.v1.FilmService/ReadReceipt",
      requestStream: false,
      responseStream: false,
    });
    expect(contribute).toMatchObject({ requestStream: true, responseStream: true });
    expect(watchTiles).toMatchObject({ requestStream: false, responseStream: true });
  });
});

describe("calls", () => {
  it("a unary call -> its reply", async () => {
    const readReceipt: Receipt = (call, callback) =>
      callback(null, create(FilmReceiptSchema, { filmSha256: call.request.sessionId }));
    const { client } = await serve({ readReceipt });
    const request = create(ReceiptRequestSchema, { sessionId: "s" });
    expect(await client.unary<ReceiptRequest, FilmReceipt>("readReceipt", request, 60_000)).toMatchObject({
      filmSha256: "s",
    });
  });

  it("a contribution of the largest tile, 20 MiB, both ways -> whole; metadata comes along", async () => {
    let token: unknown;
    const contribute = (call: ServerDuplexStream<Contribution, Acknowledgement>) => {
      [token] = call.metadata.get("arras-token");
      call.on("data", ({ planes }: Contribution) => {
        const epoch = planes[0]!.values.length;
        call.write(create(AcknowledgementSchema, { admission: Admission.ADDED, unit: { epoch } }));
      });
      call.on("end", () => call.end());
    };
    const { client } = await serve({ contribute });
    const stream = client.duplex<Contribution, Acknowledgement>("contribute", { "arras-token": "secret" });
    const sizeBytes = 20 * 1024 * 1024;
    const answer = new Promise<Acknowledgement>((resolve, reject) => stream.on("data", resolve).on("error", reject));
    stream.write(create(ContributionSchema, { planes: [{ encoding: 3, values: new Uint8Array(sizeBytes) }] }));
    expect((await answer).unit?.epoch).toBe(sizeBytes);
    expect(token).toBe("secret");
    stream.end();
  });

  it("a message above messageSizeBytesMax -> limit-exceeded", async () => {
    const encodeImage = (call: ServerWritableStream<unknown, ImageChunk>) => {
      call.write(create(ImageChunkSchema, { content: new Uint8Array(limits.messageSizeBytesMax + 1) }));
      call.end();
    };
    const { client } = await serve({ encodeImage });
    const stream = client.serverStream<object, ImageChunk>("encodeImage", create(EncodeImageRequestSchema));
    const failure = new Promise((resolve) => stream.on("error", (error) => resolve(client.error(error))));
    stream.on("data", () => {});
    expect(await failure).toMatchObject({ code: "limit-exceeded" });
  });

  it("no answer in time -> timed-out, naming the peer and its address", async () => {
    const { client } = await serve({ readReceipt: () => {} });
    const failure = await receipt(client, 20).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "timed-out" });
    expect(String(failure)).toContain("the merger at unix:");
  });

  it("nobody serves there -> unavailable", async () => {
    const client = new GrpcClient({ address: freshAddress(), service: FilmService, peer: "the merger" });
    ends.push(() => client.close());
    await expect(receipt(client)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("the server is closed -> open streams end with an error, new calls are unavailable", async () => {
    const watchTiles = (call: ServerWritableStream<unknown, unknown>) => void call.sendMetadata(new Metadata());
    const { client, close } = await serve({ watchTiles });
    const stream = client.serverStream("watchTiles", create(WatchTilesRequestSchema));
    stream.on("data", () => {});
    await new Promise((resolve) => stream.on("metadata", resolve));
    const failure = new Promise((resolve) => stream.on("error", (error) => resolve(client.error(error).code)));
    await close();
    expect(["unavailable", "cancelled"]).toContain(await failure);
    await expect(receipt(client)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("a socket was left over by a server that died -> the next one listens there", async () => {
    const address = freshAddress();
    const readReceipt: Receipt = (_, callback) => callback(null, create(FilmReceiptSchema, { filmSha256: "new" }));
    await serve({ readReceipt: failing(new Error("old")) }, address);
    const { client } = await serve({ readReceipt }, address);
    expect((await receipt(client)).filmSha256).toBe("new");
  });

  it("port 0 -> the address has the port that was taken", async () => {
    const server = await serveGrpc("127.0.0.1:0", []);
    expect(server.address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
    await server.close();
  });

  it("an address that cannot be listened on -> unavailable", async () => {
    const thrown = await serveGrpc("unix:/nowhere/at/all", []).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "unavailable" });
  });
});

describe("errors across the wire", () => {
  it.each(Object.keys(errorCodes) as ErrorCode[])("%s -> code, texts and place as they were", async (code) => {
    const error = new ArrasError(code, { message: "what", action: "do", place: { node: "n", path: "a: b[1]" } });
    const { client } = await serve({ readReceipt: failing(error) });
    const caught = (await receipt(client).catch((thrown: unknown) => thrown)) as ArrasError;
    expect(caught).toBeInstanceOf(ArrasError);
    expect([caught.code, caught.message, caught.action, caught.place]).toEqual([code, "what", "do", error.place]);
  });

  it("a long text in any script -> cut, not lost", async () => {
    const text = "漢".repeat(100_000);
    const { client } = await serve({
      readReceipt: failing(new ArrasError("scene-broken", { message: text, action: text, place: { path: text } })),
    });
    const caught = (await receipt(client).catch((thrown: unknown) => thrown)) as ArrasError;
    expect(caught.code).toBe("scene-broken");
    expect(caught.message).toBe(text.slice(0, limits.messageTextCharsMax));
  });

  it("several mistakes -> one error with the texts of all", async () => {
    const mistakes = ["first", "second"].map(
      (message) => new ArrasError("session-definition-broken", { message, action: "a" }),
    );
    const { client } = await serve({ readReceipt: failing(new ArrasErrors(mistakes)) });
    const caught = (await receipt(client).catch((thrown: unknown) => thrown)) as ArrasError;
    expect(caught.code).toBe("session-definition-broken");
    expect(caught.message).toMatch(/first[\s\S]*second/);
  });

  it("an unknown throw -> internal", async () => {
    const { client } = await serve({ readReceipt: failing(new TypeError("x is undefined")) });
    await expect(receipt(client)).rejects.toMatchObject({ code: "internal", message: "x is undefined" });
  });

  it("the status of each code -> its class in the table", () => {
    for (const [code, row] of Object.entries(errorCodes)) {
      const error = new ArrasError(code as ErrorCode, { message: "m", action: "a" });
      expect(toGrpcError(error).code).toBe(grpcStatus[row.grpc]);
      expect(status[row.grpc]).toBe(grpcStatus[row.grpc]);
    }
  });

  it("gRPC's own failures -> our codes, naming the peer; ours pass unchanged", () => {
    const details =
      "No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:8888. Resolution note: ";
    expect(fromGrpcError({ code: status.UNAVAILABLE, details }, "the merger").message).toBe(
      "Talking to the merger failed: connect ECONNREFUSED 127.0.0.1:8888",
    );
    const codeOf = (code: number) => fromGrpcError({ code, details: "d" }, "the merger").code;
    expect(
      [status.CANCELLED, status.DEADLINE_EXCEEDED, status.UNAVAILABLE, status.RESOURCE_EXHAUSTED, 12].map(codeOf),
    ).toEqual(["cancelled", "timed-out", "unavailable", "limit-exceeded", "internal"]);
    const ours = new ArrasError("usage", { message: "m", action: "a" });
    expect(fromGrpcError(ours, "the merger")).toBe(ours);
  });

  it("metadata that is no error of ours -> the status decides", () => {
    const metadata = new Metadata();
    metadata.set("arras-error-bin", Buffer.from([255, 255, 255]));
    expect(fromGrpcError({ code: status.UNAVAILABLE, details: "d", metadata }, "x").code).toBe("unavailable");
  });
});
