// A renderer without a scene: an analytic picture with knobs for every way of failing. For tests and simulation; it
// passes the same contract tests as embree.
import { existsSync } from "node:fs";
import { ArrasError } from "../../../proto/errors.ts";
import { type FilmChannel, filmChannels, quantumsPerUnit, sampleClampLimit } from "../../../proto/film-spec.ts";
import type { PlaneEncoding, WirePlane } from "../../../proto/wire-plane.ts";
import type { SceneUpdate } from "../../scene/description.ts";
import type {
  PickedPoint,
  PreparedScene,
  PrepareRequest,
  RenderedUnit,
  Renderer,
  RendererCapabilities,
  RenderUnit,
} from "../renderer.ts";
import { checkUnitInFilm } from "../unit-bounds.ts";
import { type FakeImage, fakeSample, noiseAt } from "./fake-image.ts";
import type { FakeSettings } from "./fake-options.ts";

const lookAgainMs = 20;

export class FakeRenderer implements Renderer {
  readonly #settings: FakeSettings;
  #prepared: PrepareRequest | undefined;
  #update: SceneUpdate | undefined;
  #ballast: Buffer | undefined;
  readonly #nodeId: string;
  #wrongCount = 0;

  /** `nodeId`: where it runs, for faults of one node. */
  constructor(settings: FakeSettings, nodeId = "") {
    this.#settings = settings;
    this.#nodeId = nodeId;
  }

  capabilities(): RendererCapabilities {
    return { name: "fake", version: "1", instructionSet: "fake" };
  }

  async prepare(request: PrepareRequest): Promise<PreparedScene> {
    if (this.#settings.failPrepare) {
      throw new ArrasError("scene-broken", { message: "The fake scene is broken", action: "Turn failPrepare off." });
    }
    this.#prepared = request;
    this.#update = undefined;
    this.#ballast = Buffer.alloc(this.#settings.allocateBytes, 1);
    return { triangleCount: 0, lightCount: 0, sizeBytes: this.#ballast.length };
  }

  async update(update: SceneUpdate): Promise<void> {
    this.#require();
    this.#update = update;
  }

  async render(unit: RenderUnit, signal: AbortSignal): Promise<RenderedUnit> {
    const prepared = this.#require();
    checkUnitInFilm(unit, prepared.film);
    const startedMs = performance.now();
    await this.#misbehave(unit, signal);
    const grid = pixelsOf(unit);
    const sampleCount = unit.sampleEnd - unit.sampleBegin;
    await this.#spend(this.#settings.costMsPerSample * grid.length * sampleCount, signal);
    const planes = filmChannels(prepared.film).map((channel, _, all) => this.#plane(channel, all, unit, grid));
    if (this.#settings.wrongSizeAt !== undefined && touches(unit, this.#settings.wrongSizeAt)) {
      planes[0] = { encoding: planes[0]!.encoding, bytes: planes[0]!.bytes.subarray(1) };
    }
    const renderMs = performance.now() - startedMs;
    return { planes, renderMs, clampedCount: 0, nonFiniteCount: 0, clampedSamples: [], nonFiniteSamples: [] };
  }

  /** A wall at depth 1, but for the background. */
  async pick(x: number, y: number): Promise<PickedPoint | undefined> {
    const { film } = this.#require();
    if (x < film.widthPx / 10) return undefined;
    return { objectId: 1, materialIndex: 0, depth: 1, position: [x, y, -1], normal: [0, 0, 1], lights: [] };
  }

  async debugSample(x: number, y: number, sampleIndex: number): Promise<string> {
    const { film } = this.#require();
    const image = this.#image();
    const values = filmChannels(film).map((c) => `${c.output}.${c.channel} ${fakeSample(image, c, x, y, sampleIndex)}`);
    return values.join("\n");
  }

  async close(): Promise<void> {
    this.#prepared = undefined;
    this.#ballast = undefined;
  }

  #require(): PrepareRequest {
    if (this.#prepared === undefined) {
      throw new ArrasError("renderer-failed", { message: "No scene is prepared", action: "Call prepare first." });
    }
    return this.#prepared;
  }

  #image(): FakeImage {
    const prepared = this.#require();
    const { seed } = prepared.sampling;
    const { widthPx, heightPx } = prepared.film;
    return { seed, widthPx, heightPx, noise: this.#settings.noise, blue: blueOf(prepared, this.#update) };
  }

  async #misbehave(unit: RenderUnit, signal: AbortSignal): Promise<void> {
    const { crashAt, hangAt, failAt } = this.#settings;
    if (crashAt !== undefined && touches(unit, crashAt) && hasSample(unit, crashAt.sampleIndex))
      process.kill(process.pid, "SIGKILL");
    if (hangAt !== undefined && touches(unit, hangAt)) await pause(Number.POSITIVE_INFINITY, signal);
    if (failAt !== undefined && touches(unit, failAt)) {
      throw new ArrasError("renderer-failed", { message: "The fake renderer fails here", action: "Turn failAt off." });
    }
  }

