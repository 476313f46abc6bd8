// Scenes without a shared file system, on a farm of real processes: the scene's folder is gone, or another, for all but
// the command; the film is that of one machine.
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream } from "@nats-io/jetstream";
import sharp from "sharp";
import { describe, expect, it, onTestFinished } from "vitest";
import { NatsObjectStore } from "../../host/nats/nats-object-store.ts";
import { packageRoot } from "../../host/package-root.ts";
import { storeNames, subjects } from "../../proto/subjects.ts";
import { digestOf, noise } from "../contract/object-store.contract.ts";
import { doorAt, hasNodes, startCoordinator, startNats, startNode } from "./farm-parts.ts";
import { type Lifetime, ofTest, shared } from "./lifetime.ts";
import { linkTo } from "./nats-link.ts";
import { type NatsServer, natsServerPresent } from "./nats-server.ts";
import { fakeArgs, RunningCommand, runCommand, slowFrame, testDataPath, testFolder } from "./run-command.ts";
import { writeSmallScene } from "./small-scene.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const present = natsServerPresent();
const picture = ["--size", "64x36", "--spp", "4", "--num-cores", "1", "--json"];
/** For what is about several nodes or computations. One renders the same film, with fewer processes to start. */
const byTwo = [...picture, "--num-mcrt", "2"];
const byOne = [...picture, "--num-mcrt", "1"];
const sky = join(packageRoot(), "deploy/demo/sky.hdr");

interface FarmOptions {
  readonly nodeCount?: number;
  /** Further words for each arras-node. */
  readonly nodeArgs?: readonly string[];
  readonly lifetime?: Lifetime;
}

/** nats-server, a coordinator, and agents with a cache each. */
async function startFarm({ nodeCount = 2, nodeArgs = [], lifetime = ofTest }: FarmOptions = {}) {
  const nats = await startNats(lifetime);
  const folder = mkdtempSync(join(tmpdir(), "arras-caches-"));
  lifetime.atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const { process: coordinator, port } = await startCoordinator(nats, { lifetime });
  const caches = Array.from({ length: nodeCount }, (_, at) => join(folder, `cache${at}`));
  const startNodeWith = (cache: string) => startNode(nats, ["--cache", cache, ...nodeArgs], lifetime);
  const nodes = caches.map(startNodeWith);
  await hasNodes(coordinator, nodeCount);
  return { nats, coordinator, port, nodes, caches, startNodeWith, folder, door: doorAt(port) };
}

const unhindered = { delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };

/** To a door: 30 MB take 10 s there, which nobody waits for. */
async function slowWayTo(port: string): Promise<TcpProxy> {
  const way = await TcpProxy.start(Number(port));
  way.conditions = { delayMs: 0, bytesPerSecond: 3_000_000 };
  return way;
}

/** What the farm has of scenes. */
async function assetsOf(nats: NatsServer) {
  const link = await linkTo(nats);
  onTestFinished(() => link.close());
  return NatsObjectStore.open(link, { name: storeNames.assets });
}

/** The fake renderer reads no scene, but waits for it. */
const renderFake = (scene: string, ...args: readonly string[]) => fakeArgs({}, scene, ...byTwo, "-l", "3", ...args);
const renderByTwo = (scene: string, ...args: readonly string[]) => [scene, "--env", sky, ...byTwo, ...args];
const render = (scene: string, ...args: readonly string[]) => [scene, "--env", sky, ...byOne, ...args];

let smallFilm: Promise<string> | undefined;

/** Of the small scene on one machine, rendered once; what is added that nothing shows changes nothing. */
function localFilm(): Promise<string> {
  smallFilm ??= (async () => {
    const { json } = await runCommand(render(await writeSmallScene(await testFolder())));
    expect(json.outcome).toBe("finished");
    return json.filmSha256;
  })();
  return smallFilm;
}

