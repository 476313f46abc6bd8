// The object store over a real nats-server: its contract, a server that is killed in the middle, and bounded memory.
import { createHash } from "node:crypto";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { NatsObjectStore } from "../../host/nats/nats-object-store.ts";
import { subjects } from "../../proto/subjects.ts";
import { collected, digestOf, noise, objectStoreContract, pieces } from "../contract/object-store.contract.ts";
import { linkTo, lost } from "./nats-link.ts";
import { NatsServer, natsServerPresent } from "./nats-server.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const present = natsServerPresent();
let storeCount = 0;

describe.skipIf(!present)("objects over a real server", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.end());

  objectStoreContract("NatsObjectStore", async () => {
    const link = await linkTo(server);
    return { store: await NatsObjectStore.open(link, { name: `test-${storeCount++}` }), close: () => link.close() };
  });

  it("the server is killed in the middle of a put and of a get, and started again -> both go on", async () => {
    const link = await linkTo(server);
    const store = await NatsObjectStore.open(link, { name: "restart" });
    const bytes = noise(8 * 1024 * 1024);
    let killed = 0;
    const restart = async () => {
      killed++;
      await server.kill();
      await lost(link);
      await server.start();
    };
    async function* interrupted(): AsyncGenerator<Uint8Array> {
      let count = 0;
      for await (const piece of pieces(bytes)) {
        if (count++ === 40) await restart();
        yield piece;
      }
    }
    await store.put(digestOf(bytes), interrupted());
    const back: Uint8Array[] = [];
    for await (const chunk of store.get(digestOf(bytes))) {
      if (back.length === 3) await restart();
      back.push(chunk);
    }
    expect(killed).toBe(2);
    expect(Buffer.concat(back).equals(bytes)).toBe(true);
    await link.close();
  });

  it("the server stands still in the middle of a put until it counts as lost, and goes on -> so does the put", async () => {
    const link = await linkTo(server);
    const store = await NatsObjectStore.open(link, { name: "stalled" });
    const bytes = noise(4 * 1024 * 1024, 3);
    async function* interrupted(): AsyncGenerator<Uint8Array> {
      let count = 0;
      for await (const piece of pieces(bytes)) {
        if (count++ === 20) {
          await server.pause();
          void lost(link).then(() => server.resume());
        }
        yield piece;
      }
    }
    await store.put(digestOf(bytes), interrupted());
    expect((await collected(store.get(digestOf(bytes)))).equals(bytes)).toBe(true);
    await link.close();
  });

  it("the server cannot promise a store's size -> it is made half as large, and so on, down to its least; below that refused", async () => {
    const small = await NatsServer.start({ jetStream: false });
    onTestFinished(() => small.end());
    await small.configure({
      jetStream: false,
      configuration: `jetstream { store_dir: "${small.folder}/small", max_file_store: 100MB }`,
    });
    await small.kill();
    await small.start();
    const link = await linkTo(small);
    onTestFinished(() => link.close());
    const [sizeBytesMax, mebibyte] = [1024 * 2 ** 20, 2 ** 20];
    const refused = NatsObjectStore.open(link, { name: "large", sizeBytesMax, sizeBytesMin: 128 * mebibyte });
    await expect(refused).rejects.toMatchObject({ code: "resources-insufficient" });
    const store = await NatsObjectStore.open(link, { name: "large", sizeBytesMax, sizeBytesMin: 4 * mebibyte });
    expect(await store.capacityBytes()).toBe(64 * mebibyte);
    expect(await (await NatsObjectStore.open(link, { name: "any" })).capacityBytes()).toBe(Number.POSITIVE_INFINITY);
  });

  it("256 MiB through it -> memory grows by less than half of that, though the reader is slow", async () => {
    const link = await linkTo(server);
    const store = await NatsObjectStore.open(link, { name: "large" });
    const part = noise(1024 * 1024);
    const hash = createHash("sha256");
    for (let i = 0; i < 256; i++) hash.update(part);
    const digest = hash.digest("hex");
    async function* large(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 256; i++) yield part;
    }
    const external = () => process.memoryUsage().external;
    const before = external();
    let most = 0;
    await store.put(digest, large(), { onProgress: () => (most = Math.max(most, external() - before)) });
    for await (const _ of store.get(digest)) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, external() - before);
    }
    process.stdout.write(`objects: at most ${Math.round(most / 1024 / 1024)} MiB more for 256 MiB\n`);
    expect(most).toBeLessThan(128 * 1024 * 1024);
    await store.delete(digest);
    await link.close();
  });

  it("over 1 MB/s, two at once -> both come, and the connection is never lost for all that is under way", async () => {
    const [near, proxy] = [await linkTo(server), await TcpProxy.start(server.port)];
    const there = await NatsObjectStore.open(near, { name: "narrow" });
    const [one, two] = [noise(3_000_000, 1), noise(3_000_000, 2)];
    for (const bytes of [one, two]) await there.put(digestOf(bytes), pieces(bytes));
    const far = await linkTo({ url: `nats://${proxy.address}` });
    const store = await NatsObjectStore.open(far, { name: "narrow" });
    let lostCount = 0;
    const end = far.onChange(() => {
      lostCount += 1;
    });
    proxy.conditions = { delayMs: 20, bytesPerSecond: 1_000_000 };
    const both = await Promise.all([one, two].map((bytes) => collected(store.get(digestOf(bytes)))));
    expect(both[0]?.equals(one) && both[1]?.equals(two)).toBe(true);
    const third = noise(2_000_000, 3);
    await store.put(digestOf(third), pieces(third));
    expect((await collected(there.get(digestOf(third)))).equals(third)).toBe(true);
    expect(lostCount).toBe(0);
    end();
    await Promise.all([near.close(), far.close()]);
  });

  it("an object has grown old -> not there for who would put it, there for who reads it, and put again as if new", async () => {
    const link = await linkTo(server);
    const old = await NatsObjectStore.open(link, { name: "renewed", renewAfterMs: 1, keptMs: 3_600_000 });
    const young = await NatsObjectStore.open(link, { name: "renewed", renewAfterMs: 3_600_000 });
    const bytes = noise(400_000);
    const digest = digestOf(bytes);
    await young.put(digest, pieces(bytes));
    while (await old.has(digest));
    expect(await young.has(digest)).toBe(true);
    expect((await collected(old.get(digest))).equals(bytes)).toBe(true);
    const manager = await jetstreamManager(link.connection);
    const putAt = async () => (await manager.streams.getMessage("renewed", { last_by_subj: subject }))?.seq ?? 0;
    const subject = subjects.object("renewed", digest);
    const before = await putAt();
    await young.put(digest, pieces(bytes));
    expect(await putAt()).toBe(before);
    await old.put(digest, pieces(bytes));
    expect(await putAt()).toBeGreaterThan(before);
    expect((await collected(young.get(digest))).equals(bytes)).toBe(true);
    await link.close();
  });

  it("chunks were lost in the store -> object-broken; they do not fit -> resources-insufficient, and nothing is there", async () => {
    const link = await linkTo(server);
    const store = await NatsObjectStore.open(link, { name: "small", sizeBytesMax: 2 * 1024 * 1024 });
    const bytes = noise(4 * 1024 * 1024);
    await expect(store.put(digestOf(bytes), pieces(bytes))).rejects.toMatchObject({ code: "resources-insufficient" });
    expect(await store.has(digestOf(bytes))).toBe(false);
    const small = noise(1024 * 1024);
    await store.put(digestOf(small), pieces(small));
    expect((await collected(store.get(digestOf(small)))).equals(small)).toBe(true);
    await link.close();
  });
});
