// One viewer's stream over real gRPC: frames of what changed, at the viewer's pace.
import { inflateRawSync } from "node:zlib";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GrpcClient } from "../../../../host/grpc-client.ts";
import { type GrpcServer, serveGrpc } from "../../../../host/grpc-server.ts";
import { coarseGrid } from "../../../../merger/coarse-preview.ts";
import type { Merger } from "../../../../merger/merger.ts";
import { halfPlanes } from "../../../../merger/preview/half-float.ts";
import { resolve } from "../../../../merger/resolve.ts";
import { wiredFilm } from "../../../../merger/wired-film.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { FilmService } from "../../../../proto/gen/arras/v1/film_pb.ts";
import {
  PreviewEncoding,
  type PreviewFrame,
  type PreviewRequest,
  PreviewRequestSchema,
  PreviewWishSchema,
} from "../../../../proto/gen/arras/v1/preview_pb.ts";
import { limits } from "../../../../proto/limits.ts";
import { tileRect, tilingOf } from "../../../../proto/tiling.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { FakeDenoiser } from "../../../fakes/fake-denoiser.ts";
import { unitOf } from "../../../fakes/films.ts";
import { until } from "../../../fakes/settled.ts";
import { silentLog } from "../../../fakes/silent-log.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { filmSpecOf, planesOf } from "../analytic-samples.ts";

const film = filmSpecOf({ widthPx: 32, heightPx: 16 });
const freshAddress = socketFolder();
const ours = { sessionId: "s", token: "secret" };
const nobody = { computation: "mcrt_i0", nodeId: "n", clampedCount: 0, nonFiniteCount: 0 };