describe.skipIf(!present)("a scene that only the command sees", () => {
  const theFarm = shared((lifetime) => startFarm({ lifetime }));

  it("textures, a buffer and an environment in files of their own -> the film of one machine; again -> nothing is sent", async () => {
    const farm = await theFarm();
    const folder = await testFolder();
    await writeSmallScene(join(folder, "shot"));
    const far = await runCommand(renderByTwo("shot/square.gltf", "-l", "3", ...farm.door), { cwd: folder });
    expect(far.stderr).toMatch(/Uploaded 4 files/);
    expect(far.json).toMatchObject({ outcome: "finished", filmSha256: await localFilm() });
    // From another folder, while what was uploaded is nowhere where the nodes could look for it.
    await rename(join(folder, "shot"), join(folder, "moved"));
    const again = await runCommand(renderByTwo(join(folder, "moved/square.gltf"), "-l", "3", ...farm.door));
    expect(again.stderr).toMatch(/The farm has the scene already: 4 files/);
    expect(again.json).toMatchObject({ outcome: "finished", filmSha256: await localFilm() });
    // One file changes: that one is sent, and its change is seen.
    await writeFile(join(folder, "moved/checker.png"), await readFile(await otherTexture(folder)));
    const changed = await runCommand(renderByTwo(join(folder, "moved/square.gltf"), "-l", "3", ...farm.door));
    expect(changed.stderr).toMatch(/Uploaded 1 file,/);
    const { json: changedLocal } = await runCommand(render(join(folder, "moved/square.gltf")));
    expect(changed.json.filmSha256).toBe(changedLocal.filmSha256);
    expect(changedLocal.filmSha256).not.toBe(await localFilm());
    for (const cache of farm.caches) expect(await readdir(join(cache, "holders"))).toHaveLength(1);
  });

  it("a .glb, and nothing beside it -> the film of one machine", async () => {
    const farm = await theFarm();
    const demo = join(packageRoot(), "deploy/demo/demo.glb");
    const { json: local } = await runCommand([demo, ...byOne]);
    const { json, stderr } = await runCommand([demo, ...byOne, "-l", "3", ...farm.door]);
    expect(stderr).toMatch(/Uploaded 1 file,/);
    expect(json).toMatchObject({ outcome: "finished", filmSha256: local.filmSha256 });
  });

  it("--shared-fs -> nothing is uploaded, and nodes read the files themselves", async () => {
    const farm = await theFarm();
    // One that no node has seen.
    const asset = { version: "2.0", generator: "for --shared-fs" };
    const scene = await writeSmallScene(await testFolder(), { json: { asset } });
    const cached = () => Promise.all(farm.caches.map((cache) => readdir(cache, { recursive: true })));
    const before = await cached();
    const { json, stderr } = await runCommand(render(scene, "--shared-fs", "-l", "3", ...farm.door));
    expect(json).toMatchObject({ outcome: "finished", filmSha256: await localFilm() });
    expect(stderr).not.toMatch(/Uploaded|has the scene already/);
    expect(await cached()).toEqual(before);
  });

  it("a part of the scene is not there -> one clear error, exit 2, before anything is uploaded", async () => {
    const farm = await theFarm();
    const scene = await writeSmallScene(await testFolder(), { withoutBuffer: true });
    const { exitCode, stderr } = await runCommand(render(scene, ...farm.door));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^\[scene-missing\] .*square\.bin.*\(path .*square\.gltf: buffers\[0\]\)/m);
  });
});