  async #spend(costMs: number, signal: AbortSignal): Promise<void> {
    const { costUntil } = this.#settings;
    if (costUntil === undefined) return pause(costMs, signal);
    const endMs = performance.now() + costMs;
    for (let leftMs = costMs; leftMs > 0 && !existsSync(costUntil); leftMs = endMs - performance.now())
      await pause(Math.min(leftMs, lookAgainMs), signal);
  }

  /** Quantums. */
  #errorOf({ rect, sampleBegin }: RenderUnit): number {
    const { wrongAt } = this.#settings;
    if (wrongAt === undefined || (wrongAt.node !== undefined && wrongAt.node !== this.#nodeId)) return 0;
    if (noiseAt(7, rect.x0, rect.y0, sampleBegin) >= wrongAt.share) return 0;
    this.#wrongCount += 1;
    return wrongAt.changes ? this.#wrongCount : 1;
  }

  /** In loops: where it costs nothing by its options, what is measured is the system's time, not this. */
  #plane(channel: FilmChannel, channels: readonly FilmChannel[], unit: RenderUnit, grid: readonly Pixel[]): WirePlane {
    if (channel.op !== "sum") {
      const nearest = nearestValues(this.#image(), channel, channels, unit, grid);
      return { encoding: "float32", bytes: bytesOf(nearest) };
    }
    const sums = sumsOf(this.#image(), channel, sampleClampLimit(this.#require().film.maxSpp), unit, grid);
    if (channel === channels[0] && sums.length > 0) sums[0]! += this.#errorOf(unit);
    return encodeSums(sums);
  }
}

/** Quantums. */
function sumsOf(
  image: FakeImage,
  channel: FilmChannel,
  limit: number,
  { sampleBegin, sampleEnd }: RenderUnit,
  grid: readonly Pixel[],
): Float64Array {
  const sums = new Float64Array(grid.length);
  for (let at = 0; at < grid.length; at++) {
    const { x, y } = grid[at]!;
    for (let i = sampleBegin; i < sampleEnd; i++) {
      const value = Math.min(limit, Math.max(-limit, fakeSample(image, channel, x, y, i)));
      sums[at]! += Math.round(value * quantumsPerUnit);
    }
  }
  return sums;
}

/** Of each pixel's nearest sample; of several that are as near, the one with the least values of the output. */
function nearestValues(
  image: FakeImage,
  channel: FilmChannel,
  channels: readonly FilmChannel[],
  { sampleBegin, sampleEnd }: RenderUnit,
  grid: readonly Pixel[],
): Float32Array {
  const depth = channels.find((c) => c.output === "depth")!;
  const compared = [depth, ...channels.filter((c) => c.output === channel.output)];
  const place = channel.op === "min" ? 0 : compared.lastIndexOf(channel);
  const nearest = new Float32Array(grid.length);
  for (let at = 0; at < grid.length; at++) {
    const { x, y } = grid[at]!;
    const valueAt = (c: FilmChannel, i: number) => fakeSample(image, c, x, y, i);
    let best = sampleBegin;
    for (let i = sampleBegin + 1; i < sampleEnd; i++) {
      const differing = compared.find((c) => valueAt(c, i) !== valueAt(c, best));
      if (differing !== undefined && valueAt(differing, i) < valueAt(differing, best)) best = i;
    }
    nearest[at] = valueAt(compared[place]!, best);
  }
  return nearest;
}

/** Of what there is to see, however it came about: a scene of which nothing differs from the fake's own has 0.5. */
function blueOf({ scene, camera }: PrepareRequest, update: SceneUpdate | undefined): number {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, value) => total + value, 0);
  const edited = new Map(update?.materials.map((factors) => [factors.materialIndex, factors]));
  const factors = scene.materials.map((material, index) => edited.get(index) ?? material);
  const lights = update?.lights ?? scene.lights;
  const light = sum(lights.flatMap((each) => (each.t === "directional" ? each.irradiance : each.intensity)));
  const place = (update?.camera ?? camera).cameraToWorld.slice(12, 15);
  const parts = [
    ...place,
    update?.environment?.rotationRad ?? scene.environment?.rotationRad ?? 0,
    sum(update?.environment?.tint ?? [1, 1, 1]) - 3,
    light,
    sum(
      factors.flatMap(({ baseColor, emissive, roughness, metallic }) => [
        ...baseColor,
        ...emissive,
        roughness,
        metallic,
      ]),
    ),
    sum(update?.hiddenObjectIds ?? []),
  ];
  const mixed = 0.5 + sum(parts.map((value, index) => value * 0.37 * (index + 1)));
  return mixed - Math.floor(mixed);
}

