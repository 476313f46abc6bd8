// Key-value and its watch over a real nats-server, through its restart.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NatsKeyValue } from "../../host/nats/nats-key-value.ts";
import { keyValueContract } from "../contract/key-value.contract.ts";
import { linkTo, lost } from "./nats-link.ts";
import { NatsServer, natsServerPresent } from "./nats-server.ts";

const present = natsServerPresent();
let bucketCount = 0;

describe.skipIf(!present)("key-value over a real server", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.end());

  keyValueContract("NatsKeyValue", async () => {
    const links = [await linkTo(server), await linkTo(server)] as const;
    const bucket = `test${bucketCount++}`;
    const one = await NatsKeyValue.open(links[0], { bucket });
    const other = await NatsKeyValue.open(links[1], { bucket });
    return {
      one,
      other,
      close: async () => {
        for (const link of links) await link.close();
      },
    };
  });

  it("the server is killed and started again -> values are there, a watch goes on and misses nothing", async () => {
    const link = await linkTo(server);
    const store = await NatsKeyValue.open(link, { bucket: "restart" });
    const seen: string[] = [];
    let wake = () => {};
    const watch = store.watch("a", (change) => {
      if (change.t === "put") seen.push(`${change.entry.key} ${new TextDecoder().decode(change.entry.value)}`);
      wake();
    });
    const saw = async (line: string) => {
      while (!seen.includes(line)) await new Promise<void>((resolve) => (wake = resolve));
    };
    for (let round = 1; round <= 3; round++) {
      expect((await store.create(`a.before${round}`, new TextEncoder().encode("x"))).t).toBe("written");
      await saw(`a.before${round} x`);
      await server.kill();
      await lost(link);
      await server.start();
      await link.whenConnected(60_000);
      expect((await store.create(`a.after${round}`, new TextEncoder().encode("x"))).t).toBe("written");
      await saw(`a.after${round} x`);
    }
    watch.unsubscribe();
    await link.close();
  });

  it("the server has no JetStream -> opening says so and what to do", async () => {
    const bare = await NatsServer.start({ jetStream: false });
    const link = await linkTo(bare);
    await expect(NatsKeyValue.open(link, { bucket: "b" })).rejects.toMatchObject({
      code: "unavailable",
      action: expect.stringContaining("JetStream"),
    });
    await link.close();
    await bare.end();
  });
});
