// FilmService with a real merger behind it and a real client before it: who may speak, and what is said to whom.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ClientReadableStream } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GrpcClient } from "../../../host/grpc-client.ts";
import { type GrpcServer, serveGrpc } from "../../../host/grpc-server.ts";
import type { Merger } from "../../../merger/merger.ts";
import { wiredFilm } from "../../../merger/wired-film.ts";
import { errorFromMessage } from "../../../proto/error-message.ts";
import { filmSpecToMessage } from "../../../proto/film-spec-message.ts";
import { PlaneEncoding } from "../../../proto/gen/arras/v1/common_pb.ts";
import {
  type Acknowledgement,
  Admission,
  type CheckpointReply,
  CheckpointRequestSchema,
  type Contribution,
  ContributionSchema,
  DenoiserRequestSchema,
  EncodeImageRequestSchema,
  type FilmPixel,
  type FilmReceipt,
  FilmService,
  type ImageChunk,
  type OpenFilmReply,
  OpenFilmRequestSchema,
  PixelRequestSchema,
  ReceiptRequestSchema,
  type StoreImageReply,
  StoreImageRequestSchema,
  type TakeOutReply,
  TakeOutRequestSchema,
  type TileStatuses,
  WatchTilesRequestSchema,
} from "../../../proto/gen/arras/v1/film_pb.ts";
import type { PreviewDenoiser } from "../../../proto/gen/arras/v1/preview_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { type Unit, unitToMessage } from "../../../proto/unit.ts";
import { noise, pieces } from "../../contract/object-store.contract.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeDenoiser } from "../../fakes/fake-denoiser.ts";
import { unitOf } from "../../fakes/films.ts";
import { MemoryObjectStore } from "../../fakes/memory-object-store.ts";
import { until } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";
import { filmSpecOf, planesOf } from "./analytic-samples.ts";

const freshAddress = socketFolder();
const film = filmSpecOf({ widthPx: 32, heightPx: 16 });
const ours = { sessionId: "s", token: "secret" };
const strangers = [
  ["no token", { sessionId: "s", token: "" }, "unauthenticated"],
  ["another token", { sessionId: "s", token: "secreT" }, "unauthenticated"],
  ["a longer token", { sessionId: "s", token: "secret " }, "unauthenticated"],
  ["a wrong token, and a wrong session", { sessionId: "t", token: "x" }, "unauthenticated"],
  ["the token, but another session", { sessionId: "t", token: "secret" }, "session-missing"],
] as const;

const encodings = {
  constant: PlaneEncoding.CONSTANT,
  int32: PlaneEncoding.INT32,
  float64: PlaneEncoding.FLOAT64,
  float32: PlaneEncoding.FLOAT32,
} as const;

function contributionOf(unit: Unit, overrides: MessageInitShape<typeof ContributionSchema> = {}): Contribution {
  return create(ContributionSchema, {
    sessionId: "s",
    computation: "mcrt_i0",
    unit: unitToMessage(unit),
    planes: planesOf(film, unit).map(({ encoding, bytes }) => ({ encoding: encodings[encoding], values: bytes })),
    ...overrides,
  });
}

