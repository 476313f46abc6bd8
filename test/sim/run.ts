// One simulated session from its seed to its end, and what must hold then: the film is the one that the samples add up
// to, nothing hangs, nothing stays reserved.

import { tileError } from "../../merger/error-estimate.ts";
import { filmSha256 } from "../../merger/film-hash.ts";
import { contains } from "../../proto/rect.ts";
import { tileRect, tilingOf } from "../../proto/tiling.ts";
import type { AnalyticFilm } from "./analytic-film.ts";
import type { Counts } from "./counts.ts";
import { Farm } from "./farm.ts";
import { Faults } from "./faults.ts";
import type { Scenario } from "./scenario.ts";
import type { Hole } from "./sim-members.ts";
import type { SimMerger } from "./sim-merger.ts";
import { type Canary, World } from "./world.ts";

export interface RunResult {
  readonly violations: readonly string[];
  readonly counts: Counts;
  readonly eventCount: number;
  readonly simulatedMs: number;
  readonly outcome: string;
}

/** After the last fault. 1,500 runs took at most a minute. */
const restMsMax = 180_000;
/** Each hang costs the minute after which a unit is given up; narrowing down to a pixel's hole takes about ten. */
const hangMsMax = 1_200_000;
const eventsMax = 1_000_000;

export function simulate(
  scenario: Scenario,
  options: { canary?: Canary; trace?: (line: string) => void } = {},
): RunResult {
  const world = new World(scenario, options.canary ?? "none", options.trace);
  const farm = new Farm(world);
  const endMs = endMsOf(scenario);
  farm.start();
  new Faults(world, farm).start();
  try {
    while (!farm.coordinator?.isEnded && world.clock.nowMs() < endMs && world.clock.eventCount < eventsMax) {
      if (!world.clock.advance()) break;
    }
    checkEnd(world, farm);
  } catch (thrown) {
    world.violate(`thrown: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  }
  const { violations, counts } = world;
  return {
    violations,
    counts,
    eventCount: world.clock.eventCount,
    simulatedMs: world.clock.nowMs(),
    outcome: farm.stored.final?.outcome ?? "none",
  };
}

function endMsOf({ faults, poison }: Scenario): number {
  const lastFaultMs = Math.max(0, ...faults.map(({ atMs, durationMs }) => atMs + durationMs));
  return lastFaultMs + restMsMax + hangMsMax * poison.filter(({ kind }) => kind === "hang").length;
}

function checkEnd(world: World, farm: Farm): void {
  const { coordinator } = farm;
  if (!coordinator?.isEnded) {
    const { openTileCount, computationCount } = coordinator?.planner.progress() ?? {};
    world.violate(
      `it hangs: ${coordinator?.outcome}, ${openTileCount} tiles open, ${computationCount} computations, ${world.clock.eventCount} events`,
    );
    return;
  }
  const { reservations } = coordinator.members;
  for (const node of farm.nodes) {
    if (reservations.freeMemoryMB(node) !== node.memoryMB) world.violate(`memory of ${node.id} is still reserved`);
  }
  const { final } = farm.stored;
  const merger = farm.mergers.find(({ receiptSha256 }) => receiptSha256 === final?.filmSha256);
  if (merger === undefined || final === undefined) world.violate("nobody has given the receipt");
  else if (!isExcused(world, farm, merger)) checkFilm(world, merger, final.holes);
}

/**
 * A wrong node's samples may stay where the planner could not know better: it says so, or another planner began anew. The
 * film is then what it is.
 */
function isExcused(world: World, { stored }: Farm, merger: SimMerger): boolean {
  const { wrong } = world.scenario;
  if (wrong === undefined || stored.excuses.size === 0 || stored.wrongNodeIds.size > 0) return false;
  const { contributors } = merger.filmEpoch;
  const isInFilm = contributors.tilesOf({ computations: [], nodeIds: [wrong.nodeId] }).length > 0;
  if (isInFilm) for (const excuse of stored.excuses) world.counts.note(`wrong node not found, for ${excuse}`);
  return isInFilm;
}

function checkFilm(world: World, merger: SimMerger, holes: readonly Hole[]): void {
  const { film, scenario } = world;
  const { record } = merger;
  const sha256 = filmSha256(merger.filmEpoch.film);
  const expected = scenario.targetError === undefined && holes.length === 0 ? film.wholeSha256 : undefined;
  if (expected !== undefined && sha256 !== expected) world.violate("the film is not the reference");
  if (sha256 === expected && record.isFull && scenario.poison.length === 0) return;
  if (filmSha256(film.filmWith((pixel, sample) => record.has(pixel, sample))) !== sha256) {
    world.violate("the film is not the sum of what was merged");
  }
  if (scenario.targetError !== undefined) checkAdaptive(world, sha256, scenario.targetError);
  if (holes.length > 0 || scenario.poison.length > 0) checkHoles(world, merger, holes);
}

/** What is missing lies in holes, and each hole has a poisoned sample. */
function checkHoles(world: World, { record }: SimMerger, holes: readonly Hole[]): void {
  const { film, scenario } = world;
  const excused = new Set<number>();
  for (const { rect, fromSample } of holes) {
    const isRight = scenario.poison.some(
      ({ x, y, sampleIndex }) => sampleIndex >= fromSample && contains(rect, { x0: x, y0: y, x1: x + 1, y1: y + 1 }),
    );
    if (!isRight) world.violate(`a hole without poison: ${JSON.stringify(rect)} from ${fromSample}`);
    film.eachPixel(rect, (pixel) => {
      for (let sample = fromSample; sample < film.budgetSpp; sample++) excused.add(pixel * film.budgetSpp + sample);
    });
  }
  for (let pixel = 0; pixel < film.pixelCount; pixel++) {
    for (let sample = 0; sample < film.budgetSpp; sample++) {
      if (!record.has(pixel, sample) && !excused.has(pixel * film.budgetSpp + sample)) {
        world.violate(`pixel ${pixel} lacks sample ${sample}, and no hole says so`);
        return;
      }
    }
  }
}

const adaptiveReferences = new Map<AnalyticFilm, Map<number, string>>();

/** Each tile ends at the first decision count at which its error is low enough, whoever rendered it in what order. */
function checkAdaptive(world: World, sha256: string, targetError: number): void {
  const references = adaptiveReferences.get(world.film) ?? new Map<number, string>();
  adaptiveReferences.set(world.film, references);
  const expected = references.get(targetError) ?? adaptiveSha256(world.film, targetError);
  references.set(targetError, expected);
  if (sha256 !== expected) world.violate("the adaptive film is not the reference");
}

function adaptiveSha256(film: AnalyticFilm, targetError: number): string {
  const { cropWindow, tileSizePx } = film.spec;
  const tiling = tilingOf(cropWindow, tileSizePx);
  const counts = new Uint32Array(film.pixelCount);
  for (let tileIndex = 0; tileIndex < tiling.tileCount; tileIndex++) {
    const rect = tileRect(tiling, tileIndex);
    let spp = 2;
    while (spp < film.budgetSpp) {
      const limit = spp;
      const error = tileError(
        film.filmWith((_, sample) => sample < limit),
        rect,
      );
      if ((error ?? Number.POSITIVE_INFINITY) <= targetError) break;
      spp *= 2;
    }
    film.eachPixel(rect, (pixel) => {
      counts[pixel] = Math.min(spp, film.budgetSpp);
    });
  }
  return filmSha256(film.filmWith((pixel, sample) => sample < counts[pixel]));
}
