// Every way to log in, TLS, and the configuration that the project ships, against a real nats-server.
import { execFileSync, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { nkeys } from "@nats-io/transport-node";
import { afterEach, describe, expect, it } from "vitest";
import { connectNats } from "../../host/nats/connect.ts";
import { NatsBus } from "../../host/nats/nats-bus.ts";
import { NatsEventLog } from "../../host/nats/nats-event-log.ts";
import { NatsObjectStore } from "../../host/nats/nats-object-store.ts";
import { type NatsOptions, parseNatsSettings } from "../../host/nats/nats-settings.ts";
import { packageRoot } from "../../host/package-root.ts";
import { FarmEventSchema } from "../../proto/gen/arras/v1/farm_pb.ts";
import { storeNames, subjects } from "../../proto/subjects.ts";
import { collected, digestOf, noise, pieces } from "../contract/object-store.contract.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { linkTo } from "./nats-link.ts";
import { NatsServer, natsServerPresent, shippedUsers } from "./nats-server.ts";

const present = natsServerPresent();

function openssl(...given: string[]): void {
  execFileSync("openssl", given, { stdio: "pipe" });
}

describe.skipIf(!present)("a server that wants a login", () => {
  const servers: NatsServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.end();
  });

  async function started(configuration: string): Promise<NatsServer> {
    const server = await NatsServer.start({ configuration, jetStream: false });
    servers.push(server);
    return server;
  }

  async function tried(options: NatsOptions, environment: Record<string, string> = {}): Promise<string> {
    const settings = parseNatsSettings(options, environment)!;
    try {
      const link = await connectNats(settings, { name: "test", log: silentLog, firstConnectionWithinMs: 0 });
      await link.close();
      return "connected";
    } catch (thrown) {
      const { code, place } = thrown as { code: string; place: { setting?: string } };
      return `${code} ${place.setting}`;
    }
  }

  it("a token: in the environment, in a file, in the URL -> connected; another -> unauthenticated", async () => {
    const server = await started('authorization { token: "t0ken" }');
    const file = join(server.folder, "token");
    await writeFile(file, "t0ken\n");
    expect(await tried({ nats: server.url }, { ARRAS_NATS_TOKEN: "t0ken" })).toBe("connected");
    expect(await tried({ nats: server.url, natsTokenFile: file })).toBe("connected");
    expect(await tried({ nats: `nats://t0ken@${server.address}` })).toBe("connected");
    expect(await tried({ nats: server.url }, { ARRAS_NATS_TOKEN: "wrong" })).toBe("unauthenticated ARRAS_NATS_TOKEN");
  });

  it("a password in a file, an nkey seed in a file -> connected; another key -> unauthenticated", async () => {
    const [right, wrong] = [nkeys.createUser(), nkeys.createUser()];
    const users = `{ nkey: "${right.getPublicKey()}" }, { user: "farm", password: "pass" }`;
    const server = await started(`authorization { users: [${users}] }`);
    const file = async (name: string, text: string | Uint8Array) => {
      await writeFile(join(server.folder, name), text);
      return join(server.folder, name);
    };
    const natsPasswordFile = await file("password", "pass\n");
    expect(await tried({ nats: server.url, natsUser: "farm", natsPasswordFile })).toBe("connected");
    const natsNkeyFile = await file("seed", right.getSeed());
    expect(await tried({ nats: server.url, natsNkeyFile })).toBe("connected");
    const other = await file("other", wrong.getSeed());
    expect(await tried({ nats: server.url, natsNkeyFile: other })).toBe("unauthenticated --nats-nkey-file");
  });

  it("a file is missing or holds something else -> usage, the option is named, its text is not shown", async () => {
    const server = await started('authorization { token: "t0ken" }');
    const path = join(server.folder, "broken");
    await writeFile(path, "SUNOTASEED-hush");
    expect(await tried({ nats: server.url, natsNkeyFile: path })).toBe("usage --nats-nkey-file");
    expect(await tried({ nats: server.url, natsCreds: path })).toBe("usage --nats-creds");
    expect(await tried({ nats: server.url, natsTokenFile: `${path}-missing` })).toBe("usage --nats-token-file");
    expect(await tried({ nats: server.url, natsCa: `${path}-missing` })).toBe("usage --nats-ca");
    const settings = parseNatsSettings({ nats: server.url, natsNkeyFile: path }, {})!;
    const failure = await connectNats(settings, { name: "test", log: silentLog }).catch((error) => error);
    expect(`${failure} ${failure.stack} ${failure.cause}`).not.toContain("hush");
  });

  it("nobody is there -> unavailable with the setting, within the time given; given up -> cancelled", async () => {
    const server = await started("");
    await server.kill();
    expect(await tried({ nats: server.url })).toBe("unavailable --nats");
    const settings = parseNatsSettings({ nats: server.url }, {})!;
    const giveUp = new AbortController();
    const connecting = connectNats(settings, { name: "test", log: silentLog, signal: giveUp.signal });
    giveUp.abort();
    await expect(connecting).rejects.toMatchObject({ code: "cancelled" });
  });

  it.skipIf(spawnSync("openssl", ["version"]).status !== 0)(
    "mutual TLS with an authority of our own -> connected; without certificate, or by a server of another authority -> not",
    async () => {
      const server = await started("");
      const path = (name: string) => join(server.folder, name);
      const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
      for (const authority of ["ca", "other"]) {
        openssl(
          "req",
          "-x509",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-days",
          "2",
          "-keyout",
          path(`${authority}.key`),
          "-out",
          path(`${authority}.pem`),
          "-subj",
          `/CN=${authority}`,
        );
      }
      openssl(
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        path("key.pem"),
        "-out",
        path("request.pem"),
        ...name,
      );
      openssl(
        "x509",
        "-req",
        "-in",
        path("request.pem"),
        "-CA",
        path("ca.pem"),
        "-CAkey",
        path("ca.key"),
        "-CAcreateserial",
        "-days",
        "2",
        "-copy_extensions",
        "copy",
        "-out",
        path("cert.pem"),
      );
      await server.kill();
      const files = `cert_file: "${path("cert.pem")}", key_file: "${path("key.pem")}", ca_file: "${path("ca.pem")}"`;
      await server.configure({ configuration: `tls { ${files}, verify: true }`, jetStream: false });
      await server.start();
      const nats = `tls://localhost:${server.port}`;
      const certificate = { natsCert: path("cert.pem"), natsKey: path("key.pem") };
      expect(await tried({ nats, natsCa: path("ca.pem"), ...certificate })).toBe("connected");
      expect(await tried({ nats, natsCa: path("ca.pem") })).toBe("unavailable --nats");
      expect(await tried({ nats, natsCa: path("other.pem"), ...certificate })).toBe("unavailable --nats");
    },
  );
});

