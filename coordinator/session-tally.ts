// What a session has to tell at its end, gathered while it runs: clamped samples, times, restarts. Pure.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Prepared, SampleAddress, UnitDone } from "../proto/gen/arras/v1/budget_pb.ts";
import { type FilmReceipt, type ImageMetadata, ImageMetadataSchema } from "../proto/gen/arras/v1/film_pb.ts";
import type { SessionRecord } from "../proto/gen/arras/v1/record_pb.ts";
import {
  type ComputationTotalsSchema,
  type SessionTotals,
  SessionTotalsSchema,
} from "../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../proto/limits.ts";
import { contains, type PixelRect } from "../proto/rect.ts";
import { pixelSampleCount, type Unit, type UnitKey, unitKey } from "../proto/unit.ts";
import type { PresentComputation } from "./records/present-record.ts";

/** The named samples of each kind in notices; the counts go on. */
const namedSamplesMax = 4;

export interface CrewTotals {
  readonly name: string;
  readonly nodeId: string;
  readonly restartCount: number;
  readonly peakMemoryBytes: number;
}

export interface Hole {
  readonly rect: PixelRect;
  /** The first sample index that is missing. */
  readonly fromSample: number;
}

export class SessionTally {
  readonly #createdAtMs: number;
  #holes: Hole[] = [];
  connectedAtMs: number | undefined;
  preparedAtMs: number | undefined;
  firstPictureAtMs: number | undefined;
  endedAtMs: number | undefined;
  /** Since when it is paused; and all earlier pauses together. */
  #pausedAtMs: number | undefined;
  #pausedMs = 0;
  #namedClamped = 0;
  #namedNonFinite = 0;
  #renderMs = 0;
  #pixelSamples = 0;
  /** Pixel samples of units that the film has and nobody has reported; a report may still come. */
  readonly #unheard = new Map<UnitKey, number>();
  /** Of the present epoch, by computation. */
  readonly #sampleCounts = new Map<string, number>();
  #prepared: Prepared | undefined;
  /** Of a session that was taken over: what its film holds was made with it. */
  #pinnedInstructionSet: string | undefined;
  #pinnedRendererBuild: string | undefined;

  constructor(createdAtMs: number) {
    this.#createdAtMs = createdAtMs;
  }

  /** `epochOffsetMs`: from the clock's time to that since 1970. Times of another machine's clock are never in the future. */
  static fromRecord(record: SessionRecord, nowMs: number, epochOffsetMs: number): SessionTally {
    const here = (since1970: bigint) =>
      since1970 === 0n ? undefined : Math.min(nowMs, Number(since1970) - epochOffsetMs);
    const tally = new SessionTally(here(record.createdAtMs) ?? nowMs);
    tally.connectedAtMs = here(record.connectedAtMs);
    tally.preparedAtMs = here(record.preparedAtMs);
    tally.firstPictureAtMs = here(record.firstPictureAtMs);
    tally.#pausedAtMs = here(record.pausedAtMs);
    tally.#pausedMs = Number(record.pausedMs);
    for (const { rect, fromSample } of record.holes) if (rect !== undefined) tally.hole(rect, fromSample);
    if (record.instructionSet !== "") tally.#pinnedInstructionSet = record.instructionSet;
    if (record.rendererBuild !== "") tally.#pinnedRendererBuild = record.rendererBuild;
    return tally;
  }

  get pausedAtMs(): number | undefined {
    return this.#pausedAtMs;
  }

  /** Of pauses that are over. */
  get pausedMs(): number {
    return this.#pausedMs;
  }

  paused(nowMs: number): void {
    this.#pausedAtMs ??= nowMs;
  }