describe.skipIf(!present)("things that go wrong", () => {
  it("an object in the store is spoilt -> object-broken with its file; with --verify-assets it is mended", async () => {
    const farm = await startFarm({ nodeCount: 1 });
    const scene = await writeSmallScene(await testFolder());
    const store = await assetsOf(farm.nats);
    const texture = await readFile(join(scene, "../checker.png"));
    // What a disk could do: bytes of the right length under the right name.
    await spoil(farm.nats, digestOf(texture), texture.length);
    const { json, exitCode, stderr } = await runCommand(render(scene, ...farm.door));
    expect(exitCode).toBe(1);
    expect(json.error).toMatchObject({ code: "object-broken", action: expect.stringContaining("--verify-assets") });
    expect(stderr).toMatch(/\[object-broken\] .*scene\/checker\.png/);
    const mended = await runCommand(render(scene, "--verify-assets", "-l", "3", ...farm.door));
    expect(mended.stderr).toMatch(/Uploaded 1 file,/);
    expect(mended.json).toMatchObject({ outcome: "finished", filmSha256: await localFilm() });
    expect(await store.has(digestOf(texture))).toBe(true);
  });

  it("the scene is larger than the node's cache -> cache-failed with both sizes; it fits again -> what is old leaves", async () => {
    const farm = await startFarm({ nodeCount: 1, nodeArgs: ["--renderer", "fake", "--cache-size", "1.2m"] });
    const rendered = (scene: string) => runCommand(fakeArgs({}, scene, ...byOne, ...farm.door));
    const folder = await testFolder();
    const scenes = [];
    for (const seed of [1, 2, 3]) {
      const path = await writeSmallScene(join(folder, String(seed)));
      await padded(path, seed, 500_000);
      scenes.push(path);
    }
    for (const scene of [...scenes, ...scenes.slice(0, 1)]) {
      const { json } = await rendered(scene);
      expect(json.outcome).toBe("finished");
    }
    expect(await sizeBelow(join(farm.caches[0] ?? "", "objects"))).toBeLessThanOrEqual(1.2 * 2 ** 20);
    const large = await writeSmallScene(join(folder, "large"));
    await padded(large, 9, 2_000_000);
    const { json, exitCode } = await rendered(large);
    expect(exitCode).toBe(1);
    expect(json.error).toMatchObject({ code: "cache-failed", message: expect.stringMatching(/2\.\d MB .* 1\.3 MB/) });
  });

  it("the scene is larger than one node's cache -> what was to render there renders on the other", async () => {
    const farm = await startFarm({ nodeCount: 1, nodeArgs: ["--renderer", "fake", "--cache-size", "1.2m"] });
    startNode(farm.nats, ["--renderer", "fake", "--cache", join(farm.folder, "large")]);
    await hasNodes(farm.coordinator, 2);
    const scene = await paddedScene(9, 2_000_000);
    const { knobs, hurry } = slowFrame(5);
    const command = new RunningCommand(fakeArgs(knobs, scene, ...byTwo, "-l", "3", ...farm.door));
    await command.said(/mcrt_i[01] is started again/);
    hurry();
    const { json, exitCode, stderr } = await command.finished;
    expect({ exitCode, outcome: json.outcome }).toEqual({ exitCode: 0, outcome: "finished" });
    expect(stderr).toMatch(/mcrt_i[01] is started again: The scene needs 2\.0 MB more/);
    expect(json.computations.map(({ restarts }) => restarts).sort()).toEqual([0, 1]);
  });

  it("an agent is killed in the middle of a fetch, and another starts on its cache -> the same film, nothing half done", async () => {
    const farm = await startFarm({ nodeCount: 0 });
    const [folder, cache] = [await testFolder(), join(farm.folder, "cache")];
    const way = await TcpProxy.start(farm.nats.port);
    const node = startNode({ url: `nats://${way.address}` }, ["--cache", cache]);
    await hasNodes(farm.coordinator, 1);
    const scene = await writeSmallScene(folder);
    await padded(scene, 4, 20_000_000);
    // It takes seconds from there.
    way.conditions = { delayMs: 0, bytesPerSecond: 2_000_000 };
    const command = new RunningCommand(render(scene, "-l", "3", ...farm.door));
    await expect.poll(() => partialsIn(cache)).not.toEqual([]);
    node.signal("SIGKILL");
    await node.exited;
    expect(await partialsIn(cache)).not.toEqual([]);
    farm.startNodeWith(cache);
    const { json } = await command.finished;
    expect(json).toMatchObject({ outcome: "finished", filmSha256: await localFilm() });
  });

  it("the node's way to NATS takes 1 MB/s -> told how far the scene is, no node is lost, none is started again", async () => {
    const nats = await startNats();
    const slow = await TcpProxy.start(nats.port);
    const { process: coordinator, port } = await startCoordinator(nats);
    startNode({ url: `nats://${slow.address}` });
    await hasNodes(coordinator, 1);
    const scene = await paddedScene(4, 12_000_000);
    slow.conditions = { delayMs: 20, bytesPerSecond: 1_000_000 };
    const { json, stderr } = await runCommand(renderFake(scene, ...doorAt(port)));
    expect(stderr).toMatch(/info: mcrt_i\d waits for the scene's files: \d+ of 12 MB/);
    expect(json.outcome).toBe("finished");
    expect(json.computations.map(({ restarts }) => restarts)).toEqual([0, 0]);
    expect(coordinator.text).not.toMatch(/node lost/);
  });

  it("the coordinator is killed in the middle of an upload, and another starts at its door -> it goes on", async () => {
    const farm = await startFarm({ nodeCount: 1, nodeArgs: ["--renderer", "fake"] });
    const scene = await paddedScene(4, 30_000_000);
    const way = await slowWayTo(farm.port);
    const command = await uploading(scene, doorAt(String(way.port)));
    farm.coordinator.signal("SIGKILL");
    await farm.coordinator.exited;
    way.conditions = unhindered;
    await startCoordinator(farm.nats, { port: farm.port });
    const { json, stderr } = await command.finished;
    // What the first one had already is not sent again.
    expect(stderr).toMatch(/Uploaded [1-4] files?,/);
    expect(json.outcome).toBe("finished");
  });

  it("of two coordinators the one that takes the upload is killed -> it goes on at the other's door", async () => {
    const farm = await startFarm({ nodeCount: 1, nodeArgs: ["--renderer", "fake"] });
    const other = await startCoordinator(farm.nats);
    await hasNodes(other.process, 1);
    const scene = await paddedScene(4, 30_000_000);
    const doors = ["--host", `${(await slowWayTo(farm.port)).address},${other.door}`];
    const command = await uploading(scene, doors);
    farm.coordinator.signal("SIGKILL");
    const { json, stderr } = await command.finished;
    // What the first one had already is not sent again.
    expect(stderr).toMatch(/Uploaded [1-4] files?,/);
    expect(json.outcome).toBe("finished");
  });

  it("300 MB pass through it -> neither coordinator nor agent grows by half of that", async () => {
    const farm = await startFarm({ nodeCount: 1, nodeArgs: ["--renderer", "fake"] });
    const scene = await paddedScene(4, 300_000_000);
    const processes = [farm.coordinator, ...farm.nodes];
    const before = await Promise.all(processes.map(({ pid }) => peakBytesOf(pid)));
    const { json } = await runCommand(renderFake(scene, ...farm.door));
    expect(json.outcome).toBe("finished");
    const grown = (await Promise.all(processes.map(({ pid }) => peakBytesOf(pid)))).map(
      (peak, at) => peak - before[at]!,
    );
    process.stdout.write(
      `assets: 300 MB took ${grown.map((bytes) => Math.round(bytes / 1e6)).join(" and ")} MB more\n`,
    );
    expect(Math.max(...grown)).toBeLessThan(150e6);
  });

  it("Ctrl-C in the middle of an upload -> cancelled, nothing is rendered; again -> it goes on from there", async () => {
    const farm = await startFarm({ nodeCount: 1, nodeArgs: ["--renderer", "fake"] });
    const scene = await paddedScene(4, 30_000_000);
    const way = await slowWayTo(farm.port);
    const command = await uploading(scene, doorAt(String(way.port)));
    command.signal("SIGINT");
    const { exitCode, stderr, json } = await command.finished;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/\[cancelled\] The upload was stopped/);
    expect(json).toMatchObject({ outcome: "failed", samples: 0 });
    const again = await runCommand(renderFake(scene, ...farm.door));
    expect(again.stderr).toMatch(/Uploaded [1-4] files?, 30\.0 MB/);
    expect(again.json.outcome).toBe("finished");
  });
});

