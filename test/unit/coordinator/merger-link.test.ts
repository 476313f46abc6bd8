// The coordinator's way to a merger, against a FilmService that a test scripts, over a real socket.
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MergerLink, type TileListener } from "../../../coordinator/merger-link.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { EncodeImageRequestSchema, type ImageChunk } from "../../../proto/gen/arras/v1/film_pb.ts";
import { FakeFilmService } from "../../fakes/fake-film-service.ts";
import { smallFilm } from "../../fakes/films.ts";
import { until } from "../../fakes/settled.ts";
import { socketFolder } from "../../fakes/socket-folder.ts";

const freshAddress = socketFolder();
const empty = { checkpoint: "", sessionSpec: new Uint8Array(0) };
const refusal = new ArrasError("session-state", { message: "Epoch 2 cannot follow epoch 3", action: "Report it." });

describe("a link to a merger", () => {
  let service: FakeFilmService;
  let link: MergerLink;

  beforeEach(async () => {
    service = await new FakeFilmService(freshAddress()).start();
    link = new MergerLink({ address: service.address, sessionId: "s", token: "secret" });
  });
  afterEach(async () => {
    link.close();
    await service.close();
  });

  /** Notes what it hears under a name. */
  function listener(name: string, heard: string[]): TileListener {
    return {
      statuses: ({ epoch }) => void heard.push(`${name} ${epoch}`),
      broken: ({ code }) => void heard.push(`${name} ${code}`),
    };
  }

  it("a film is opened -> session, token, epoch and the film's size arrive", async () => {
    expect(await link.openFilm(2, smallFilm({ widthPx: 80 }), empty)).toBe(false);
    expect(service.opened).toMatchObject([{ sessionId: "s", token: "secret", epoch: 2, film: { widthPx: 80 } }]);
  });

  it("a checkpoint is written, and a film opened with it -> digest and size; with what it was made from", async () => {
    const { digest, sizeBytes } = await link.writeCheckpoint();
    expect([digest, sizeBytes]).toEqual([`${"0".repeat(63)}1`, 1000n]);
    const sessionSpec = new Uint8Array([1, 2]);
    expect(await link.openFilm(1, smallFilm(), { checkpoint: digest, sessionSpec })).toBe(true);
    expect(service.opened).toMatchObject([{ checkpoint: digest, sessionSpec: Buffer.from([1, 2]) }]);
  });

  it("samples of a node are to be taken out -> who, and what was emptied", async () => {
    const stopRule = { targetError: 0.1, minSpp: 16 };
    const taken = await link.takeOut({ computations: ["mcrt_i0"], nodeIds: ["n"], stopRule });
    expect(taken).toMatchObject({ tileCount: 1, sampleCount: 64n });
    expect(service.takenOut).toMatchObject([
      { sessionId: "s", computations: ["mcrt_i0"], nodeIds: ["n"], stopRule: { targetError: 0.1, sppMin: 16 } },
    ]);
  });

  it("the merger refuses -> its own code and words", async () => {
    service.openError = refusal;
    service.receiptError = refusal;
    const { code, message } = refusal;
    await expect(link.openFilm(2, smallFilm(), empty)).rejects.toMatchObject({ code, message });
    await expect(link.receipt()).rejects.toMatchObject({ code, message });
  });

  it("the receipt is asked for -> the merger's", async () => {
    expect(await link.receipt()).toMatchObject({ epoch: 1, filmSha256: "abc" });
  });

  it("tiles are watched -> with session and token, each message as it comes", async () => {
    const heard: string[] = [];
    link.watch(listener("a", heard));
    await until(() => service.watches.length === 1);
    expect(service.watches[0]?.request).toMatchObject({ sessionId: "s", token: "secret" });
    service.say([], false, 4);
    service.say([], true, 5);
    await until(() => heard.length === 2);
    expect(heard).toEqual(["a 4", "a 5"]);
  });

  it("the watch breaks -> told once, and a new one hears again", async () => {
    const heard: string[] = [];
    link.watch(listener("a", heard));
    await until(() => service.watches.length === 1);
    service.breakWatch();
    await until(() => heard.length > 0);
    link.watch(listener("b", heard));
    await until(() => service.watches.length === 2);
    service.say([], true, 6);
    await until(() => heard.length > 1);
    expect(heard).toEqual(["a unavailable", "b 6"]);
  });

  it("the merger ends the stream in order -> broken all the same: the session still needs it", async () => {
    const heard: string[] = [];
    link.watch(listener("a", heard));
    await until(() => service.watches.length === 1);
    service.watches[0]?.end();
    await until(() => heard.length > 0);
    await link.receipt();
    expect(heard).toHaveLength(1);
  });

  it("a second watch replaces the first -> the first is cancelled at the merger and hears nothing more", async () => {
    const heard: string[] = [];
    link.watch(listener("a", heard));
    await until(() => service.watches.length === 1);
    const first = service.watches[0];
    link.watch(listener("b", heard));
    await until(() => service.watches.length === 2 && first?.cancelled === true);
    service.say([], true, 7);
    await until(() => heard.length > 0);
    expect(heard).toEqual(["b 7"]);
  });

  it("the merger goes away -> the watch breaks, and calls say that it cannot be reached", async () => {
    const heard: string[] = [];
    link.watch(listener("a", heard));
    await until(() => service.watches.length === 1);
    await service.close();
    await until(() => heard.length > 0);
    expect(heard).toEqual(["a cancelled"]);
    await expect(link.receipt()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("the merger at"),
    });
  });

  it("it is closed -> the watch is cancelled at the merger, and its listener hears nothing", async () => {
    const heard: string[] = [];
    link.watch(listener("a", heard));
    await until(() => service.watches.length === 1);
    link.close();
    await until(() => service.watches[0]?.cancelled === true);
    expect(heard).toEqual([]);
  });

  it("an image is asked for -> its own session and token go, whatever the request says", async () => {
    const request = create(EncodeImageRequestSchema, { sessionId: "of somebody else", token: "guessed" });
    let text = "";
    for await (const { content } of link.encodeImage(request).chunks as AsyncIterable<ImageChunk>) {
      text += Buffer.from(content).toString();
    }
    expect(text).toBe("s secret");
  });

  it("something else is thrown at it -> an ArrasError that names the merger", () => {
    expect(link.error(refusal)).toBe(refusal);
    expect(link.error(new Error("odd"))).toBeInstanceOf(ArrasError);
  });
});
