// Images of a film, one after another: what they hold, whose turn it is, and what is left behind when nobody reads on.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readExr } from "../../../host/exr/read-exr.ts";
import { FilmEpoch } from "../../../merger/film-epoch.ts";
import { type FilmSource, ImageEncoder } from "../../../merger/image-encoder.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { type EncodeImageRequest, EncodeImageRequestSchema } from "../../../proto/gen/arras/v1/film_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { filmOutputs } from "../../../proto/outputs.ts";
import { FakeDenoiser } from "../../fakes/fake-denoiser.ts";
import { settled, until } from "../../fakes/settled.ts";
import { filmSpecOf } from "./analytic-samples.ts";

type Format = NonNullable<MessageInitShape<typeof EncodeImageRequestSchema>["format"]>;
const asked = (format: Format): EncodeImageRequest => create(EncodeImageRequestSchema, { format });
const exr = asked({ case: "exr", value: { pixelType: "float", compression: "none" } });
const png = asked({ case: "display", value: { encoding: "png" } });

/** A film of noise, so that files are as large as their pixels; one sample everywhere. */
function noisyFilm(widthPx = 40, heightPx = 24): FilmEpoch {
  const state = new FilmEpoch(1, filmSpecOf({ widthPx, heightPx, outputs: filmOutputs([]) }));
  state.film.counts.fill(1);
  let noise = 1;
  for (const plane of state.film.planes) {
    for (let at = 0; at < plane.length; at++) {
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      plane[at] = noise >>> 8;
    }
  }
  return state;
}

/** A film whose moment comes when a test says so. */
class FakeSource implements FilmSource {
  readonly state: FilmEpoch;
  error: ArrasError | undefined;
  /** Who waits for a moment. */
  readonly moments: (() => void)[] = [];
  isHeld = false;
  afterMoment: () => void = () => {};

  constructor(state = noisyFilm()) {
    this.state = state;
  }

  requireOpen(): FilmEpoch {
    if (this.error !== undefined) throw this.error;
    return this.state;
  }

  async atOneMoment<Value>(make: (state: FilmEpoch, sha256: string) => Value): Promise<Value> {
    const state = this.requireOpen();
    if (this.isHeld) await new Promise<void>((resolve) => this.moments.push(resolve));
    const made = make(state, "cafe");
    this.afterMoment();
    return made;
  }
}

const never = () => false;

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) {
    expect(chunk.length).toBeLessThanOrEqual(limits.imageChunkSizeBytes);
    all.push(chunk);
  }
  return Buffer.concat(all);
}

