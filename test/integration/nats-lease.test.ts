// Ownership over a real nats-server: an owner dies, the server is killed, and never do two act.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../host/clock.ts";
import { LeaseHolder } from "../../host/nats/lease-holder.ts";
import { NatsKeyValue } from "../../host/nats/nats-key-value.ts";
import type { NatsLink } from "../../host/nats/nats-link.ts";
import { limits } from "../../proto/limits.ts";
import { storeNames } from "../../proto/subjects.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { linkTo, lost } from "./nats-link.ts";
import { NatsServer, natsServerPresent } from "./nats-server.ts";

interface Coordinator {
  readonly link: NatsLink;
  readonly holder: LeaseHolder;
}

describe.skipIf(!natsServerPresent())("leases over a real server", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.end());

  it("the owner is cut off, then the server is killed, then all is given back -> one owner after the other", async () => {
    const names = ["a", "b", "c"];
    const coordinators: Coordinator[] = [];
    const acquired: string[] = [];
    let wake = () => {};
    let twoActed = false;
    const look = () => {
      twoActed ||= coordinators.filter(({ holder }) => holder.mayAct("s1")).length > 1;
      wake();
    };
    for (const owner of names) {
      const link = await linkTo(server);
      const holder = new LeaseHolder({
        store: await NatsKeyValue.open(link, { bucket: storeNames.ownership }),
        prefix: "session",
        self: { owner, about: `${owner}:8888` },
        clock: systemClock,
        times: limits,
        log: silentLog,
        listener: {
          acquired: () => {
            acquired.push(owner);
            look();
          },
          lost: look,
          seen: look,
        },
      });
      coordinators.push({ link, holder });
    }
    const watching = setInterval(look, 5);
    const until = async (condition: () => boolean) => {
      while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
    };
    const acting = () => coordinators.findIndex(({ holder }) => holder.mayAct("s1"));

    coordinators[0]!.holder.acquire("s1", { fresh: true });
    await until(() => acting() === 0);
    for (const { holder } of coordinators.slice(1)) holder.acquire("s1");

    const cutMs = performance.now();
    await coordinators[0]!.link.close();
    await until(() => acting() > 0);
    process.stdout.write(`leases: taken over after ${Math.round(performance.now() - cutMs)} ms\n`);
    const second = acting();

    await server.kill();
    await Promise.all(coordinators.slice(1).map(({ link }) => lost(link)));
    await server.start();
    const restartMs = performance.now();
    await until(() => acting() > 0);
    process.stdout.write(
      `leases: after a restart of the server, acting within ${Math.round(performance.now() - restartMs)} ms\n`,
    );

    const third = acting();
    await coordinators[third]!.holder.release("s1");
    await until(() => acting() > 0 && acting() !== third);
    clearInterval(watching);
    expect(twoActed).toBe(false);
    expect(acquired[0]).toBe("a");
    expect(second).toBeGreaterThan(0);
    for (const { holder, link } of coordinators) {
      await holder.close();
      if (!link.connection.isClosed()) await link.close();
    }
  });
});
