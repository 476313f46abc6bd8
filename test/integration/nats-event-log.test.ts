// The journal over a real nats-server, and through its restart.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NatsEventLog } from "../../host/nats/nats-event-log.ts";
import { eventLogContract, eventOf, told } from "../contract/event-log.contract.ts";
import { linkTo, lost } from "./nats-link.ts";
import { NatsServer, natsServerPresent } from "./nats-server.ts";

describe.skipIf(!natsServerPresent())("events over a real server", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.end());

  eventLogContract("NatsEventLog", async () => {
    const links = [await linkTo(server), await linkTo(server)] as const;
    return {
      publisher: await NatsEventLog.open(links[0]),
      follower: await NatsEventLog.open(links[1]),
      close: async () => {
        for (const link of links) await link.close();
      },
    };
  });

  it("the server is killed while events are published and followed -> each is told once, in order", async () => {
    const links = [await linkTo(server), await linkTo(server)] as const;
    const publisher = await NatsEventLog.open(links[0]);
    const follower = await NatsEventLog.open(links[1]);
    const sequence = await publisher.publish(eventOf("k0", "kill 0"));
    const following = told(follower, { t: "sequence", sequence }, "k300");
    const names = Array.from({ length: 301 }, (_, i) => `k${i}`);
    for (let i = 1; i <= 300; i++) {
      const published = publisher.publish(eventOf(names[i]!, `kill ${i}`));
      if (i % 100 === 50) {
        await server.kill();
        await Promise.all(links.map(lost));
        await server.start();
      }
      await published;
    }
    expect((await following).map(({ text }) => text)).toEqual(names);
    for (const link of links) await link.close();
  });
});