it.skipIf(!present)(
  "the users that the shipped configuration suggests -> an agent can do its work, and not a coordinator's",
  async () => {
    const server = await NatsServer.start({ configuration: await shippedUsers("pass") });
    const bus = async (user: string) => {
      const link = await linkTo(server, { ARRAS_NATS_USER: user, ARRAS_NATS_PASSWORD: "pass" });
      return { link, bus: new NatsBus(link, silentLog) };
    };
    const [coordinator, agent] = [await bus("coordinator"), await bus("agent")];
    const assets = await NatsObjectStore.open(coordinator.link, { name: storeNames.assets });
    const bytes = noise(600_000);
    await assets.put(digestOf(bytes), pieces(bytes));
    const fetched = await collected(
      (await NatsObjectStore.open(agent.link, { name: storeNames.assets })).get(digestOf(bytes)),
    );
    expect(fetched.equals(bytes)).toBe(true);

    agent.bus.reply(subjects.launch("n1"), async (message) => message);
    await agent.link.connection.flush();
    expect((await coordinator.bus.request(subjects.launch("n1"), bytes.subarray(0, 9), 60_000)).byteLength).toBe(9);
    await expect(agent.bus.request(subjects.launch("n1"), bytes.subarray(0, 9), 1_000)).rejects.toMatchObject({
      code: expect.stringMatching(/^(unauthenticated|timed-out)$/),
    });
    const heartbeat = new Promise<string>((resolve) => {
      coordinator.bus.subscribe(subjects.allHeartbeats, (_, subject) => resolve(subject));
    });
    await coordinator.link.connection.flush();
    agent.bus.publish(subjects.heartbeat("n1"), bytes.subarray(0, 9));
    expect(await heartbeat).toBe(subjects.heartbeat("n1"));
    await NatsEventLog.open(coordinator.link);
    const events = await NatsEventLog.open(agent.link);
    const joined = create(FarmEventSchema, { id: "1", nodeId: "n1", text: "It joined." });
    expect(await events.publish(joined)).toBe(1);
    const refused = [expect.stringMatching(/Publish Violation .*agent.*arras\.v1\.agent\.n1\.launch/)];
    await expect.poll(() => server.violations, { timeout: 60_000 }).toEqual(refused);
    for (const { link } of [coordinator, agent]) await link.close();
    await server.end();
  },
);

it.skipIf(!present)("the configuration that the project ships -> the server accepts it", () => {
  const { status, stderr } = spawnSync("nats-server", ["-t", "-c", join(packageRoot(), "deploy/nats.conf")], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, expect.stringContaining("is valid")]);
});
