// Finished images of a farm: fetched after their command is gone and their session closed, through either door; and what
// is told where they cannot be kept. The frame itself ends as it would without them.
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import sharp from "sharp";
import { describe, expect, it, onTestFinished } from "vitest";
import type { imagesForm } from "../../cli/farm-command/image-table.ts";
import { SessionClient } from "../../cli/session-client.ts";
import { imageStoreOptions } from "../../host/nats/image-store-options.ts";
import { NatsObjectStore } from "../../host/nats/nats-object-store.ts";
import { storeNames } from "../../proto/subjects.ts";
import { runFarmCommand as arrasFarm, farmEvents, farmCommandJson as json } from "./farm-command.ts";
import {
  doorAt,
  doorsOf,
  hasNodes,
  type RunningCoordinator,
  startCoordinator,
  startFarm,
  startNats,
  startNode,
} from "./farm-parts.ts";
import { linkTo } from "./nats-link.ts";
import { natsServerPresent } from "./nats-server.ts";
import {
  beginSlowFrame,
  fakeArgs,
  killOnly,
  mergerMain,
  runCommand,
  testFolder,
  undisturbedFilm,
} from "./run-command.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const present = natsServerPresent();
const exrInfoPresent = spawnSync("exrinfo", ["--help"]).error === undefined;
if (!exrInfoPresent) process.stdout.write("exrinfo is not installed: nobody else opens the images\n");

const frame = ["--size", "96x64", "--num-cores", "1", "--spp", "64", "--num-mcrt", "2"];
const kept = /Finished images of \d+ bytes are kept/;

type Images = ReturnType<typeof imagesForm>;

const imagesOf = async (port: string) => (await json<{ images: Images[] }>(port, "images")).images;

const localHash = () => undisturbedFilm(...frame);

