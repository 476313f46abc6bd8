// Merge processes that are killed, and others that go on with the film from a folder or from a real nats-server.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ObjectStorePlace } from "../../host/nats/object-store-place.ts";
import { Secret } from "../../host/nats/secret.ts";
import { storeNames } from "../../proto/subjects.ts";
import { tileRect, tilingOf } from "../../proto/tiling.ts";
import type { Unit } from "../../proto/unit.ts";
import { filmSpecOf, planesOf } from "../unit/merger/analytic-samples.ts";
import { contributeAll, contributionMessage, openFilm, readReceipt, writeCheckpoint } from "./film-client.ts";
import { startMerger } from "./merger-process.ts";
import { NatsServer, natsServerPresent } from "./nats-server.ts";

const spec = filmSpecOf({ widthPx: 100, heightPx: 70, tileSizePx: 32 });
const tiling = tilingOf(spec.cropWindow, spec.tileSizePx);
const present = natsServerPresent();

function* units(sampleBegin: number, sampleEnd: number): Generator<Unit> {
  for (let tileIndex = 0; tileIndex < tiling.tileCount; tileIndex++) {
    yield { epoch: 1, tileIndex, rect: tileRect(tiling, tileIndex), sampleBegin, sampleEnd, stridePx: 1 };
  }
}

const messages = (begin: number, end: number) =>
  [...units(begin, end)].map((unit) => contributionMessage(unit, planesOf(spec, unit), "mcrt_i0"));

async function undisturbedHash(): Promise<string> {
  const merger = await startMerger();
  await openFilm(merger.client(), 1, spec);
  await contributeAll(merger.client(), messages(0, 3));
  const { filmSha256 } = await readReceipt(merger.client());
  await merger.stop();
  return filmSha256;
}

/** One merger writes and is killed; another goes on with what it wrote. */
async function killedAndRestored(place: ObjectStorePlace) {
  const first = await startMerger("unix", "dist/merger/main.js", place);
  await openFilm(first.client(), 1, spec);
  await contributeAll(first.client(), messages(0, 1));
  const written = await writeCheckpoint(first.client());
  await contributeAll(first.client(), messages(1, 2)); // lost
  first.process.kill("SIGKILL");
  await first.stop();
  const second = await startMerger("unix", "dist/merger/main.js", place);
  const opened = await openFilm(second.client(), 1, spec, written.digest);
  expect(opened.restored).toBe(true);
  expect(await readReceipt(second.client())).toMatchObject({ sampleCount: written.sampleCount, sppMin: 1, sppMax: 1 });
  await contributeAll(second.client(), messages(1, 3));
  const { filmSha256 } = await readReceipt(second.client());
  expect(await second.stop()).toBe(0);
  return { filmSha256, written };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "arras-checkpoints-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe("a merger with checkpoints", () => {
  it("it is killed after a checkpoint -> another goes on from a folder to the same film", async () => {
    const path = await folder();
    const { filmSha256, written } = await killedAndRestored({ t: "folder", path });
    expect(filmSha256).toBe(await undisturbedHash());
    expect(await readdir(join(path, storeNames.checkpoints))).toEqual([written.digest.slice(0, 2)]);
  });

  it("the checkpoint was changed on disk -> no film, and an empty one can be opened", async () => {
    const path = await folder();
    const { written } = await killedAndRestored({ t: "folder", path });
    const { digest } = written;
    await writeFile(join(path, storeNames.checkpoints, digest.slice(0, 2), digest), "ARRASCP1 and then nonsense ");
    const merger = await startMerger("unix", "dist/merger/main.js", { t: "folder", path });
    await expect(openFilm(merger.client(), 1, spec, digest)).rejects.toMatchObject({ code: "checkpoint-broken" });
    expect(await openFilm(merger.client(), 1, spec)).toMatchObject({ restored: false });
    await merger.stop();
  });

  it("a folder that cannot be written -> output-failed, and the film goes on; no store at all -> unavailable", async () => {
    const path = await folder();
    await writeFile(join(path, storeNames.checkpoints), "a file where the folder should be");
    const merger = await startMerger("unix", "dist/merger/main.js", { t: "folder", path });
    await openFilm(merger.client(), 1, spec);
    await contributeAll(merger.client(), messages(0, 1));
    await expect(writeCheckpoint(merger.client())).rejects.toMatchObject({ code: "output-failed" });
    await contributeAll(merger.client(), messages(1, 3));
    expect((await readReceipt(merger.client())).filmSha256).toBe(await undisturbedHash());
    await merger.stop();
    const without = await startMerger();
    await openFilm(without.client(), 1, spec);
    await expect(writeCheckpoint(without.client())).rejects.toMatchObject({ code: "unavailable" });
    await without.stop();
  });
});

describe.skipIf(!present)("a merger with checkpoints in NATS", () => {
  it("it is killed after a checkpoint -> another logs in, too, and goes on to the same film", async () => {
    const users = 'authorization { user: "merger", password: "open sesame" }';
    const server = await NatsServer.start({ configuration: users });
    onTestFinished(() => server.end());
    const secret = { t: "given", secret: new Secret("open sesame"), setting: "ARRAS_NATS_PASSWORD" } as const;
    const login = { t: "password", user: "merger", password: secret } as const;
    const settings = { servers: [server.address], setting: "--nats", login, tls: undefined };
    const { filmSha256 } = await killedAndRestored({ t: "nats", settings });
    expect(filmSha256).toBe(await undisturbedHash());
  });
});
