// What a checkpoint costs at 1080p with every output: written and read against copying the same memory and against
// plain files of the same bytes, how long the merger is deaf meanwhile, and how soon another one has the film back.
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { builtFile } from "../../host/built-file.ts";
import { systemClock } from "../../host/clock.ts";
import type { GrpcClient } from "../../host/grpc-client.ts";
import { FileObjectStore } from "../../host/nats/file-object-store.ts";
import { MeasuredSource, type ObjectStore } from "../../host/nats/object-store.ts";
import { packageRoot } from "../../host/package-root.ts";
import { Checkpoints } from "../../merger/checkpoint/checkpoints.ts";
import type { FilmEpoch } from "../../merger/film-epoch.ts";
import { filmSha256 } from "../../merger/film-hash.ts";
import { Merger } from "../../merger/merger.ts";
import { type FilmSpec, quantumsPerUnit } from "../../proto/film-spec.ts";
import { type OutputName, outputOrder } from "../../proto/outputs.ts";
import { areaPx, type PixelRect } from "../../proto/rect.ts";
import { storeNames } from "../../proto/subjects.ts";
import { tileRect } from "../../proto/tiling.ts";
import { openFilm, readReceipt } from "../integration/film-client.ts";
import { type MergerProcess, startMerger } from "../integration/merger-process.ts";
import type { BenchRow } from "./bench-row.ts";
import { MergerNode } from "./merger-node.ts";
import { type Radiance, realisticRadiance, seededRandom } from "./realistic-contributions.ts";

const spec: FilmSpec = {
  widthPx: 1920,
  heightPx: 1080,
  cropWindow: { x0: 0, y0: 0, x1: 1920, y1: 1080 },
  tileSizePx: 64,
  outputs: outputOrder as OutputName[],
  maxSpp: 4096,
};
const spp = 128;
const turns = 5;
const opening = { epoch: 1, film: spec, sessionSpec: new Uint8Array(0) };
const never = new AbortController().signal;