const helmet = join(testDataPath, "gltf/FlightHelmet/FlightHelmet.gltf");
const helmetPresent = await readFile(helmet).then(
  () => true,
  () => false,
);
if (!helmetPresent) process.stdout.write("ARRAS_TEST_DATA has no FlightHelmet: its test is left out\n");

describe.skipIf(!present || !helmetPresent)("FlightHelmet with an HDR environment", () => {
  it("its folder is gone for everybody once it is uploaded -> the film of one machine", async () => {
    const farm = await startFarm();
    const folder = await testFolder();
    await mkdir(join(folder, "shot"));
    for (const name of await readdir(join(helmet, "..")))
      await writeFile(join(folder, "shot", name), await readFile(join(helmet, "..", name)));
    const scene = join(folder, "shot/FlightHelmet.gltf");
    const env = ["--env", join(testDataPath, "hdr/spiaggia_di_mondello_1k.hdr")];
    const { json: local } = await runCommand([helmet, ...env, ...byOne]);
    const command = new RunningCommand([scene, ...env, ...byTwo, "-l", "3", ...farm.door]);
    await command.said(/Created session/);
    await rm(join(folder, "shot"), { recursive: true });
    const { json, stderr } = await command.finished;
    expect(stderr).toMatch(/Uploaded 18 files/);
    expect(json).toMatchObject({ outcome: "finished", filmSha256: local.filmSha256 });
  });
});