describe("an image encoder", () => {
  let folder: string;
  let source: FakeSource;
  let encoder: ImageEncoder;
  const formerFolder = process.env.TMPDIR;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "arras-test-"));
    process.env.TMPDIR = folder;
    source = new FakeSource();
    encoder = new ImageEncoder(new FakeDenoiser());
  });
  afterEach(() => {
    if (formerFolder === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = formerFolder;
    rmSync(folder, { recursive: true, force: true });
  });

  const encode = (request: EncodeImageRequest, from: FilmSource = source, isCancelled = never) =>
    encoder.encode(from, request, "s-1", isCancelled);

  it("a large EXR and a large PNG -> several chunks that make the whole file; no temporary file stays", async () => {
    const large = new FakeSource(noisyFilm(800, 600));
    const file = await whole(encode(exr, large));
    expect(file.length).toBeGreaterThan(2 * limits.imageChunkSizeBytes);
    expect(readdirSync(folder)).toEqual([]);
    const path = join(folder, "read.exr");
    writeFileSync(path, file);
    expect(await readExr(path)).toMatchObject({ widthPx: 800, heightPx: 600 });
    const picture = await whole(encode(png, large));
    expect(picture.length).toBeGreaterThan(limits.imageChunkSizeBytes);
    expect(await sharp(picture).metadata()).toMatchObject({ format: "png", width: 800, height: 600 });
  });

  it("denoised, as EXR and as PNG -> the denoiser's pixels; without a denoiser the reason", async () => {
    const path = join(folder, "read.exr");
    const red = async (outputs: string[]) => {
      writeFileSync(path, await whole(encode(asked({ case: "exr", value: { outputs, pixelType: "float" } }))));
      return (await readExr(path)).channels.find(({ name }) => name === "R")?.values ?? [];
    };
    const [plain, halved] = [await red(["beauty"]), await red(["denoised"])];
    expect([...halved]).toEqual([...plain].map((value) => value / 2));
    const shown = await whole(encode(asked({ case: "display", value: { encoding: "png", output: "denoised" } })));
    expect(await sharp(shown).metadata()).toMatchObject({ format: "png" });
    encoder = new ImageEncoder(new FakeDenoiser("none is installed"));
    await expect(red(["denoised"])).rejects.toMatchObject({ code: "denoiser-missing", message: "none is installed" });
  });

  it("the film changes after its moment -> the file holds the moment", async () => {
    const still = await whole(encode(exr));
    const { counts, planes } = source.state.film;
    source.afterMoment = () => {
      counts.fill(3);
      for (const plane of planes) plane.fill(2 ** 30);
    };
    expect((await whole(encode(exr))).equals(still)).toBe(true);
    expect((await whole(encode(exr))).equals(still)).toBe(false);
  });

  it("two are wanted -> the second begins when the first is made", async () => {
    source.isHeld = true;
    const layers = asked({ case: "exr", value: { parts: "layers" } });
    const files = [whole(encode(exr)), whole(encode(layers))];
    await settled();
    expect(source.moments).toHaveLength(1);
    source.moments[0]!();
    await until(() => source.moments.length === 2);
    source.moments[1]!();
    for (const file of await Promise.all(files)) expect(file.length).toBeGreaterThan(0);
  });

  it("the first's reader stands still -> the second is made and read; the first goes on where it was", async () => {
    const large = new FakeSource(noisyFilm(800, 600));
    const first = encode(exr, large);
    const begun = await first.next();
    expect((await whole(encode(exr))).length).toBeGreaterThan(0);
    const rest = await whole(first);
    expect(rest.length + (begun.value as Uint8Array).length).toBe((await whole(encode(exr, large))).length);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("the reader of the first leaves in the middle -> its file goes, and the second has its turn", async () => {
    const large = new FakeSource(noisyFilm(800, 600));
    for await (const _ of encode(exr, large)) {
      expect(readdirSync(folder)).toHaveLength(1);
      break;
    }
    expect(readdirSync(folder)).toEqual([]);
    expect((await whole(encode(png))).length).toBeGreaterThan(0);
  });

  it("two want the same at the same time -> it is made once, both get all of it, and nothing stays", async () => {
    source.isHeld = true;
    const both = [whole(encode(exr)), whole(encode(exr))];
    await settled();
    source.isHeld = false;
    source.moments[0]!();
    const [first, second] = await Promise.all(both);
    expect(source.moments).toHaveLength(1);
    expect(first!.length).toBeGreaterThan(0);
    expect(second!.equals(first!)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("the first of two who want the same leaves in the middle -> the other gets all of it", async () => {
    const large = new FakeSource(noisyFilm(800, 600));
    const alone = await whole(encode(exr, large));
    const [leaving, staying] = [encode(exr, large), encode(exr, large)];
    await leaving.next();
    const begun = await staying.next();
    await leaving.return(undefined);
    const rest = await whole(staying);
    expect(Buffer.concat([begun.value as Uint8Array, rest]).equals(alone)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("a picture with its origin -> the same pixels, and EXIF says which session and film", async () => {
    const withOrigin = await whole(encode(asked({ case: "display", value: { encoding: "png", withOrigin: true } })));
    const plain = await whole(encode(png));
    expect((await sharp(withOrigin).raw().toBuffer()).equals(await sharp(plain).raw().toBuffer())).toBe(true);
    expect((await sharp(withOrigin).metadata()).exif?.toString("latin1")).toContain("film cafe, session s-1");
  });

  it("nobody wants it any more when its turn comes -> nothing is made", async () => {
    source.isHeld = true;
    const first = whole(encode(exr));
    let isCancelled = false;
    const second = whole(encode(exr, source, () => isCancelled));
    await settled();
    isCancelled = true;
    source.isHeld = false;
    source.moments[0]!();
    await first;
    expect(await second).toHaveLength(0);
    expect(source.moments).toHaveLength(1);
  });

  it("too many wait -> unavailable at once; when they are done there is room again", async () => {
    source.isHeld = true;
    const first = whole(encode(exr));
    await settled();
    const waiting = Array.from({ length: limits.encodingsWaitingMax }, () => whole(encode(png)));
    await expect(whole(encode(png))).rejects.toMatchObject({ code: "unavailable" });
    source.moments[0]!();
    await Promise.all([first, ...waiting]);
    expect((await whole(encode(png))).length).toBeGreaterThan(0);
  });

  it("no film is open -> session-state, and the next one is not held up", async () => {
    source.error = new ArrasError("session-state", { message: "No film is open", action: "Open one." });
    await expect(whole(encode(exr))).rejects.toBe(source.error);
    await expect(whole(encode(png))).rejects.toBe(source.error);
    source.error = undefined;
    expect((await whole(encode(png))).length).toBeGreaterThan(0);
  });

  it.each<[string, Format]>([
    ["an EXR with an output that the film lacks", { case: "exr", value: { outputs: ["normal"] } }],
    ["a picture of an output that the film lacks", { case: "display", value: { encoding: "png", output: "depth" } }],
  ])("%s -> usage that says so", async (_, format) => {
    await expect(whole(encode(asked(format)))).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/^The image cannot be made: .*(normal|depth)/),
    });
  });

  it("something impossible is asked for while another is made -> refused at once, not after its turn", async () => {
    source.isHeld = true;
    const first = whole(encode(exr));
    await settled();
    await expect(whole(encode(asked({ case: "exr", value: { compression: "zstd" } })))).rejects.toMatchObject({
      code: "usage",
    });
    source.moments[0]!();
    await first;
  });

  it("there is no temporary folder -> output-failed with what to do; the next one has its turn", async () => {
    process.env.TMPDIR = join(folder, "missing");
    await expect(whole(encode(exr))).rejects.toMatchObject({
      code: "output-failed",
      action: expect.stringContaining("TMPDIR"),
    });
    process.env.TMPDIR = folder;
    expect((await whole(encode(exr))).length).toBeGreaterThan(0);
  });
});