export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "arras-bench-"));
  try {
    return await rowsIn(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rowsIn(folder: string): Promise<BenchRow[]> {
  const store = new FileObjectStore(join(folder, storeNames.checkpoints));
  const { merger, checkpoints } = mergerWith(store);
  await checkpoints.open({ ...opening, checkpoint: "" }, never);
  const { radiance } = await realisticRadiance();
  const state = merger.requireOpen();
  render(state, radiance);
  const sha256 = filmSha256(state.film);
  const { digest, sizeBytes } = await checkpoints.write(never);
  const bytes = await readFile(pathOf(folder, digest));
  const copyMs = await leastMs(() => void state.film.planes.map((plane) => plane.slice()));
  const plainMs = await leastMs(() => writePlainly(join(folder, "plain"), bytes));
  const deaf = { longestMs: 0 };
  const writeMs = await leastMs(
    async () => {
      const ended = watchLoop(deaf);
      await checkpoints.write(never);
      ended();
    },
    { before: () => store.delete(digest) },
  );
  const encodeMs = await leastMs(async () => void (await mergerWritingNowhere(merger).write(never)));
  const readMs = await leastMs(async () => void (await readFile(pathOf(folder, digest))));
  const restoreMs = await leastMs(async () => {
    const other = mergerWith(store);
    await other.checkpoints.open({ ...opening, checkpoint: digest }, never);
  });
  const cold: MergerProcess[] = [];
  const coldMs = await leastMs(async () => void cold.push(await coldMerger(folder, digest)), {
    after: async () => {
      for (const merger of cold.splice(0)) {
        await requireSameFilm(merger.client(), sha256);
        await merger.stop();
      }
    },
  });
  const backMs = await mergerBackMs(folder, { digest, sha256 });
  const size = `${Math.round(sizeBytes / 1e6)} MB`;
  const row = (name: string, value: number, unit: string, goal: number | null = null): BenchRow => ({
    name,
    value,
    unit,
    goal,
    higherIsBetter: false,
  });
  return [
    row(`checkpoint's bytes (${size}) ÷ the film's`, sizeBytes / filmBytes(state), "×", 0.7),
    row("checkpoint encoded and hashed ÷ the film copied", encodeMs / copyMs, "×"),
    row("checkpoint written ÷ a plain file of its bytes", writeMs / plainMs, "×"),
    row("checkpoint restored ÷ a plain file read", restoreMs / readMs, "×"),
    row("checkpoint written", writeMs, "ms"),
    row("longest time without an answer meanwhile", deaf.longestMs, "ms", 50),
    row("checkpoint restored", restoreMs, "ms"),
    row("merger killed until its film of 1080p, 8 outputs, is back in a process that waited", backMs, "ms", 1000),
    row("the same film in a new process, none waited", coldMs, "ms"),
  ];
}

function mergerWith(store: ObjectStore) {
  const merger = new Merger(systemClock);
  return { merger, checkpoints: new Checkpoints({ merger, sessionId: "s", store }) };
}

function mergerWritingNowhere(merger: Merger): Checkpoints {
  const store = new FileObjectStore("/nowhere");
  const add: ObjectStore["add"] = async (source) => {
    const measured = new MeasuredSource(source, "nothing");
    for await (const _ of measured.pieces());
    return measured.stored();
  };
  return new Checkpoints({ merger, sessionId: "s", store: { add, get: (digest) => store.get(digest) } });
}

/** `spp` samples of every pixel: means of the picture, spread as sums of that many are. */
function render(state: FilmEpoch, radiance: Radiance): void {
  const random = seededRandom(3);
  for (let tileIndex = 0; tileIndex < state.tiling.tileCount; tileIndex++) {
    const rect = tileRect(state.tiling, tileIndex);
    state.ledger.record(tileIndex, rect, 0, spp);
    const origin = { computation: `mcrt_i${tileIndex % 8}`, nodeId: "n", clampedCount: 0, nonFiniteCount: 0 };
    state.contributors.note(origin, tileIndex, { t: "added", sampleCount: spp }, areaPx(rect));
    fillTile(state, rect, radiance, random);
  }
  state.film.counts.fill(spp);
}

function fillTile({ film }: FilmEpoch, rect: PixelRect, radiance: Radiance, random: () => number): void {
  const rgbaCount = 4;
  for (let y = rect.y0; y < rect.y1; y++) {
    for (let x = rect.x0; x < rect.x1; x++) {
      const at = y * spec.widthPx + x;
      const pixel = radiance(x, y);
      const isHit = pixel[3] > 0;
      for (const [index, { op, output }] of film.channels.entries()) {
        const mean = output === "alpha" ? pixel[3] : (pixel[index % rgbaCount] ?? 0);
        const noise = output === "alpha" ? 1 : 1 + (random() - 0.5) / Math.sqrt(spp);
        if (op === "sum") film.planes[index][at] = Math.round(mean * noise * spp * quantumsPerUnit);
        else if (op === "min") film.planes[index][at] = isHit ? 5 + mean * noise : Number.POSITIVE_INFINITY;
        else film.planes[index][at] = output === "id" ? 1 + Math.floor(x / 200) : isHit ? mean * noise : 0;
      }
    }
  }
}

function filmBytes({ film }: FilmEpoch): number {
  return [film.counts, ...film.planes].reduce((sum, plane) => sum + plane.byteLength, 0);
}

async function writePlainly(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w");
  await file.writeFile(bytes);
  await file.sync();
  await file.close();
}

function pathOf(folder: string, digest: string): string {
  return join(folder, storeNames.checkpoints, digest.slice(0, 2), digest);
}

/** From the launch of its process until its film is open. */
async function coldMerger(folder: string, digest: string): Promise<MergerProcess> {
  const program = relative(packageRoot(), builtFile("merger/main.js"));
  const merger = await startMerger("unix", program, { t: "folder", path: folder });
  await openFilm(merger.client(), 1, spec, digest);
  return merger;
}

interface Kept {
  readonly digest: string;
  readonly sha256: string;
}

/** As on a farm: the agent tells of its end, is asked for another one, and that one opens the film. */
async function mergerBackMs(folder: string, { digest, sha256 }: Kept): Promise<number> {
  const node = new MergerNode(folder);
  try {
    await node.ready();
    let merger = await node.launch();
    await openFilm(merger.client, 1, spec, digest);
    return await leastMs(
      async () => {
        await node.kill(merger.pid);
        merger.client.close();
        merger = await node.launch();
        await openFilm(merger.client, 1, spec, digest);
      },
      { before: () => node.ready(), after: () => requireSameFilm(merger.client, sha256) },
    );
  } finally {
    await node.close();
  }
}

async function requireSameFilm(client: GrpcClient, sha256: string): Promise<void> {
  const receipt = await readReceipt(client);
  if (receipt.filmSha256 !== sha256) throw new Error(`the film came back as ${receipt.filmSha256}, not ${sha256}`);
}

/** How long the event loop was busy at most. Returns what ends the watch. */
function watchLoop(longest: { longestMs: number }): () => void {
  let lastMs = performance.now();
  const look = () => {
    const nowMs = performance.now();
    longest.longestMs = Math.max(longest.longestMs, nowMs - lastMs);
    lastMs = nowMs;
    timer = setImmediate(look);
  };
  let timer = setImmediate(look);
  return () => clearImmediate(timer);
}

interface NotCounted {
  readonly before?: () => Promise<void>;
  readonly after?: () => Promise<void>;
}

/** Of several turns. */
async function leastMs(action: () => Promise<void> | void, { before, after }: NotCounted = {}): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < turns; turn++) {
    await before?.();
    const begin = performance.now();
    await action();
    least = Math.min(least, performance.now() - begin);
    await after?.();
  }
  return least;
}