async function otherTexture(folder: string): Promise<string> {
  const path = join(folder, "other.png");
  await sharp({ create: { width: 4, height: 4, channels: 3, background: "#208040" } })
    .png()
    .toFile(path);
  return path;
}

/** The small scene, padded. */
async function paddedScene(seed: number, sizeBytes: number): Promise<string> {
  const scene = await writeSmallScene(await testFolder());
  await padded(scene, seed, sizeBytes);
  return scene;
}

/** A command that sends a padded scene by that door, when it has begun to and has not sent all. */
async function uploading(scene: string, door: readonly string[]): Promise<RunningCommand> {
  const command = new RunningCommand(renderFake(scene, ...door));
  await command.said(/uploading [1-3] of 4/);
  return command;
}

/** One more buffer, of noise, that nothing shows. */
async function padded(scene: string, seed: number, sizeBytes: number): Promise<void> {
  await writeFile(join(scene, "../padding.bin"), noise(sizeBytes, seed));
  const json = JSON.parse(await readFile(scene, "utf8"));
  const buffers = [json.buffers[0], { uri: "padding.bin", byteLength: sizeBytes }];
  await writeFile(scene, JSON.stringify({ ...json, buffers }));
}

/** Stores other bytes under the digest, behind the back of the store, which would not. */
async function spoil(nats: NatsServer, digest: string, sizeBytes: number): Promise<void> {
  const link = await linkTo(nats);
  onTestFinished(() => link.close());
  const wrong = Buffer.alloc(sizeBytes, 7);
  await NatsObjectStore.open(link, { name: storeNames.assets });
  const stream = jetstream(link.connection);
  const description = { upload: "spoilt", sizeBytes, chunkSizeBytes: 262_144 };
  await stream.publish(subjects.objectChunk(storeNames.assets, digest, "spoilt", 0), wrong);
  await stream.publish(subjects.object(storeNames.assets, digest), JSON.stringify(description));
}

/** Most resident memory so far. */
async function peakBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function partialsIn(cache: string): Promise<string[]> {
  const names = await readdir(join(cache, "holders"), { recursive: true }).catch(() => []);
  return names.filter((name) => /part-\d+$/.test(name));
}

async function sizeBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map((file) => stat(join(file.parentPath, file.name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}
