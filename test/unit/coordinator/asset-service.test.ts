// AssetService over a real socket, with the command's own client and, for what that never does, a plain stream.
import { create } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import { AssetClient } from "../../../cli/bundle/asset-client.ts";
import { assetService } from "../../../coordinator/asset-service.ts";
import { GrpcClient } from "../../../host/grpc-client.ts";
import { serveGrpc } from "../../../host/grpc-server.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { type AssetChunk, AssetChunkSchema, AssetService } from "../../../proto/gen/arras/v1/asset_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { digestOf, noise, pieces } from "../../contract/object-store.contract.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { MemoryObjectStore } from "../../fakes/memory-object-store.ts";
import { settled, until } from "../../fakes/settled.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";

const freshAddress = socketFolder();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const quiet = { signal: new AbortController().signal, onSent: () => {} };

async function served(store = new MemoryObjectStore()) {
  const clock = new FakeClock();
  const server = await serveGrpc(freshAddress(), [assetService(store, clock)]);
  const client = new AssetClient({ address: server.address });
  ends.push(
    () => server.close(),
    () => client.close(),
  );
  return { store, clock, client, address: server.address };
}

/** A client that sends what it likes. */
function rawUpload(address: string) {
  const client = new GrpcClient({ address, service: AssetService, peer: "the coordinator" });
  ends.push(() => client.close());
  const { stream, reply } = client.clientStream<AssetChunk, object>("upload");
  reply.catch(() => {});
  const send = (part: AssetChunk["part"]) => stream.write(create(AssetChunkSchema, { part }));
  return { stream, reply, send };
}

/** As many uploads as are taken in at a time, which stand still. */
function fillUp(address: string) {
  const uploads = Array.from({ length: limits.assetUploadsMax }, (_, at) => {
    const upload = rawUpload(address);
    upload.send({ case: "sha256", value: digestOf(noise(10, at + 100)) });
    return upload;
  });
  return uploads;
}

describe("an upload", () => {
  it("is whole -> stored, missing no more; its progress ends at its size", async () => {
    const { store, client } = await served();
    const bytes = noise(3_000_001);
    const digest = digestOf(bytes);
    expect(await client.findMissing([digest, digestOf(noise(1))], false)).toEqual([digest, digestOf(noise(1))]);
    const sent: number[] = [];
    await client.upload(digest, pieces(bytes), { ...quiet, onSent: (sentBytes) => sent.push(sentBytes) });
    expect(digestOf(store.objects.get(digest) ?? noise(0))).toBe(digest);
    expect(sent.at(-1)).toBe(bytes.length);
    expect(await client.findMissing([digest, digestOf(noise(1))], false)).toEqual([digestOf(noise(1))]);
  });

  it("takes the store a while after its last byte -> it is waited for", async () => {
    const store = new MemoryObjectStore();
    const put = store.put.bind(store);
    store.put = async (digest, source, options) => {
      await put(digest, source, options);
      for (let turn = 0; turn < 20; turn++) await settled();
      if (options?.signal?.aborted) throw new Error("it was called off");
    };
    const { client } = await served(store);
    await client.upload(digestOf(noise(600_000)), pieces(noise(600_000)), quiet);
    expect(await client.findMissing([digestOf(noise(600_000))], false)).toEqual([]);
  });

  it("has no bytes -> an object without any", async () => {
    const { store, client } = await served();
    await client.upload(digestOf(noise(0)), pieces(noise(0)), quiet);
    expect(store.objects.get(digestOf(noise(0)))).toHaveLength(0);
  });

  it("is there already -> done at once, and its source is hardly read", async () => {
    const { store, client } = await served();
    const bytes = noise(100_000);
    const digest = digestOf(bytes);
    store.objects.set(digest, bytes);
    let readCount = 0;
    let isClosed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          readCount += 1;
          yield noise(limits.assetChunkSizeBytes);
        }
      } finally {
        isClosed = true;
      }
    }
    await client.upload(digest, endless(), quiet);
    expect(isClosed).toBe(true);
    expect(readCount).toBeLessThan(200);
  });

  it("is not what its digest says -> object-broken, and nothing is stored", async () => {
    const { store, client } = await served();
    const upload = client.upload(digestOf(noise(10)), pieces(noise(600_000)), quiet);
    await expect(upload).rejects.toMatchObject({ code: "object-broken" });
    expect(store.objects.size).toBe(0);
  });

  it("its source fails, or it is called off -> that error, nothing is stored, and the next try succeeds", async () => {
    const { store, client } = await served();
    const bytes = noise(900_000);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 200_000);
      throw new Error("the disk is gone");
    }
    await expect(client.upload(digestOf(bytes), failing(), quiet)).rejects.toThrow("the disk is gone");
    const calling = new AbortController();
    async function* calledOff(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 200_000);
      calling.abort();
      yield bytes.subarray(200_000, 400_000);
    }
    const upload = client.upload(digestOf(bytes), calledOff(), { ...quiet, signal: calling.signal });
    await expect(upload).rejects.toMatchObject({ code: "cancelled" });
    expect(store.objects.size).toBe(0);
    await client.upload(digestOf(bytes), pieces(bytes), quiet);
    expect(store.objects.size).toBe(1);
  });

  it("the store is full -> its error arrives", async () => {
    const store = new MemoryObjectStore();
    store.put = async () => {
      throw new ArrasError("resources-insufficient", { message: "The store is full", action: "Make room." });
    };
    const { client } = await served(store);
    const upload = client.upload(digestOf(noise(10)), pieces(noise(10)), quiet);
    await expect(upload).rejects.toMatchObject({ code: "resources-insufficient", message: "The store is full" });
  });

  it("does not begin with a digest, or begins with a path, or sends two -> message-malformed", async () => {
    const { address } = await served();
    const refused = async (...parts: AssetChunk["part"][]) => {
      const { stream, reply, send } = rawUpload(address);
      for (const part of parts) send(part);
      stream.end();
      await expect(reply).rejects.toMatchObject({ code: "message-malformed" });
    };
    const sha256 = { case: "sha256" as const, value: digestOf(noise(1)) };
    await refused();
    await refused({ case: "content", value: noise(1) });
    await refused({ case: "sha256", value: "../../etc/passwd" });
    await refused(sha256, sha256);
    await refused(sha256, { case: undefined });
  });

  it("a chunk at its limit -> taken; one byte more -> limit-exceeded", async () => {
    const { address, store } = await served();
    for (const sizeBytes of [limits.assetChunkSizeBytes, limits.assetChunkSizeBytes + 1]) {
      const bytes = noise(sizeBytes);
      const { stream, reply, send } = rawUpload(address);
      send({ case: "sha256", value: digestOf(bytes) });
      send({ case: "content", value: bytes });
      stream.end();
      if (sizeBytes === limits.assetChunkSizeBytes) await reply;
      else await expect(reply).rejects.toMatchObject({ code: "limit-exceeded" });
    }
    expect(store.objects.size).toBe(1);
  });
});