/** The bytes that the door serves. */
async function overHttp(port: string, path: string) {
  const response = await fetch(`http://127.0.0.1:${port}/sessions/${path}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, type: response.headers.get("content-type"), bytes };
}

async function expectOpens(exr: Buffer): Promise<void> {
  const path = join(await testFolder(), "kept.exr");
  await writeFile(path, exr);
  if (exrInfoPresent) expect(spawnSync("exrinfo", ["-s", path]).status).toBe(0);
}

/** A frame whose command is killed in its middle, and which goes on. */
async function abandonedFrame(coordinators: readonly RunningCoordinator[], args = frame): Promise<void> {
  const { command, hurry } = await beginSlowFrame([...args, ...doorsOf(...coordinators)]);
  process.kill(command.pid, "SIGKILL");
  await command.finished;
  hurry();
}

describe.skipIf(!present)("finished images on a farm", () => {
  it("a frame whose command has closed its session -> the same file again by arras-farm and by HTTP, and a picture", async () => {
    const { port } = (await startFarm()).coordinators[0];
    const folder = await testFolder();
    const [output, fetched, picture] = ["out.exr", "again.exr", "again.png"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const form = ["--exr-type", "float", "--exr-parts", "layers", "--aov", "normal,depth"];
    const rendered = await runCommand(fakeArgs({}, ...frame, ...form, "-o", output, ...doorAt(port)));
    const { filmSha256 } = rendered.json;
    const [images] = await imagesOf(port);
    if (images === undefined) throw new Error("no images are kept");
    expect(images).toMatchObject({ state: "finished", filmSha256, width: 96, height: 64, spp: 64 });
    const written = await readFile(output);
    const { session } = images;
    expect(await json(port, "fetch", session.slice(0, 8), "-o", fetched)).toMatchObject({
      path: fetched,
      filmSha256,
      sizeBytes: written.length,
    });
    expect((await readFile(fetched)).equals(written)).toBe(true);
    expect(written.includes(filmSha256)).toBe(true);
    await expectOpens(written);
    await arrasFarm(port, "fetch", session, "-o", picture);
    expect(await sharp(picture).metadata()).toMatchObject({ format: "png", width: 96, height: 64 });

    const list = await overHttp(port, `${session}/images`);
    expect([list.status, JSON.parse(list.bytes.toString())]).toMatchObject([200, { sessionId: session, filmSha256 }]);
    const file = await overHttp(port, `${session}/images/film.exr`);
    expect([file.status, file.type, file.bytes.equals(written)]).toEqual([200, "image/x-exr", true]);
    expect((await overHttp(port, `${session}/images/other.exr`)).status).toBe(404);
    expect((await overHttp(port, "nobody/images")).status).toBe(404);
    expect((await arrasFarm(port, "fetch", "nobody")).exitCode).toBe(1);
    expect((await arrasFarm(port, "images")).stdout).toMatch(/^SESSION .*\n.* finished .*picture\.png .*film\.exr /);
  });

  it("the command is killed in mid-frame -> the images are there, also when the session is closed, with the film of one machine", async () => {
    const { coordinators } = await startFarm();
    await abandonedFrame(coordinators);
    const [{ process: coordinator, port, door }] = coordinators;
    await coordinator.said(kept);
    const [images] = await imagesOf(port);
    if (images === undefined) throw new Error("no images are kept");
    const client = new SessionClient({ addresses: [door] });
    onTestFinished(() => client.close());
    await client.closeSession(images.session);
    const { bytes } = await overHttp(port, `${images.session}/images/film.exr`);
    const hash = await localHash();
    expect([images.filmSha256, bytes.includes(hash)]).toEqual([hash, true]);
    await expectOpens(bytes);
    const kinds = async () =>
      (await farmEvents(port)).filter(({ session }) => session === images.session).map(({ kind }) => kind);
    const told = ["session-finished", "session-images-kept", "session-closed"];
    await expect.poll(kinds).toEqual(expect.arrayContaining(told));
    expect(await kinds()).not.toContain("session-images-missing");
  });

  it("the owner is killed when the frame has ended -> the images are there after the takeover", async () => {
    const { coordinators } = await startFarm({ coordinatorCount: 2 });
    await abandonedFrame(coordinators);
    // Only the owner tells of the session's states.
    const owner = await Promise.race(
      coordinators.map(async (each) => {
        await each.process.said(/"msg":"Finished"/);
        return each;
      }),
    );
    owner.process.signal("SIGKILL");
    const other = coordinators.find((each) => each !== owner)!;
    await other.process.said(/Taken over/);
    // Stored by the one that is gone, or by the one that has taken over.
    await expect.poll(() => imagesOf(other.port)).toHaveLength(1);
    const [{ session, filmSha256 }] = await imagesOf(other.port);
    expect(filmSha256).toBe(await localHash());
    expect((await overHttp(other.port, `${session}/images/film.exr`)).bytes.includes(filmSha256)).toBe(true);
  });

  it("the merger is killed while it stores them -> what is missing is told, what is listed can be fetched, the farm goes on", async () => {
    const nats = await startNats();
    // Some megabytes of noise take half a minute on this link, which mergers have for themselves each.
    const slow = await TcpProxy.start(nats.port);
    slow.conditions = { delayMs: 0, bytesPerSecond: 100_000 };
    const coordinator = await startCoordinator(nats);
    const { port } = coordinator;
    const node = startNode({ url: `nats://${slow.address}` });
    await hasNodes(coordinator.process, 1);
    const large = ["--size", "640x480", "--spp", "2", "--num-cores", "1", "--num-mcrt", "1", "--exr-type", "float"];
    await abandonedFrame([coordinator], large);
    const link = await linkTo(nats);
    onTestFinished(() => link.close());
    await NatsObjectStore.open(link, { name: storeNames.images, ...imageStoreOptions });
    const manager = await jetstreamManager(link.connection);
    const messageCount = async () => (await manager.streams.info(storeNames.images)).state.messages;
    await expect.poll(messageCount).toBeGreaterThan(0);
    killOnly(node.children(mergerMain));
    const missing = async () => (await farmEvents(port)).find(({ kind }) => kind === "session-images-missing");
    await expect.poll(missing).toMatchObject({ error: { message: expect.stringMatching(/./) } });
    const session = (await missing())?.session;
    const [listed] = await imagesOf(port);
    expect((await overHttp(port, `${session}/images/film.exr`)).status).toBe(404);
    const pictureStatus = (await overHttp(port, `${session}/images/picture.png`)).status;
    expect(pictureStatus).toBe(listed === undefined ? 404 : 200);
    slow.conditions = { delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };
    const next = await runCommand(fakeArgs({}, ...frame, ...doorAt(port)));
    expect([next.exitCode, next.json.filmSha256]).toEqual([0, await localHash()]);
  });

  it("the store of images has no room -> an event says so, the frame is finished as always", async () => {
    const nats = await startNats();
    const link = await linkTo(nats);
    onTestFinished(() => link.close());
    await NatsObjectStore.open(link, { name: storeNames.images, sizeBytesMax: 4_096 });
    const { port } = (await startFarm({ nats })).coordinators[0];
    const { json: result, exitCode } = await runCommand(fakeArgs({}, ...frame, ...doorAt(port)));
    expect([exitCode, result.outcome, result.filmSha256]).toEqual([0, "finished", await localHash()]);
    expect(await imagesOf(port)).toEqual([]);
    const missing = async () => (await farmEvents(port)).find(({ kind }) => kind === "session-images-missing")?.error;
    await expect.poll(missing).toMatchObject({ code: "resources-insufficient" });
  });

  it("the node with the film is killed after that -> the images are still there", async () => {
    const { coordinators, nodes } = await startFarm();
    await abandonedFrame(coordinators);
    const [{ process: coordinator, port }] = coordinators;
    await coordinator.said(kept);
    nodes.find((node) => node.children(mergerMain).length === 1)?.signal("SIGKILL");
    await coordinator.said(/node lost/);
    const [images] = await imagesOf(port);
    expect((await overHttp(port, `${images?.session}/images/film.exr`)).status).toBe(200);
  });
});