interface Pixel {
  readonly x: number;
  readonly y: number;
}

function pixelsOf(unit: RenderUnit): Pixel[] {
  const pixels: Pixel[] = [];
  const first = (begin: number) => Math.ceil(begin / unit.stridePx) * unit.stridePx;
  for (let y = first(unit.rect.y0); y < unit.rect.y1; y += unit.stridePx) {
    for (let x = first(unit.rect.x0); x < unit.rect.x1; x += unit.stridePx) pixels.push({ x, y });
  }
  return pixels;
}

function encodeSums(sums: Float64Array): WirePlane {
  let isConstant = true;
  let isShort = true;
  for (let at = 0; at < sums.length; at++) {
    isConstant &&= sums[at] === sums[0];
    isShort &&= Math.abs(sums[at]!) < 2 ** 31;
  }
  if (isConstant) return plane("constant", Float64Array.of(sums[0] ?? 0));
  return isShort ? plane("int32", Int32Array.from(sums)) : plane("float64", sums);
}

function plane(encoding: PlaneEncoding, values: Int32Array | Float64Array): WirePlane {
  return { encoding, bytes: bytesOf(values) };
}

function bytesOf(values: Int32Array | Float64Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function touches(unit: RenderUnit, pixel: Pixel): boolean {
  const { x0, y0, x1, y1 } = unit.rect;
  return pixel.x >= x0 && pixel.x < x1 && pixel.y >= y0 && pixel.y < y1;
}

function hasSample(unit: RenderUnit, sampleIndex: number | undefined): boolean {
  return sampleIndex === undefined || (sampleIndex >= unit.sampleBegin && sampleIndex < unit.sampleEnd);
}

/** Infinity: until aborted. Rejects with `cancelled`. */
function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelled = () => reject(new ArrasError("cancelled", { message: "The unit was cancelled", action: "None." }));
    if (signal.aborted) return cancelled();
    if (durationMs <= 0) return resolve();
    const timer = Number.isFinite(durationMs) ? setTimeout(finish, durationMs) : undefined;
    signal.addEventListener("abort", abort, { once: true });
    function finish(): void {
      signal.removeEventListener("abort", abort);
      resolve();
    }
    function abort(): void {
      clearTimeout(timer);
      cancelled();
    }
  });
}