describe("uploads that stand still", () => {
  it("as many as may -> the next waits its turn, and goes when one breaks off", async () => {
    const { address, client, store } = await served();
    const still = fillUp(address);
    await settled();
    const bytes = noise(2_000_000);
    const next = client.upload(digestOf(bytes), pieces(bytes), quiet);
    expect(await client.findMissing([digestOf(bytes)], false)).toEqual([digestOf(bytes)]);
    still[0]?.stream.cancel();
    await next;
    expect([...store.objects.keys()]).toEqual([digestOf(bytes)]);
  });

  it("more than may wait -> unavailable", async () => {
    const { address } = await served();
    const refusals: unknown[] = [];
    const count = limits.assetUploadsMax + limits.assetUploadsWaitingMax + 1;
    for (let at = 0; at < count; at++) {
      const { send, reply } = rawUpload(address);
      send({ case: "sha256", value: digestOf(noise(10, at + 1)) });
      reply.catch((error) => refusals.push(error));
    }
    await until(() => refusals.length > 0);
    expect(refusals).toEqual([expect.objectContaining({ code: "unavailable" })]);
  });

  it("its client says nothing for too long -> timed-out, and its turn is free", async () => {
    const { address, clock, client, store } = await served();
    const still = fillUp(address);
    await until(() => clock.timerCount >= still.length);
    // The same timers hold for the first word and for each that follows: only silence counts.
    await settled();
    clock.advance(limits.assetUploadSilenceMsMax);
    for (const { reply } of still) await expect(reply).rejects.toMatchObject({ code: "timed-out" });
    await client.upload(digestOf(noise(5)), pieces(noise(5)), quiet);
    expect(store.objects.size).toBe(1);
  });
});

describe("asking what is missing", () => {
  it("in the order that was asked, each once", async () => {
    const { client, store } = await served();
    const [a, b, c] = [1, 2, 3].map((seed) => digestOf(noise(9, seed))) as [string, string, string];
    store.objects.set(b, noise(9, 2));
    expect(await client.findMissing([c, b, a, c], false)).toEqual([c, a]);
    expect(await client.findMissing([], false)).toEqual([]);
  });

  it("no digest, or too many -> refused", async () => {
    const { client } = await served();
    await expect(client.findMissing(["../x"], false)).rejects.toMatchObject({ code: "message-malformed" });
    const many = Array.from({ length: limits.assetDigestsMax + 1 }, (_, at) => at.toString(16).padStart(64, "0"));
    await expect(client.findMissing(many, false)).rejects.toMatchObject({ code: "limit-exceeded" });
    expect(await client.findMissing(many.slice(1), false)).toHaveLength(limits.assetDigestsMax);
  });

  it("with verify -> what is broken there is removed and missing; what is sound stays", async () => {
    const { client, store } = await served();
    const [sound, broken] = [noise(400_000, 1), noise(400_000, 2)];
    store.objects.set(digestOf(sound), sound);
    store.objects.set(digestOf(broken), sound);
    const both = [digestOf(sound), digestOf(broken)];
    expect(await client.findMissing(both, false)).toEqual([]);
    expect(await client.findMissing(both, true)).toEqual([digestOf(broken)]);
    expect([...store.objects.keys()]).toEqual([digestOf(sound)]);
  });

  it("with verify, and the store is away -> unavailable, and nothing is removed", async () => {
    const { client, store } = await served();
    store.objects.set(digestOf(noise(5)), noise(5));
    store.beforePiece = () => {
      throw new ArrasError("unavailable", { message: "away", action: "Wait." });
    };
    await expect(client.findMissing([digestOf(noise(5))], true)).rejects.toMatchObject({ code: "unavailable" });
    expect(store.objects.size).toBe(1);
  });
});
