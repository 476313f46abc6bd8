import { create } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admit } from "../../merger/admit.ts";
import { FilmEpoch } from "../../merger/film-epoch.ts";
import { filmSha256 } from "../../merger/film-hash.ts";
import {
  Admission,
  ReceiptRequestSchema,
  type TileStatuses,
  WatchTilesRequestSchema,
} from "../../proto/gen/arras/v1/film_pb.ts";
import { quarters, tileRect, tilingOf } from "../../proto/tiling.ts";
import type { Unit } from "../../proto/unit.ts";
import { filmSpecOf, planesOf } from "../unit/merger/analytic-samples.ts";
import { contributeAll, contributionMessage, encodeImage, openFilm, readReceipt, watchTiles } from "./film-client.ts";
import { type MergerProcess, sessionId, startMerger, token } from "./merger-process.ts";

const spec = filmSpecOf({ widthPx: 100, heightPx: 70, tileSizePx: 32 });
const tiling = tilingOf(spec.cropWindow, spec.tileSizePx);
const spp = 8;

function unitsOf(epoch: number): Unit[] {
  return Array.from({ length: tiling.tileCount }, (_, tileIndex) =>
    [
      [0, 1],
      [1, 4],
      [4, 8],
    ].flatMap(([sampleBegin, sampleEnd]) => {
      // biome-ignore format: ranges in one line
      const whole = tileRect(tiling, tileIndex);
      const rects = (tileIndex + sampleBegin) % 3 === 0 ? quarters(whole) : [whole];
      return rects.map((rect) => ({ epoch, tileIndex, rect, sampleBegin, sampleEnd, stridePx: 1 }));
    }),
  ).flat();
}

function referenceHash(): string {
  const state = new FilmEpoch(1, spec);
  for (let tileIndex = 0; tileIndex < tiling.tileCount; tileIndex++) {
    const unit = {
      epoch: 1,
      tileIndex,
      rect: tileRect(tiling, tileIndex),
      sampleBegin: 0,
      sampleEnd: spp,
      stridePx: 1,
    };
    admit(state, unit, planesOf(spec, unit));
  }
  return filmSha256(state.film);
}

function message(unit: Unit, computation: string) {
  return contributionMessage(unit, planesOf(spec, unit), computation);
}