describe("the merger's preview", () => {
  let clock: FakeClock;
  let merger: Merger;
  let denoiser: FakeDenoiser;
  let server: GrpcServer;
  let client: GrpcClient;
  /** Called before a tile is encoded. */
  let encoding: () => void;
  let encodedCount: number;

  beforeEach(async () => {
    clock = new FakeClock();
    denoiser = new FakeDenoiser();
    const stores = { checkpoints: undefined, images: undefined };
    const { tileEncoder, service, ...wired } = wiredFilm({ ...ours, denoiser, clock, log: silentLog, stores });
    merger = wired.merger;
    const encode = tileEncoder.encode.bind(tileEncoder);
    encodedCount = 0;
    tileEncoder.encode = (...what) => {
      encodedCount += 1;
      encoding();
      return encode(...what);
    };
    encoding = () => {};
    server = await serveGrpc(freshAddress(), [service]);
    client = new GrpcClient({ address: server.address, service: FilmService, peer: "the merger" });
    merger.open(1, film);
  });
  afterEach(async () => {
    client.close();
    await server.close();
  });

  function merge(tileIndex: number, begin: number, count: number): void {
    const unit = unitOf(tileIndex, begin, count, 1, film);
    merger.contribute(unit, planesOf(film, unit), nobody);
  }

  function mergeCoarse(tileIndex: number): void {
    const rect = tileRect(tilingOf(film.cropWindow, film.tileSizePx), tileIndex);
    const coarse = { epoch: 1, tileIndex, rect, sampleBegin: 0, sampleEnd: 1, stridePx: limits.coarseStridePx };
    const points = { ...coarse, rect: coarseGrid(rect, limits.coarseStridePx), stridePx: 1 };
    merger.contribute(coarse, planesOf(film, points), nobody);
  }

  function look(wish: MessageInitShape<typeof PreviewWishSchema> = {}, token = ours.token) {
    const stream: ClientDuplexStream<PreviewRequest, PreviewFrame> = client.duplex("preview", { "arras-token": token });
    const frames = stream[Symbol.asyncIterator]() as AsyncIterator<PreviewFrame>;
    const say = (request: PreviewRequest["request"]) => stream.write(create(PreviewRequestSchema, { request }));
    const value = create(PreviewWishSchema, { outputs: ["beauty"], encoding: PreviewEncoding.HALF, ...wish });
    say({ case: "wish", value });
    return { stream, say, next: async () => (await frames.next()).value as PreviewFrame };
  }

  it("a viewer looks -> the film's means as half floats, then what changes", async () => {
    merge(0, 0, 2);
    const viewer = look();
    const first = await viewer.next();
    expect(first).toMatchObject({ frameIndex: 1n, epoch: 1, isWhole: true });
    const [tile] = first.tiles;
    const means = resolve(merger.requireOpen().film, ["beauty", "alpha"], tile?.rect).channels.map(
      ({ values }) => values,
    );
    expect(tile).toMatchObject({ output: "beauty", channelCount: 4, stridePx: 1, sppMean: 2 });
    expect(new Uint8Array(inflateRawSync(tile?.content ?? new Uint8Array()))).toEqual(halfPlanes(means));
    clock.advance(1_000);
    expect(await viewer.next()).toMatchObject({ tiles: [], denoiser: { missing: "" } });
    viewer.say({ case: "acknowledge", value: 2n });
    merge(1, 0, 1);
    clock.advance(100);
    const second = await viewer.next();
    expect(second.tiles.map(({ rect }) => rect?.x0)).toEqual([unitOf(1, 0, 1, 1, film).rect.x0]);
    viewer.stream.cancel();
  });

  it("the film is replaced while a frame of it is made -> the rest of it is left out, the new film's tiles follow", async () => {
    const large = filmSpecOf({ widthPx: 160, heightPx: 160 });
    merger.open(2, large);
    const mergeAll = (epoch: number, tileCount: number) => {
      for (let tileIndex = 0; tileIndex < tileCount; tileIndex++) {
        const unit = unitOf(tileIndex, 0, 1, epoch, large);
        merger.contribute(unit, planesOf(large, unit), nobody);
      }
    };
    mergeAll(2, 64);
    encoding = () => {
      if (merger.state?.epoch === 2) merger.open(3, large);
    };
    const viewer = look();
    const first = await viewer.next();
    expect(first).toMatchObject({ epoch: 2, isWhole: false });
    expect(encodedCount).toBeLessThan(64);
    mergeAll(3, 2);
    clock.advance(100);
    const second = await viewer.next();
    expect([second.epoch, second.tiles.length]).toEqual([3, 2]);
    viewer.stream.cancel();
  });

  it("the film is empty, and stays so for a while -> the viewer is told that this is all", async () => {
    const viewer = look();
    const told: PreviewFrame[] = [];
    void viewer.next().then((frame) => told.push(frame));
    await until(() => {
      clock.advance(100);
      return told.length > 0;
    });
    expect(told[0]).toMatchObject({ frameIndex: 1n, tiles: [], isWhole: true });
    viewer.stream.cancel();
  });

  it("a tile is there coarse, and has a sample -> coarse at once, then as it is; only that is all there is", async () => {
    mergeCoarse(0);
    merge(0, 0, 1);
    const viewer = look({ outputs: ["beauty", "samples"] });
    const seen = async () => {
      const { tiles, frameIndex, isWhole } = await viewer.next();
      viewer.say({ case: "acknowledge", value: frameIndex });
      clock.advance(100);
      return [isWhole, ...tiles.map(({ output, stridePx }) => `${output} ${stridePx}`)];
    };
    expect(await seen()).toEqual([false, `beauty ${limits.coarseStridePx}`]);
    expect(await seen()).toEqual([true, "beauty 1", "samples 1"]);
    viewer.stream.cancel();
  });

  it("the last of the coarse picture comes right after a frame -> it is shown at once; samples wait", async () => {
    mergeCoarse(0);
    const viewer = look();
    expect((await viewer.next()).tiles.map(({ rect }) => rect?.x0)).toEqual([0]);
    viewer.say({ case: "acknowledge", value: 1n });
    mergeCoarse(1);
    clock.advance(0);
    expect((await viewer.next()).tiles.map(({ rect }) => rect?.x0)).toEqual([16]);
    viewer.say({ case: "acknowledge", value: 2n });
    merge(0, 0, 1);
    clock.advance(limits.tileStatusIntervalMs / 2);
    expect(encodedCount).toBe(0);
    viewer.stream.cancel();
  });

  it("denoised is wished beside the beauty -> both", async () => {
    merge(0, 0, 1);
    const viewer = look({ outputs: ["beauty", "denoised"] });
    const seen: string[] = [];
    while (!seen.includes("denoised")) {
      const { tiles, frameIndex } = await viewer.next();
      seen.push(...tiles.map(({ output }) => output));
      viewer.say({ case: "acknowledge", value: frameIndex });
      clock.advance(100);
    }
    expect(seen).toContain("beauty");
    expect(denoiser.asked).toHaveLength(1);
    viewer.stream.cancel();
  });

  it("denoised is wished and fails -> refused with the reason", async () => {
    denoiser.failure = new ArrasError("output-failed", { message: "it burnt", action: "Cool it." });
    merge(0, 0, 1);
    const viewer = look({ outputs: ["denoised"] });
    const ended = async () => {
      for (;;) await viewer.next();
    };
    expect(client.error(await ended().catch((thrown: unknown) => thrown))).toMatchObject({ code: "output-failed" });
  });

  it("pictures are wished -> WebP tiles", async () => {
    merge(0, 0, 1);
    const viewer = look({ encoding: PreviewEncoding.WEBP, exposureStops: 1 });
    const [tile] = (await viewer.next()).tiles;
    expect(Buffer.from(tile?.content ?? []).toString("latin1", 8, 12)).toBe("WEBP");
    viewer.stream.cancel();
  });

  it.each([
    ["another token", {}, "other", "unauthenticated"],
    ["an output that the film lacks", { outputs: ["normal "] }, ours.token, "usage"],
  ])("%s -> refused", async (_, wish, token, code) => {
    const viewer = look(wish, token);
    const refused = await viewer.next().catch((thrown: unknown) => client.error(thrown));
    expect(refused).toMatchObject({ code });
  });

  it("a frame that was never sent is acknowledged -> refused", async () => {
    merge(0, 0, 1);
    const viewer = look();
    viewer.say({ case: "acknowledge", value: 7n });
    await viewer.next();
    const refused = await viewer.next().catch((thrown: unknown) => client.error(thrown));
    expect(refused).toMatchObject({ code: "message-malformed" });
  });
});
