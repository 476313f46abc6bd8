// What it takes to look while it renders: from a merged contribution to a viewer's eyes, what a viewer who stands still
// costs the others, the bytes, and on a small real farm the time to the first picture and what looking costs rendering.
import { setTimeout as wait } from "node:timers/promises";
import type { LiveClient } from "../integration/live-client.ts";
import type { BenchRow } from "./bench-row.ts";
import { LiveStage, stageFilm, stageTileCount } from "./live-stage.ts";
import { firstPictures, lookingCost } from "./preview-farm.ts";

const contributionCount = 300;
/** Contributions of 64 × 64 pixels: what some twenty cores send. */
const intervalMs = 20;
const lookerCount = 4;
const roundCount = 3;

export async function run(): Promise<BenchRow[]> {
  const first = await firstPictures();
  const cost = await lookingCost();
  const stage = await LiveStage.open();
  try {
    const seen = await latencies(stage, [await stage.viewer()]);
    const stalled = await stalledEffect(stage);
    const bytes = await byteShare(stage);
    return [...first, ...cost, ...seen, ...stalled, ...bytes];
  } finally {
    await stage.close();
  }
}

async function latencies(stage: LiveStage, viewers: readonly LiveClient[]): Promise<BenchRow[]> {
  const sorted = await seenAfter(stage, viewers);
  for (const viewer of viewers) viewer.close();
  const row = (share: number, goal: number): BenchRow => ({
    name: `preview: contribution merged → seen by a WebSocket client, p${100 * share}`,
    value: quantile(sorted, share),
    unit: "ms",
    goal,
    higherIsBetter: false,
  });
  return [row(0.5, 20), row(0.99, 60)];
}

/** How long each contribution took from its acknowledgement to each viewer, sorted, ms. */
async function seenAfter(stage: LiveStage, viewers: readonly LiveClient[]): Promise<Float64Array> {
  const waits: Promise<number[]>[] = [];
  for (let index = 0; index < contributionCount; index++) {
    // 97 and the number of tiles have no common divisor: none comes again soon.
    const tile = (97 * index) % stageTileCount;
    const merged = stage.merge(tile);
    const spp = stage.sampleCount(tile);
    const { x0, y0 } = stage.corner(tile);
    const seen = viewers.map(async (viewer) => {
      const isNew = () => (viewer.tile("beauty", x0, y0)?.sppMean ?? 0) >= spp;
      await viewer.saw(isNew);
      return performance.now();
    });
    waits.push(Promise.all([merged, ...seen]).then(([atMs, ...times]) => times.map((time) => time - atMs)));
    await wait(intervalMs);
  }
  return Float64Array.from((await Promise.all(waits)).flat()).sort();
}

/** In turns, so that a machine that is busy for a while is so for both. */
async function stalledEffect(stage: LiveStage): Promise<BenchRow[]> {
  const [all, oneStalled]: [number[], number[]] = [[], []];
  for (let round = 0; round < roundCount; round++) {
    for (const [reads, into] of [
      [true, all],
      [false, oneStalled],
    ] as const) {
      const lookers = await Promise.all(Array.from({ length: lookerCount }, () => stage.viewer()));
      const fifth = await stage.viewer(reads);
      into.push(quantile(await seenAfter(stage, lookers), 0.5));
      for (const viewer of [...lookers, fifth]) viewer.close();
    }
  }
  const effect = 100 * (Math.min(...oneStalled) / Math.min(...all) - 1);
  const name = "preview: one of five viewers stands still, delay of the others' median";
  return [{ name, value: effect, unit: "%", goal: 5, higherIsBetter: false }];
}

/** Against a float frame of four channels in the place of every frame. */
async function byteShare(stage: LiveStage): Promise<BenchRow[]> {
  const viewer = await stage.viewer();
  const before = { bytes: viewer.frameSizeBytes, frames: viewer.frameCount };
  for (let at = 0; at < 4 * stageTileCount; at++) {
    await stage.merge((97 * at) % stageTileCount);
    // About 500 tiles a second: a farm of a few hundred cores.
    if (at % 10 === 9) await wait(intervalMs);
  }
  await wait(500);
  const sizeBytes = viewer.frameSizeBytes - before.bytes;
  const frameCount = viewer.frameCount - before.frames;
  viewer.close();
  const fullBytes = stageFilm.widthPx * stageFilm.heightPx * 16 * frameCount;
  const name = "preview: bytes ÷ full float frames at the same rate, 1080p, every tile at 1 Hz";
  return [{ name, value: sizeBytes / fullBytes, unit: "×", goal: 0.25, higherIsBetter: false }];
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