describe("merger process", () => {
  let merger: MergerProcess;
  beforeAll(async () => {
    merger = await startMerger();
  });
  afterAll(async () => {
    expect(await merger.stop()).toBe(0);
  });

  it("before a film is open → contributions are to come again, no receipt, and the ledger is empty", async () => {
    const client = merger.client();
    const tooSoon = contributeAll(client, [message(unitsOf(1)[0], "mcrt_i0")]);
    await expect(tooSoon).rejects.toMatchObject({ code: "unavailable" });
    await expect(readReceipt(client)).rejects.toMatchObject({ code: "session-state" });
    const first = await new Promise<TileStatuses>((resolve) => watchTiles(client, resolve));
    expect(first).toMatchObject({ epoch: 0, ledgerComplete: true, tiles: [] });
  });

  it("three computations, repeats, disorder, rubbish and a broken stream → the hash of the film in order", async () => {
    const client = merger.client();
    await openFilm(client, 1, spec);
    await openFilm(client, 1, spec); // idempotent
    const watched = new Map<number, TileStatuses["tiles"][number]>();
    const watcher = watchTiles(client, ({ tiles }) => {
      for (const tile of tiles) watched.set(tile.tileIndex, tile);
    });

    const units = unitsOf(1);
    const shares = [0, 1, 2].map((which) => units.filter((_, at) => at % 3 === which || at % 5 === which).reverse());
    const broken = merger.client().duplex("contribute", { "arras-token": token });
    broken.on("error", () => {});
    broken.write(message(units[3], "mcrt_i9"));
    broken.cancel();
    const bad = { ...message(units[0], "mcrt_i0"), planes: [] };
    const replies = await Promise.all(
      shares.map((share, which) => {
        const messages = share.map((unit) => message(unit, `mcrt_i${which}`));
        return contributeAll(merger.client(), [bad, ...messages, ...messages.slice(0, 5)]);
      }),
    );
    for (const [which, share] of shares.entries()) expect(replies[which]).toHaveLength(share.length + 6);
    const kinds = replies.flat().map(({ admission }) => admission);
    const added = kinds.filter((kind) => kind === Admission.ADDED).length;
    expect([units.length, units.length - 1]).toContain(added); // the broken stream may have delivered one
    expect(kinds.filter((kind) => kind === Admission.REFUSED).length).toBeLessThanOrEqual(3);

    const receipt = await readReceipt(client);
    expect(receipt.filmSha256).toBe(referenceHash());
    expect(receipt).toMatchObject({
      epoch: 1,
      sppMin: spp,
      sppMax: spp,
      sppMean: spp,
      sampleCount: BigInt(7000 * spp),
    });
    const samples = receipt.contributors.reduce((sum, one) => sum + one.sampleCount, 0n);
    expect(samples).toBe(BigInt(7000 * spp));

    await expect
      .poll(
        () => [...watched.values()].filter(({ cells }) => cells.every(({ merged }) => merged[0]?.end === spp)).length,
      )
      .toBe(tiling.tileCount);
    for (const tile of watched.values()) expect(tile.errors.map((one) => one.spp).at(-1)).toBe(8);
    watcher.cancel();
  });

  it("a late watcher → the whole ledger first, complete, and nothing twice", async () => {
    const messages: TileStatuses[] = [];
    await new Promise<void>((resolve) => {
      const call = watchTiles(merger.client(), (one) => {
        messages.push(one);
        if (one.ledgerComplete) {
          call.cancel();
          resolve();
        }
      });
    });
    expect(messages).toHaveLength(1);
    expect(messages[0].tiles.map((tile) => tile.tileIndex).sort((a, b) => a - b)).toEqual(
      Array.from({ length: tiling.tileCount }, (_, at) => at),
    );
  });

  it("the film as EXR, PNG, JPEG and WebP → files of that kind", async () => {
    const client = merger.client();
    const exr = await encodeImage(client, {
      format: { case: "exr", value: { compression: "zip", pixelType: "half", parts: "multi" } },
    });
    expect(exr.readUInt32LE(0)).toBe(20000630); // OpenEXR's magic number
    expect(exr.includes((await readReceipt(client)).filmSha256)).toBe(true);
    const png = await encodeImage(client, { format: { case: "display", value: { encoding: "png", maxSidePx: 50 } } });
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([50, 35]);
    const jpeg = await encodeImage(client, {
      format: { case: "display", value: { encoding: "jpeg", tone: "filmic" } },
    });
    expect(jpeg.readUInt16BE(0)).toBe(0xffd8);
    for (const output of ["albedo", "normal", "alpha", "depth", "id", "samples", "error"]) {
      const webp = await encodeImage(client, { format: { case: "display", value: { encoding: "webp", output } } });
      expect(webp.subarray(8, 12).toString()).toBe("WEBP");
    }
  });

  it("an impossible image → usage, and the next image is made", async () => {
    const client = merger.client();
    const tiff = { format: { case: "display" as const, value: { encoding: "tiff" } } };
    await expect(encodeImage(client, tiff)).rejects.toMatchObject({ code: "usage" });
    await expect(encodeImage(client, {})).rejects.toMatchObject({ code: "usage" });
    const png = { format: { case: "display" as const, value: { encoding: "png" } } };
    const pictures = await Promise.all(Array.from({ length: 6 }, () => encodeImage(client, png)));
    expect(new Set(pictures.map((one) => one.toString("base64"))).size).toBe(1);
  });

  it("a wrong token or session → refused with a reason, on every call", async () => {
    const client = merger.client();
    const wrong = { sessionId, token: "guess" };
    await expect(client.unary("readReceipt", create(ReceiptRequestSchema, wrong), 60_000)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await expect(
      client.unary("readReceipt", create(ReceiptRequestSchema, { sessionId: "x", token }), 60_000),
    ).rejects.toMatchObject({
      code: "session-missing",
    });
    await expect(encodeImage(client, wrong)).rejects.toMatchObject({ code: "unauthenticated" });
    for (const call of [
      client.duplex("contribute", { "arras-token": "x" }),
      client.serverStream("watchTiles", create(WatchTilesRequestSchema, wrong)),
    ]) {
      const error = await new Promise((resolve) => {
        call.on("data", () => {});
        call.once("error", resolve);
      });
      expect(client.error(error)).toMatchObject({ code: "unauthenticated" });
    }
  });

  it("a lower epoch is refused, a higher one begins an empty film, and older work is stale", async () => {
    const client = merger.client();
    await expect(openFilm(client, 1, { ...spec, tileSizePx: 64 })).rejects.toMatchObject({ code: "session-state" });
    const epochs: number[] = [];
    const watcher = watchTiles(merger.client(), ({ epoch }) => epochs.push(epoch));
    await expect.poll(() => epochs).toContain(1);
    await openFilm(client, 2, spec);
    await expect.poll(() => epochs).toContain(2);
    watcher.cancel();
    const unit = unitsOf(1)[0];
    const replies = await contributeAll(client, [message(unit, "mcrt_i0"), message({ ...unit, epoch: 2 }, "mcrt_i0")]);
    expect(replies.map(({ admission }) => admission)).toEqual([Admission.STALE, Admission.ADDED]);
    await expect(openFilm(client, 1, spec)).rejects.toMatchObject({ code: "session-state" });
  });

  it("standard input closes → the process ends with code 0 although clients are connected", async () => {
    const other = await startMerger("loopback");
    const client = other.client();
    await openFilm(client, 1, spec);
    watchTiles(client, () => {});
    const open = client.duplex("contribute", { "arras-token": token });
    open.on("error", () => {});
    other.process.stdin?.end();
    expect(await new Promise((resolve) => other.process.once("exit", resolve))).toBe(0);
  });
});
