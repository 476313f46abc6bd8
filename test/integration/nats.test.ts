// The bus, over a real nats-server: what a farm's control plane goes through in a bad week.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NatsBus } from "../../host/nats/nats-bus.ts";
import type { NatsLink } from "../../host/nats/nats-link.ts";
import { limits } from "../../proto/limits.ts";
import { subjects } from "../../proto/subjects.ts";
import { busContract } from "../contract/bus.contract.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { linkTo, lost } from "./nats-link.ts";
import { NatsServer, natsServerPresent } from "./nats-server.ts";

const present = natsServerPresent();
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (message: Uint8Array) => new TextDecoder().decode(message);

const connected = (link: NatsLink) => link.whenConnected(60_000);

describe.skipIf(!present)("the bus over a real server", () => {
  let server: NatsServer;
  let links: NatsLink[];
  let here: NatsBus;
  let there: NatsBus;

  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.end());
  beforeEach(async () => {
    links = [await linkTo(server), await linkTo(server)];
    here = new NatsBus(links[0]!, silentLog);
    there = new NatsBus(links[1]!, silentLog);
  });
  afterEach(async () => {
    for (const link of links) await link.close();
  });

  /** Publishes until one arrives: a subscription needs a moment to reach the server. */
  async function heard(publisher: NatsBus, subject: string, listener: NatsBus, pattern = subject): Promise<string> {
    return new Promise((resolve) => {
      const subscription = listener.subscribe(pattern, (message) => {
        clearInterval(again);
        subscription.unsubscribe();
        resolve(text(message));
      });
      const again = setInterval(() => publisher.publish(subject, bytes("a")), 20);
    });
  }

  it("two heartbeats of one node -> a listener to all nodes hears them in order", async () => {
    await heard(here, subjects.heartbeat("n1"), there, subjects.allHeartbeats);
    const messages: string[] = [];
    await new Promise<void>((resolve) => {
      there.subscribe(subjects.allHeartbeats, (message, subject) => {
        messages.push(`${subject} ${text(message)}`);
        if (messages.length === 100) resolve();
      });
      void links[1]!.connection.flush().then(() => {
        for (let i = 0; i < 100; i++) here.publish(subjects.heartbeat("n1"), bytes(String(i)));
      });
    });
    expect(messages).toEqual(Array.from({ length: 100 }, (_, i) => `${subjects.heartbeat("n1")} ${i}`));
  });

  it("a request that somebody answers -> the answer", async () => {
    there.reply(subjects.launch("n1"), async (message) => bytes(`${text(message)} done`));
    await links[1]!.connection.flush();
    expect(text(await here.request(subjects.launch("n1"), bytes("launch"), 60_000))).toBe("launch done");
  });

  it("a request that nobody listens to -> unavailable, before its time is up", async () => {
    await expect(here.request(subjects.launch("nobody"), bytes(""), 60_000)).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  it("a request that nobody answers -> timed-out", async () => {
    there.reply(subjects.stop("n1"), () => new Promise(() => {}));
    await links[1]!.connection.flush();
    await expect(here.request(subjects.stop("n1"), bytes(""), 100)).rejects.toMatchObject({ code: "timed-out" });
  });

  it("a responder or listener throws -> it is logged, and the next message is served", async () => {
    let calls = 0;
    there.reply(subjects.launch("n2"), async () => {
      if (calls++ === 0) throw new Error("first");
      return bytes("second");
    });
    there.subscribe(subjects.exited("s"), () => {
      throw new Error("a listener's mistake");
    });
    await links[1]!.connection.flush();
    here.publish(subjects.exited("s"), bytes("x"));
    await expect(here.request(subjects.launch("n2"), bytes(""), 200)).rejects.toMatchObject({ code: "timed-out" });
    expect(text(await here.request(subjects.launch("n2"), bytes(""), 60_000))).toBe("second");
  });

  it("a message of the largest size -> arrives; one byte more -> limit-exceeded", async () => {
    const largest = new Uint8Array(limits.busMessageSizeBytesMax).fill(7);
    there.reply(subjects.launch("n3"), async (message) => message);
    await links[1]!.connection.flush();
    const echoed = await here.request(subjects.launch("n3"), largest, 60_000);
    expect(Buffer.compare(echoed, largest)).toBe(0);
    const more = new Uint8Array(largest.byteLength + 1);
    await expect(here.request(subjects.launch("n3"), more, 60_000)).rejects.toMatchObject({ code: "limit-exceeded" });
    expect(() => here.publish(subjects.exited("s"), more)).toThrow("busMessageSizeBytesMax");
  });

  it("a subject with a wildcard, a blank or a line break -> an error of the program", () => {
    for (const subject of ["arras.*", "a b", "a\r\nPUB x 0", "", "a..b", "a.>"]) {
      expect(() => here.publish(subject, bytes(""))).toThrow("is no subject");
    }
  });

  it("the server is killed and started again in mid-traffic -> every request ends in its answer, by asking again", async () => {
    there.reply(subjects.launch("n4"), async (message) => message);
    await links[1]!.connection.flush();
    const asked = async (i: number): Promise<string> => {
      for (;;) {
        try {
          return text(await here.request(subjects.launch("n4"), bytes(String(i)), 1_000));
        } catch (error) {
          expect(["unavailable", "timed-out"]).toContain((error as { code: string }).code);
        }
      }
    };
    const answers: string[] = [];
    for (let i = 0; i < 300; i++) {
      if (i === 100) {
        await server.kill();
        await Promise.all(links.map(lost));
        here.publish(subjects.exited("s"), bytes("into the void"));
        expect(here.counts.notSent).toBe(1);
        void server.start();
      }
      answers.push(await asked(i));
    }
    expect(answers).toEqual(Array.from({ length: 300 }, (_, i) => String(i)));
    expect(links.every((link) => link.reconnections >= 1)).toBe(true);
  });

  it("the server stands still longer than three pings -> the loss is noticed, and all is well when it goes on", async () => {
    there.reply(subjects.launch("n5"), async (message) => message);
    await links[1]!.connection.flush();
    await server.pause();
    try {
      await expect(here.request(subjects.launch("n5"), bytes(""), 100)).rejects.toMatchObject({ code: "timed-out" });
      await Promise.all(links.map(lost));
      await expect(here.request(subjects.launch("n5"), bytes(""), 100)).rejects.toMatchObject({ code: "unavailable" });
    } finally {
      server.resume();
    }
    await Promise.all(links.map(connected));
    // What answers is known again.
    await links[1]!.connection.flush();
    expect(text(await here.request(subjects.launch("n5"), bytes("again"), 60_000))).toBe("again");
  });
});

describe.skipIf(!present)("a link that ends", () => {
  it("while the server stands still behind megabytes unsent, or is gone -> it ends all the same, and leaves no waiting request", async () => {
    const server = await NatsServer.start({ jetStream: false });
    const links = [await linkTo(server), await linkTo(server)] as const;
    const [stalled, gone] = links.map((link) => new NatsBus(link, silentLog)) as [NatsBus, NatsBus];
    await server.pause();
    for (let i = 0; i < 40; i++) stalled.publish(subjects.exited("s"), new Uint8Array(limits.busMessageSizeBytesMax));
    expect(stalled.counts.notSent).toBe(24);
    await links[0].close();
    await server.kill();
    await lost(links[1]);
    const waiting = gone.request(subjects.launch("n1"), bytes(""), 60_000);
    const refused = expect(waiting).rejects.toMatchObject({ code: "unavailable" });
    await links[1].close();
    await refused;
    expect(await Promise.all(links.map((link) => link.closed))).toEqual([undefined, undefined]);
    await server.end();
  });
});

describe.skipIf(!present)("the bus's contract over a real server", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start({ jetStream: false });
  });
  afterAll(() => server.end());

  busContract("NatsBus", async () => {
    const links = [await linkTo(server), await linkTo(server)] as const;
    return {
      publisher: new NatsBus(links[0], silentLog),
      subscriber: new NatsBus(links[1], silentLog),
      ready: async () => {
        for (const link of links) await link.connection.flush();
      },
      close: async () => {
        for (const link of links) await link.close();
      },
    };
  });
});

