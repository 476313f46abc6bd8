// What a session tells at its end.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { SessionTally } from "../../../coordinator/session-tally.ts";
import { PreparedSchema, UnitDoneSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { FilmReceiptSchema } from "../../../proto/gen/arras/v1/film_pb.ts";
import { HoleRecordSchema } from "../../../proto/gen/arras/v1/record_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { sessionRecord } from "../../fakes/session-plans.ts";

const prepared = (instructionSet: string) =>
  create(PreparedSchema, {
    renderer: "embree",
    rendererVersion: "4",
    instructionSet,
    objectNames: ["a"],
    camera: { name: "cam", verticalFovDeg: 40, cameraToWorld: [1, 2] },
  });
const at = (x: number) => ({ $typeName: "arras.v1.SampleAddress" as const, x, y: 2, sampleIndex: 3 });

/** Of so many pixels, one sample each. */
const unitOf = (pixelCount: number, sampleBegin = 0) => ({
  epoch: 1,
  tileIndex: 0,
  rect: { x0: 0, y0: 0, x1: pixelCount, y1: 1 },
  sampleBegin,
  sampleEnd: sampleBegin + 1,
  stridePx: 1,
});

describe("a session's tally", () => {
  it("nothing happened -> zeros", () => {
    const totals = new SessionTally(5).totals([], undefined, "scene.gltf");
    expect(totals).toMatchObject({ clampedCount: 0n, sessionMs: 0, sceneMs: 0, firstPictureMs: 0, renderMs: 0 });
    expect(totals.metadata).toMatchObject({ renderer: "", secondsPerSample: 0, sceneName: "scene.gltf" });
  });

  it("computations are prepared -> the renderer of the first, whose samples are in the film", () => {
    const tally = new SessionTally(0);
    expect(tally.rendererBuild).toBe(undefined);
    tally.prepared(prepared("avx2"));
    tally.prepared({ ...prepared("avx2"), rendererVersion: "5" });
    expect(tally.rendererBuild).toBe("embree 4");
  });

  it("times are known -> the phases between them", () => {
    const tally = new SessionTally(1000);
    Object.assign(tally, { connectedAtMs: 1100, preparedAtMs: 1400, firstPictureAtMs: 1500, endedAtMs: 3400 });
    expect(tally.totals([], undefined, "")).toMatchObject({
      sessionMs: 100,
      sceneMs: 300,
      firstPictureMs: 500,
      renderMs: 2000,
    });
  });

  it("paused twice, the second time until its end -> rendering is shorter by both, also after a takeover", () => {
    const tally = new SessionTally(0);
    tally.preparedAtMs = 100;
    tally.paused(200);
    tally.paused(250);
    tally.resumed(300);
    tally.resumed(310);
    tally.paused(400);
    expect([tally.pausedAtMs, tally.pausedMs]).toEqual([400, 100]);
    const record = sessionRecord({ preparedAtMs: 1_100n, pausedAtMs: 1_400n, pausedMs: 100n });
    for (const each of [tally, SessionTally.fromRecord(record, 500, 1_000)]) {
      each.endedAtMs = 600;
      expect(each.totals([], undefined, "").renderMs).toBe(200);
    }
  });

  it("what the film's receipt says of its contributors -> the session's counts, however often units were reported", () => {
    const contributors = [{ computation: "mcrt_i0", clampedCount: 30n, nonFiniteCount: 1n }, { clampedCount: 2n }];
    const totals = new SessionTally(0).totals([], create(FilmReceiptSchema, { contributors }), "");
    expect(totals).toMatchObject({ clampedCount: 32n, nonFiniteCount: 1n });
  });

  it("clamped and non-finite samples -> four of each kind named with the command that shows them", () => {
    const tally = new SessionTally(0);
    const done = create(UnitDoneSchema, {
      clampedSamples: [at(1), at(2), at(3)],
      nonFiniteSamples: [at(9)],
    });
    const texts = [
      ...tally.done("mcrt_i0", unitOf(100), done),
      ...tally.done("mcrt_i0", unitOf(100), done),
      ...tally.done("mcrt_i0", unitOf(100), done),
    ];
    expect(texts.filter((text) => text.includes("clamped"))).toHaveLength(4);
    expect(texts.filter((text) => text.includes("no finite value"))).toHaveLength(3);
    expect(texts[0]).toContain("--debug-sample 1,2,3");
  });

  it("the film has units that nobody reported -> they count as rendered, once where the report still comes", () => {
    const tally = new SessionTally(0);
    const rendered = () => tally.totals([], undefined, "").renderedSampleCount;
    tally.done("mcrt_i0", unitOf(100), create(UnitDoneSchema));
    tally.unheard(unitOf(100, 1));
    tally.unheard(unitOf(100, 2));
    expect(rendered()).toBe(300n);
    tally.done("mcrt_i1", unitOf(100, 2), create(UnitDoneSchema));
    expect(rendered()).toBe(300n);
  });

  it("units of some time -> seconds of one thread a pixel sample, in the metadata of the first renderer", () => {
    const tally = new SessionTally(0);
    tally.prepared(prepared("avx2"));
    tally.prepared(prepared("sse"));
    tally.done("mcrt_i0", unitOf(1000), create(UnitDoneSchema, { renderMs: 100 }));
    tally.done("mcrt_i0", unitOf(1000), create(UnitDoneSchema, { renderMs: 300 }));
    expect(tally.instructionSet).toBe("avx2");
    expect(tally.metadata("s.gltf")).toMatchObject({
      renderer: "embree 4",
      instructionSet: "avx2",
      secondsPerSample: 0.0002,
      cameraName: "cam",
      verticalFovDeg: 40,
      objectNames: ["a"],
    });
  });

  it("computations -> with what the merger says they gave; those that gave nothing too", () => {
    const receipt = create(FilmReceiptSchema, { contributors: [{ computation: "a", sampleCount: 7n }] });
    const crew = ["a", "b"].map((name) => ({ name, nodeId: "n", restartCount: 2, peakMemoryBytes: 2 ** 40 }));
    const tally = new SessionTally(0);
    tally.hole({ x0: 1, y0: 2, x1: 3, y1: 4 }, 0);
    const totals = tally.totals(crew, receipt, "");
    expect(totals.computations).toMatchObject([
      { computation: "a", nodeId: "n", sampleCount: 7n, restartCount: 2, peakMemoryBytes: 2n ** 40n },
      { computation: "b", sampleCount: 0n },
    ]);
    expect(totals.holes).toMatchObject([{ x0: 1, y0: 2, x1: 3, y1: 4 }]);
  });

  it("it is taken over -> times of another machine's clock become this one's, never of the future; the rest is as written", () => {
    const hole = create(HoleRecordSchema, { rect: { x0: 0, y0: 0, x1: 8, y1: 8 }, fromSample: 4 });
    const record = sessionRecord({
      createdAtMs: 1_000_100n,
      connectedAtMs: 1_000_300n,
      preparedAtMs: 1_009_999n,
      holes: [hole],
      instructionSet: "avx2",
      rendererBuild: "embree 3",
    });
    const tally = SessionTally.fromRecord(record, 500, 1_000_000);
    expect([tally.connectedAtMs, tally.preparedAtMs, tally.firstPictureAtMs]).toEqual([300, 500, undefined]);
    expect([tally.holes, tally.instructionSet]).toMatchObject([[{ fromSample: 4 }], "avx2"]);
    tally.prepared(prepared("sse"));
    expect([tally.instructionSet, tally.rendererBuild]).toEqual(["avx2", "embree 3"]);
    expect(tally.totals([], undefined, "").sessionMs).toBe(200);
  });

  it("a hole comes again -> from the earliest sample on; inside another -> not at all; around others -> in their place", () => {
    const tally = new SessionTally(0);
    const [small, large] = [8, 16].map((side) => ({ x0: 0, y0: 0, x1: side, y1: side }));
    tally.hole(small!, 4);
    tally.hole(small!, 6);
    tally.hole(small!, 2);
    expect(tally.holes).toEqual([{ rect: small, fromSample: 2 }]);
    tally.hole(large!, 9);
    tally.hole(small!, 1);
    expect(tally.holes).toEqual([{ rect: large, fromSample: 9 }]);
  });

  it("who rendered what -> the most first, of those who render now, and anew with each epoch; not more than are told", () => {
    const tally = new SessionTally(0);
    const names = Array.from({ length: limits.contributionsToldMax + 5 }, (_, at) => `mcrt_i${at}`);
    for (const [at, name] of names.entries()) tally.done(name, unitOf(10 * (at + 1)), create(UnitDoneSchema));
    tally.done("mcrt_i0", unitOf(1000), create(UnitDoneSchema));
    tally.done("gone", unitOf(1000), create(UnitDoneSchema));
    const crew = names.map((name) => ({ name, nodeId: "n", restartCount: 0, peakMemoryBytes: 5 }));
    const told = tally.contributions(crew);
    expect(told).toHaveLength(limits.contributionsToldMax);
    expect(told.slice(0, 2)).toMatchObject([
      { computation: "mcrt_i0", nodeId: "n", sampleCount: 1010n, peakMemoryBytes: 5n },
      { computation: names.at(-1), sampleCount: BigInt(10 * names.length) },
    ]);
    tally.startEpoch();
    expect(tally.contributions(crew)).toEqual([]);
  });
});
