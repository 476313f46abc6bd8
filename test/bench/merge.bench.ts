// What merging costs: the exact film against a naive float32 one, gRPC with the film behind it against gRPC alone, the
// merger's memory by number of contributors, and bytes on the wire per sample.
import { readFile } from "node:fs/promises";
import { Film } from "../../merger/film.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import type { Contribution } from "../../proto/gen/arras/v1/film_pb.ts";
import { requiredOutputs } from "../../proto/outputs.ts";
import { areaPx } from "../../proto/rect.ts";
import { tileRect, tilingOf } from "../../proto/tiling.ts";
import type { WirePlane } from "../../proto/wire-plane.ts";
import { contributeAll, contributionMessage, openFilm } from "../integration/film-client.ts";
import { type MergerProcess, startMerger } from "../integration/merger-process.ts";
import type { BenchRow } from "./bench-row.ts";
import { median } from "./percentile.ts";
import { realisticPlanes, realisticRadiance, seededRandom } from "./realistic-contributions.ts";

const spec: FilmSpec = {
  widthPx: 1920,
  heightPx: 1080,
  cropWindow: { x0: 0, y0: 0, x1: 1920, y1: 1080 },
  tileSizePx: 64,
  outputs: requiredOutputs,
  maxSpp: 4096,
};
const tiling = tilingOf(spec.cropWindow, spec.tileSizePx);
const channelCount = 5;
const sampleCount = 16;
const tilePlanes = int32Planes();

export async function run(): Promise<BenchRow[]> {
  return [mergeAgainstNaive(), ...(await throughThePipe()), await memoryByContributors(), await bytesPerSample()];
}

/** Five int32 planes of a whole tile, at an odd offset as in a decoded message. */
function int32Planes(): WirePlane[] {
  const random = seededRandom(1);
  return Array.from({ length: channelCount }, () => {
    const values = Int32Array.from({ length: 64 * 64 }, () => random() * 2 ** 28);
    const bytes = new Uint8Array(values.byteLength + 3);
    bytes.set(new Uint8Array(values.buffer), 3);
    return { encoding: "int32", bytes: bytes.subarray(3) };
  });
}

/** Whole tiles only, so that both loops do the same. */
function wholeTiles() {
  const rects = Array.from({ length: tiling.tileCount }, (_, tile) => tileRect(tiling, tile));
  return rects.filter((rect) => areaPx(rect) === 64 * 64);
}

function mergeAgainstNaive(): BenchRow {
  const film = new Film(spec);
  const naiveFilm = Array.from({ length: channelCount }, () => new Float32Array(1920 * 1080));
  const naivePlanes = Array.from({ length: channelCount }, () => new Float32Array(64 * 64).fill(0.5));
  const rects = wholeTiles();
  const exact = () => {
    for (const rect of rects) film.add({ rect, sampleCount: 1, planes: tilePlanes });
  };
  const naive = () => {
    for (const { x0, y0 } of rects) {
      for (let plane = 0; plane < channelCount; plane++) addNaively(naiveFilm[plane], naivePlanes[plane], x0, y0);
    }
  };
  const [exactMs, naiveMs] = leastMs([exact, naive], 25);
  return {
    name: "exact merge ÷ naive f32 loop, speed",
    value: naiveMs / exactMs,
    unit: "×",
    goal: 0.7,
    higherIsBetter: true,
  };
}

function addNaively(film: Float32Array, plane: Float32Array, x0: number, y0: number): void {
  for (let y = 0; y < 64; y++) {
    for (let x = 0; x < 64; x++) film[(y0 + y) * 1920 + x0 + x] += plane[y * 64 + x];
  }
}

/** Alternating, so that a busy machine slows all alike. */
function leastMs(actions: readonly (() => void)[], turns: number): number[] {
  const least = actions.map(() => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, action] of actions.entries()) {
      const begin = performance.now();
      action();
      least[index] = Math.min(least[index], performance.now() - begin);
    }
  }
  return least;
}