describe("the merger's service", () => {
  let clock: FakeClock;
  let merger: Merger;
  let store: MemoryObjectStore;
  let images: MemoryObjectStore;
  let server: GrpcServer;
  let client: GrpcClient;

  beforeEach(async () => {
    clock = new FakeClock();
    store = new MemoryObjectStore();
    images = new MemoryObjectStore();
    const stores = { checkpoints: store, images };
    const wired = wiredFilm({ ...ours, denoiser: new FakeDenoiser(), clock, log: silentLog, stores });
    merger = wired.merger;
    server = await serveGrpc(freshAddress(), [wired.service]);
    client = new GrpcClient({ address: server.address, service: FilmService, peer: "the merger" });
  });
  afterEach(async () => {
    client.close();
    await server.close();
  });

  const openFilm = (
    who: { sessionId: string; token: string } = ours,
    epoch = 1,
    checkpoint = "",
  ): Promise<OpenFilmReply> =>
    client.unary(
      "openFilm",
      create(OpenFilmRequestSchema, { ...who, epoch, film: filmSpecToMessage(film), checkpoint }),
      60_000,
    );
  const writeCheckpoint = (who: { sessionId: string; token: string } = ours): Promise<CheckpointReply> =>
    client.unary("writeCheckpoint", create(CheckpointRequestSchema, who), 60_000);
  const takeOut = (fields: MessageInitShape<typeof TakeOutRequestSchema>): Promise<TakeOutReply> =>
    client.unary("takeOut", create(TakeOutRequestSchema, { ...ours, ...fields }), 60_000);
  const readReceipt = (who: { sessionId: string; token: string } = ours): Promise<FilmReceipt> =>
    client.unary("readReceipt", create(ReceiptRequestSchema, who), 60_000);
  const watchTiles = (who: { sessionId: string; token: string } = ours): ClientReadableStream<TileStatuses> =>
    client.serverStream("watchTiles", create(WatchTilesRequestSchema, who));
  const readDenoiser = (who: { sessionId: string; token: string } = ours): Promise<PreviewDenoiser> =>
    client.unary("readDenoiser", create(DenoiserRequestSchema, who), 60_000);
  const readPixel = (x: number, y: number, who: { sessionId: string; token: string } = ours): Promise<FilmPixel> =>
    client.unary("readPixel", create(PixelRequestSchema, { ...who, x, y }), 60_000);
  const storeImage = (encoding = "png"): Promise<StoreImageReply> =>
    client.unary(
      "storeImage",
      create(StoreImageRequestSchema, { ...ours, image: { format: { case: "display", value: { encoding } } } }),
      60_000,
    );
  const encodeImage = (
    who: { sessionId: string; token: string } = ours,
    encoding = "png",
  ): ClientReadableStream<ImageChunk> =>
    client.serverStream(
      "encodeImage",
      create(EncodeImageRequestSchema, { ...who, format: { case: "display", value: { encoding } } }),
    );

  /** All that a stream says; rejects with our error. */
  async function all<Message>(stream: ClientReadableStream<Message>): Promise<Message[]> {
    const messages: Message[] = [];
    try {
      for await (const message of stream as AsyncIterable<Message>) messages.push(message);
    } catch (thrown) {
      throw client.error(thrown);
    }
    return messages;
  }

  /** Sends all at once on one stream and ends it; resolves with what came back. */
  async function contribute(messages: readonly Contribution[], token = "secret"): Promise<Acknowledgement[]> {
    const call = client.duplex<Contribution, Acknowledgement>("contribute", { "arras-token": token });
    for (const message of messages) call.write(message);
    call.end();
    return all(call as unknown as ClientReadableStream<Acknowledgement>);
  }

  it.each(strangers)("%s -> nothing is told and nothing is done", async (_, who, code) => {
    const refused = { code };
    await expect(openFilm(who)).rejects.toMatchObject(refused);
    expect(merger.state).toBeUndefined();
    await openFilm();
    await expect(readReceipt(who)).rejects.toMatchObject(refused);
    await expect(all(watchTiles(who))).rejects.toMatchObject(refused);
    await expect(all(encodeImage(who))).rejects.toMatchObject(refused);
    await expect(writeCheckpoint(who)).rejects.toMatchObject(refused);
    await expect(takeOut(who)).rejects.toMatchObject(refused);
    await expect(readPixel(1, 1, who)).rejects.toMatchObject(refused);
    expect(store.objects.size).toBe(0);
  });

  it("a checkpoint is written, and a film begins with it in a later epoch -> the same film", async () => {
    await expect(writeCheckpoint()).rejects.toMatchObject({ code: "session-state" });
    expect(await openFilm()).toMatchObject({ restored: false });
    await contribute([contributionOf(unitOf(0, 0, 1, 1, film)), contributionOf(unitOf(1, 0, 2, 1, film))]);
    const { filmSha256 } = await readReceipt();
    const written = await writeCheckpoint();
    expect(written).toMatchObject({ sampleCount: 3n * 256n });
    expect(BigInt(store.objects.get(written.digest)?.byteLength ?? 0)).toBe(written.sizeBytes);
    expect(await openFilm(ours, 2, written.digest)).toMatchObject({ restored: true });
    expect(await openFilm(ours, 2)).toMatchObject({ restored: true });
    expect(await readReceipt()).toMatchObject({ epoch: 2, filmSha256, sampleCount: written.sampleCount });
    const again = await contribute([contributionOf(unitOf(1, 0, 2, 2, film))]);
    expect(again[0]?.admission).toBe(Admission.DUPLICATE);
  });

  it("a checkpoint that is not there, or cannot be read -> told with its code, and an empty film opens after that", async () => {
    const { digest } = await store.add(pieces(noise(1000)));
    await expect(openFilm(ours, 1, digest)).rejects.toMatchObject({ code: "checkpoint-broken" });
    await expect(openFilm(ours, 1, "0".repeat(64))).rejects.toMatchObject({ code: "object-missing" });
    expect(merger.state).toBeUndefined();
    expect(await openFilm()).toMatchObject({ restored: false });
  });

  it("a node is found wrong -> its tiles are empty, watchers learn it, and it contributes no more", async () => {
    await openFilm();
    const right = contributionOf(unitOf(0, 0, 1, 1, film), { nodeId: "right" });
    const wrong = contributionOf(unitOf(1, 0, 2, 1, film), { nodeId: "wrong" });
    await contribute([right, wrong]);
    const told: TileStatuses[] = [];
    watchTiles()
      .on("data", (message: TileStatuses) => told.push(message))
      .on("error", () => {});
    await until(() => told.length > 0);
    expect(await takeOut({ nodeIds: ["wrong"] })).toMatchObject({ tileCount: 1, sampleCount: 512n });
    clock.advance(1000);
    await until(() => told.length > 1);
    expect(told[1]?.tiles).toMatchObject([{ tileIndex: 1, cells: [{ merged: [] }] }]);
    const [refused, added] = await contribute([wrong, { ...wrong, nodeId: "right" }]);
    expect(refused).toMatchObject({ admission: Admission.REFUSED, error: { code: "node-quarantined" } });
    expect(added?.admission).toBe(Admission.ADDED);
  });

  it("samples are taken out, with the rule by which tiles stop -> what it does not ask for is not added; a bad one is refused", async () => {
    await openFilm();
    const stopRule = { targetError: 0.1, sppMin: 2 };
    await takeOut({ nodeIds: ["wrong"], stopRule });
    const [early, late] = [unitOf(0, 1, 2, 1, film), unitOf(0, 2, 4, 1, film)];
    const answers = await contribute([late, early].map((unit) => contributionOf(unit, { nodeId: "right" })));
    expect(answers.map(({ admission }) => admission)).toEqual([Admission.STALE, Admission.ADDED]);
    for (const bad of [{ sppMin: 3 }, { sppMin: 1 }, { sppMin: 2, targetError: -1 }])
      await expect(takeOut({ stopRule: { ...stopRule, ...bad } })).rejects.toMatchObject({ code: "message-malformed" });
  });

  it.each(["", "secreT"])(
    "contributions with the token %j -> the stream is refused, the film stays empty",
    async (token) => {
      await openFilm();
      await expect(contribute([contributionOf(unitOf(0, 0, 1, 1, film))], token)).rejects.toMatchObject({
        code: "unauthenticated",
      });
      expect(await readReceipt()).toMatchObject({ sampleCount: 0n });
    },
  );

  it("a session's name is very long -> the answer is not", async () => {
    await expect(readReceipt({ sessionId: "x".repeat(10_000), token: "secret" })).rejects.toMatchObject({
      code: "session-missing",
      message: expect.stringMatching(/^.{1,200}$/),
    });
  });

  it("somebody asks for a denoiser before there is a film -> what it is, to who knows the token", async () => {
    expect(await readDenoiser()).toMatchObject({ name: expect.stringContaining("Fake Denoiser 1.0"), missing: "" });
    await expect(readDenoiser({ ...ours, token: "guessed" })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("a pixel is asked for -> what the film holds there; one beside the film is refused", async () => {
    await expect(readPixel(1, 1)).rejects.toMatchObject({ code: "session-state" });
    await openFilm();
    await contribute([contributionOf(unitOf(0, 0, 2, 1, film))]);
    const { sampleCount, error, outputs } = await readPixel(1, 1);
    expect([sampleCount, Number.isFinite(error), outputs[0]?.output]).toEqual([2, true, "beauty"]);
    await expect(readPixel(film.widthPx, 0)).rejects.toMatchObject({ code: "usage" });
  });

  it("no film is open -> every call says session-state; a contribution is to come again on another stream", async () => {
    await expect(readReceipt()).rejects.toMatchObject({ code: "session-state" });
    await expect(all(encodeImage())).rejects.toMatchObject({ code: "session-state" });
    const both = [contributionOf(unitOf(0, 0, 1, 1, film)), contributionOf(unitOf(1, 0, 2, 1, film))];
    await expect(contribute(both)).rejects.toMatchObject({ code: "unavailable" });
    await openFilm();
    expect((await contribute(both)).map(({ admission }) => admission)).toEqual([Admission.ADDED, Admission.ADDED]);
  });

  it("a film cannot be opened -> the merger's reason; an unset film is malformed", async () => {
    await openFilm(ours, 3);
    await expect(openFilm(ours, 2)).rejects.toMatchObject({ code: "session-state" });
    await expect(
      client.unary("openFilm", create(OpenFilmRequestSchema, { ...ours, epoch: 4 }), 60_000),
    ).rejects.toMatchObject({ code: "message-malformed" });
  });

  it("new, repeated, stale and coarse -> acknowledged as such, each with its unit, in the order of sending", async () => {
    await openFilm(ours, 2);
    const first = unitOf(0, 0, 2, 2, film);
    const coarse = { ...unitOf(1, 0, 1, 2, film), stridePx: limits.coarseStridePx };
    const coarsePlanes = planesOf(film, { ...coarse, rect: { x0: 16, y0: 0, x1: 18, y1: 2 } });
    const answers = await contribute([
      contributionOf(first),
      contributionOf(first),
      contributionOf(unitOf(0, 2, 1, 1, film)),
      contributionOf(coarse, {
        planes: coarsePlanes.map(({ encoding, bytes }) => ({ encoding: encodings[encoding], values: bytes })),
      }),
    ]);
    expect(answers.map(({ admission }) => Admission[admission])).toEqual(["ADDED", "DUPLICATE", "STALE", "ADDED"]);
    expect(answers.map(({ unit }) => [unit?.epoch, unit?.tileIndex, unit?.stridePx])).toEqual([
      [2, 0, 1],
      [2, 0, 1],
      [1, 0, 1],
      [2, 1, limits.coarseStridePx],
    ]);
    expect(await readReceipt()).toMatchObject({
      epoch: 2,
      sampleCount: 512n,
      contributors: [{ computation: "mcrt_i0", sampleCount: 512n, duplicateCount: 1n }],
    });
  });

  it("a malformed contribution between good ones -> refused with the reason; the good ones count", async () => {
    await openFilm();
    const good = (sampleBegin: number) => contributionOf(unitOf(0, sampleBegin, 1, 1, film));
    const { unit: _, ...withoutUnit } = good(1);
    const answers = await contribute([
      good(0),
      create(ContributionSchema, { ...withoutUnit }),
      contributionOf(unitOf(0, 1, 1, 1, film), { sessionId: "t" }),
      contributionOf(unitOf(0, 1, 1, 1, film), { planes: [] }),
      contributionOf(unitOf(0, 1, 1, 1, film), { planes: [{ encoding: 99 as PlaneEncoding }] }),
      contributionOf(unitOf(0, 1, 1, 1, film), { planes: [{ encoding: PlaneEncoding.UNSPECIFIED }] }),
      good(1),
    ]);
    expect(answers.map(({ admission }) => Admission[admission])).toEqual([
      "ADDED",
      ...Array.from({ length: 5 }, () => "REFUSED"),
      "ADDED",
    ]);
    const errors = answers.flatMap(({ error }) => (error === undefined ? [] : [errorFromMessage(error)]));
    expect(errors.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => "message-malformed"));
    expect(errors[1]?.message).toContain("another session");
    expect(errors[3]?.message).toContain("unknown encoding 99");
    expect(answers[1]?.unit).toBeUndefined();
    expect(await readReceipt()).toMatchObject({ sampleCount: 512n });
  });

  it("a part of what is in comes again with more -> refused: it overlaps", async () => {
    await openFilm();
    const answers = await contribute([
      contributionOf(unitOf(0, 0, 2, 1, film)),
      contributionOf(unitOf(0, 1, 2, 1, film)),
    ]);
    expect(answers[1]).toMatchObject({ admission: Admission.REFUSED, error: { code: "contribution-overlaps" } });
  });

  it("tiles are watched -> the ledger first, then what changed", async () => {
    await openFilm();
    await contribute([contributionOf(unitOf(0, 0, 2, 1, film))]);
    const heard: TileStatuses[] = [];
    const watch = watchTiles().on("data", (statuses) => void heard.push(statuses));
    watch.on("error", () => {});
    await until(() => heard.some(({ ledgerComplete }) => ledgerComplete));
    const told = heard.splice(0).flatMap(({ tiles }) => tiles);
    expect(told.find(({ tileIndex }) => tileIndex === 0)?.cells[0]?.merged).toMatchObject([{ begin: 0, end: 2 }]);
    await contribute([contributionOf(unitOf(1, 0, 1, 1, film))]);
    clock.advance(limits.tileStatusIntervalMs);
    await until(() => heard.length > 0);
    expect(heard.flatMap(({ tiles }) => tiles.map(({ tileIndex }) => tileIndex))).toEqual([1]);
    watch.cancel();
  });

  it("watchers come and go, more than may watch at once -> each has its place; one too many is refused", async () => {
    await openFilm();
    const watching = async () => {
      const watch = watchTiles();
      watch.on("error", () => {});
      await new Promise((resolve) => watch.once("data", resolve));
      return watch;
    };
    const watches = await Promise.all(Array.from({ length: limits.tileWatchersMax }, watching));
    await expect(all(watchTiles())).rejects.toMatchObject({ code: "unavailable" });
    const left = watches.pop()!;
    const gone = new Promise((resolve) => left.once("error", resolve));
    left.cancel();
    await gone;
    await readReceipt(); // behind the cancellation on the same connection
    const another = await watching();
    for (const watch of [...watches, another]) watch.cancel();
  });

  it("an image is to be stored -> the bytes that are fetched, under their digest", async () => {
    await openFilm();
    const fetched = Buffer.concat((await all(encodeImage())).map(({ content }) => content));
    const { digest, sizeBytes } = await storeImage();
    expect(Buffer.from(images.objects.get(digest) ?? []).equals(fetched)).toBe(true);
    expect(sizeBytes).toBe(BigInt(fetched.length));
  });

  it("an impossible image is to be stored, or none -> refused, and nothing is stored", async () => {
    await openFilm();
    await expect(storeImage("gif")).rejects.toMatchObject({ code: "usage" });
    const none = create(StoreImageRequestSchema, ours);
    await expect(client.unary("storeImage", none, 60_000)).rejects.toMatchObject({ code: "message-malformed" });
    expect(images.objects.size).toBe(0);
  });

  it("an image -> its file; an impossible one -> usage", async () => {
    await openFilm();
    const bytes = Buffer.concat((await all(encodeImage())).map(({ content }) => content));
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    await expect(all(encodeImage(ours, "gif"))).rejects.toMatchObject({ code: "usage" });
  });
});