describe.skipIf(!present)("logging in to a real server", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start({
      configuration: 'authorization { user: "farm", password: "right" }',
      jetStream: false,
    });
  });
  afterAll(() => server.end());

  it("the right password -> connected", async () => {
    const link = await linkTo(server, { ARRAS_NATS_USER: "farm", ARRAS_NATS_PASSWORD: "right" });
    await link.close();
    expect(await link.closed).toBe(undefined);
  });

  it("a wrong password -> unauthenticated at once, names the setting, and not the password", async () => {
    const failure = await linkTo(server, { ARRAS_NATS_USER: "farm", ARRAS_NATS_PASSWORD: "not-this" }).catch((e) => e);
    expect(failure).toMatchObject({ code: "unauthenticated", place: { setting: "ARRAS_NATS_PASSWORD" } });
    expect(`${failure} ${failure.stack} ${JSON.stringify(failure)}`).not.toContain("not-this");
  });

  it("no login where one is wanted -> unauthenticated, says how to give one", async () => {
    await expect(linkTo(server)).rejects.toMatchObject({
      code: "unauthenticated",
      action: expect.stringContaining("--nats-user"),
    });
  });

  it("the password is changed and changed back while the server is away -> the connection comes back", async () => {
    const link = await linkTo(server, { ARRAS_NATS_USER: "farm", ARRAS_NATS_PASSWORD: "right" });
    await server.kill();
    await lost(link);
    await server.configure({ configuration: 'authorization { user: "farm", password: "other" }', jetStream: false });
    await server.start();
    await expect(link.whenConnected(1_500)).rejects.toMatchObject({ code: "unavailable" });
    await server.kill();
    await server.configure({ configuration: 'authorization { user: "farm", password: "right" }', jetStream: false });
    await server.start();
    await connected(link);
    await link.close();
  });
});