  resumed(nowMs: number): void {
    if (this.#pausedAtMs !== undefined) this.#pausedMs += nowMs - this.#pausedAtMs;
    this.#pausedAtMs = undefined;
  }

  /** Apart from each other: one that is reported again, with earlier samples, counts once. */
  get holes(): readonly Hole[] {
    return this.#holes;
  }

  hole(rect: PixelRect, fromSample: number): void {
    const known = this.#holes.find((each) => contains(each.rect, rect));
    const isEarlier = known !== undefined && contains(rect, known.rect) && fromSample < known.fromSample;
    if (known !== undefined && !isEarlier) return;
    this.#holes = [...this.#holes.filter((each) => !contains(rect, each.rect)), { rect, fromSample }];
  }

  prepared(prepared: Prepared): void {
    const { camera } = prepared;
    this.#prepared =
      this.#prepared === undefined || camera === undefined
        ? (this.#prepared ?? prepared)
        : { ...this.#prepared, camera };
  }

  /** The film begins anew: what was given up of the former one is wanted again. */
  startEpoch(): void {
    this.#holes = [];
    this.#sampleCounts.clear();
  }

  /** Of the renderer that made the film's first samples, e.g. "embree 0.1.0". */
  get rendererBuild(): string | undefined {
    return this.#pinnedRendererBuild ?? (this.#prepared === undefined ? undefined : rendererBuild(this.#prepared));
  }

  get instructionSet(): string | undefined {
    return this.#pinnedInstructionSet ?? this.#prepared?.instructionSet;
  }

  /** It was rendered, though its `done` has not come. */
  unheard(unit: Unit): void {
    this.#unheard.set(unitKey(unit), pixelSampleCount(unit));
  }

  /** Returns sentences worth telling: each names a command that shows the sample. */
  done(computation: string, unit: Unit, done: UnitDone): string[] {
    const pixelSamples = pixelSampleCount(unit);
    this.#unheard.delete(unitKey(unit));
    this.#sampleCounts.set(computation, (this.#sampleCounts.get(computation) ?? 0) + pixelSamples);
    this.#renderMs += done.renderMs;
    this.#pixelSamples += pixelSamples;
    const clamped = done.clampedSamples.slice(0, namedSamplesMax - this.#namedClamped);
    const nonFinite = done.nonFiniteSamples.slice(0, namedSamplesMax - this.#namedNonFinite);
    this.#namedClamped += clamped.length;
    this.#namedNonFinite += nonFinite.length;
    return [
      ...clamped.map(
        (at) => `A sample was brighter than the film holds and was clamped; see --debug-sample ${addressText(at)}`,
      ),
      ...nonFinite.map(
        (at) => `A sample had no finite value and counts as black; see --debug-sample ${addressText(at)}`,
      ),
    ];
  }

  /** Who has rendered what of the present epoch, for those who watch: see SessionEvent.contributions. */
  contributions(crew: readonly CrewTotals[]): MessageInitShape<typeof ComputationTotalsSchema>[] {
    const counts = this.#sampleCounts;
    return crew
      .filter(({ name }) => counts.has(name))
      .map(({ name, nodeId, restartCount, peakMemoryBytes }) => ({
        computation: name,
        nodeId,
        sampleCount: BigInt(counts.get(name) ?? 0),
        restartCount,
        peakMemoryBytes: BigInt(peakMemoryBytes),
      }))
      .sort((one, other) => Number(other.sampleCount - one.sampleCount))
      .slice(0, limits.contributionsToldMax);
  }

  metadata(sceneName: string): ImageMetadata {
    const prepared = this.#prepared;
    return create(ImageMetadataSchema, {
      renderer: this.rendererBuild ?? "",
      instructionSet: prepared?.instructionSet ?? "",
      secondsPerSample: this.#pixelSamples === 0 ? 0 : this.#renderMs / this.#pixelSamples / 1000,
      cameraToWorld: prepared?.camera?.cameraToWorld ?? [],
      cameraName: prepared?.camera?.name ?? "",
      verticalFovDeg: prepared?.camera?.verticalFovDeg ?? 0,
      orthographicHeight: prepared?.camera?.orthographicHeight ?? 0,
      objectNames: prepared?.objectNames ?? [],
      sceneName,
    });
  }

  totals(crew: readonly CrewTotals[], receipt: FilmReceipt | undefined, sceneName: string): SessionTotals {
    const between = (from: number | undefined, to: number | undefined) =>
      from === undefined || to === undefined ? 0 : to - from;
    return create(SessionTotalsSchema, {
      clampedCount: sumOf(receipt, "clampedCount"),
      nonFiniteCount: sumOf(receipt, "nonFiniteCount"),
      sessionMs: between(this.#createdAtMs, this.connectedAtMs),
      sceneMs: between(this.connectedAtMs, this.preparedAtMs),
      firstPictureMs: between(this.#createdAtMs, this.firstPictureAtMs),
      renderMs: Math.max(
        0,
        between(this.preparedAtMs, this.endedAtMs) - this.#pausedMs - between(this.#pausedAtMs, this.endedAtMs),
      ),
      computations: crew.map((member) => computationTotals(member, receipt)),
      holes: this.holes.map(({ rect }) => ({ $typeName: "arras.v1.PixelRect" as const, ...rect })),
      metadata: this.metadata(sceneName),
      renderedSampleCount: BigInt([...this.#unheard.values()].reduce((sum, each) => sum + each, this.#pixelSamples)),
    });
  }
}

export function crewTotals(crew: readonly PresentComputation[]): CrewTotals[] {
  return crew.map(({ berth: { name, nodeId }, restartCount, peakMemoryBytes }) => ({
    name,
    nodeId,
    restartCount,
    peakMemoryBytes,
  }));
}

function computationTotals(
  member: CrewTotals,
  receipt: FilmReceipt | undefined,
): MessageInitShape<typeof ComputationTotalsSchema> {
  const given = receipt?.contributors.find((contributor) => contributor.computation === member.name);
  return {
    computation: member.name,
    nodeId: member.nodeId,
    sampleCount: given?.sampleCount ?? 0n,
    restartCount: member.restartCount,
    peakMemoryBytes: BigInt(member.peakMemoryBytes),
  };
}

function addressText(at: SampleAddress): string {
  return `${at.x},${at.y},${at.sampleIndex}`;
}

function sumOf(receipt: FilmReceipt | undefined, field: "clampedCount" | "nonFiniteCount"): bigint {
  return (receipt?.contributors ?? []).reduce((sum, contributor) => sum + contributor[field], 0n);
}

export function rendererBuild({ renderer, rendererVersion }: Prepared): string {
  return `${renderer} ${rendererVersion}`;
}