/** `passCount` samples of every tile, cut to `share` of `shareCount`. */
function* messages(firstSample: number, passCount: number, share = 0, shareCount = 1): Generator<Contribution> {
  for (let pass = 0; pass < passCount; pass++) {
    for (let tileIndex = share; tileIndex < tiling.tileCount; tileIndex += shareCount) {
      const rect = tileRect(tiling, tileIndex);
      const sampleBegin = firstSample + pass;
      const unit = { epoch: 1, tileIndex, rect, sampleBegin, sampleEnd: sampleBegin + 1, stridePx: 1 };
      const planes = tilePlanes.map(({ encoding, bytes }) => ({
        encoding,
        bytes: bytes.subarray(0, 4 * areaPx(rect)),
      }));
      yield contributionMessage(unit, planes, `mcrt_i${share}`);
    }
  }
}

async function throughThePipe(): Promise<BenchRow[]> {
  const merger = await startMerger();
  const sink = await startMerger("unix", "dist/test/bench/grpc-sink-main.js");
  const passCount = 3;
  const sizeBytes = passCount * 1920 * 1080 * channelCount * 4;
  const clients = { merger: merger.client(), sink: sink.client() };
  await openFilm(clients.merger, 1, spec);
  const ms = { merger: [] as number[], sink: [] as number[] };
  for (let turn = 0; turn < 2 + 13; turn++) {
    for (const target of ["merger", "sink"] as const) {
      const begin = performance.now();
      await contributeAll(clients[target], messages(turn * passCount, passCount));
      // The first two compile their code.
      if (turn >= 2) ms[target].push(performance.now() - begin);
    }
  }
  await Promise.all([merger.stop(), sink.stop()]);
  // Neighbours in time, as the machine's speed drifts: their ratio, and the middle one of all.
  const ratio = median(ms.sink.map((sinkMs, turn) => sinkMs / ms.merger[turn]!));
  const megabytesPerSecond = (ms: number) => sizeBytes / 1e3 / ms;
  return [
    {
      name: "contributions through gRPC into the film ÷ through gRPC alone",
      value: ratio,
      unit: "×",
      goal: 0.8,
      higherIsBetter: true,
    },
    {
      name: "contributions through gRPC into the film",
      value: megabytesPerSecond(median(ms.merger)),
      unit: "MB/s",
      goal: null,
      higherIsBetter: true,
    },
  ];
}

async function memoryByContributors(): Promise<BenchRow> {
  const peaks: number[] = [];
  for (const contributorCount of [2, 16]) {
    const merger = await startMerger();
    await openFilm(merger.client(), 1, spec);
    await Promise.all(
      Array.from({ length: contributorCount }, (_, share) =>
        contributeAll(merger.client(), messages(0, 6, share, contributorCount)),
      ),
    );
    peaks.push(await peakResidentBytes(merger));
    await merger.stop();
  }
  return {
    name: `merger's peak memory with 16 ÷ with 2 contributors (${Math.round(peaks[0] / 1e6)} MB)`,
    value: peaks[1] / peaks[0],
    unit: "×",
    goal: 1.1,
    higherIsBetter: false,
  };
}

async function peakResidentBytes({ process: { pid } }: MergerProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]);
}

async function bytesPerSample(): Promise<BenchRow> {
  const { source, radiance } = await realisticRadiance();
  const random = seededRandom(7);
  let sizeBytes = 0;
  let samples = 0;
  for (let tile = 0; tile < tiling.tileCount; tile += 3) {
    const rect = tileRect(tiling, tile);
    const planes = realisticPlanes(spec, rect, sampleCount, radiance, random);
    for (const { bytes } of planes) sizeBytes += bytes.byteLength;
    samples += areaPx(rect) * sampleCount;
  }
  return {
    name: `bytes per sample at 16 spp, RGBA and luminance² (${source})`,
    value: sizeBytes / samples,
    unit: "B",
    goal: 1.5,
    higherIsBetter: false,
  };
}
