// The fake renderer's knobs, and its picture.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadScene } from "../../../../../node-agent/mcrt/load-scene.ts";
import { samplingOf } from "../../../../../node-agent/mcrt/render-request.ts";
import { noiseAt } from "../../../../../node-agent/renderers/fake/fake-image.ts";
import { parseFakeOptions } from "../../../../../node-agent/renderers/fake/fake-options.ts";
import { FakeRenderer } from "../../../../../node-agent/renderers/fake/fake-renderer.ts";
import { filmChannels, quantumsPerUnit } from "../../../../../proto/film-spec.ts";
import { filmOutputs } from "../../../../../proto/outputs.ts";
import { planeSizeBytes } from "../../../../../proto/wire-plane.ts";
import { fakeRender, smallFilm, unitOf } from "../../../../fakes/films.ts";

const never = new AbortController().signal;

async function rendererWith(options: object, film = smallFilm(), nodeId = ""): Promise<FakeRenderer> {
  const renderer = new FakeRenderer(parseFakeOptions(JSON.stringify(options)), nodeId);
  const { scene, camera } = await loadScene(fakeRender(), film);
  await renderer.prepare({ scene, camera, film, sampling: samplingOf(fakeRender()), threadCount: 1 });
  return renderer;
}

describe("the fake renderer's options", () => {
  it("nothing -> its defaults", () => {
    expect(parseFakeOptions("")).toMatchObject({ noise: 0.5, costMsPerSample: 0, repeatContributions: 1 });
  });

  it.each(["{", "[]", '{"crash":1}', '{"noise":-1}', '{"crashAt":{"x":1}}', '{"repeatContributions":9}'])(
    "%s -> refused as usage",
    (json) => {
      expect(() => parseFakeOptions(json)).toThrow(expect.objectContaining({ code: "usage" }));
    },
  );

  it("several mistakes -> all are named", () => {
    expect(() => parseFakeOptions('{"noise":-1,"hang":2,"costMsPerSample":"x"}')).toThrow(
      /noise[\s\S]*hang|hang[\s\S]*noise/,
    );
  });
});

describe("the fake renderer", () => {
  it("not prepared -> renderer-failed", async () => {
    const renderer = new FakeRenderer(parseFakeOptions(""));
    await expect(renderer.render(unitOf(0), never)).rejects.toMatchObject({ code: "renderer-failed" });
  });

  it("failPrepare -> scene-broken", async () => {
    await expect(rendererWith({ failPrepare: true })).rejects.toMatchObject({ code: "scene-broken" });
  });

  it("failAt a pixel -> only units that contain it fail", async () => {
    const renderer = await rendererWith({ failAt: { x: 20, y: 5 } });
    await expect(renderer.render(unitOf(1), never)).rejects.toMatchObject({ code: "renderer-failed" });
    expect((await renderer.render(unitOf(0), never)).planes).toHaveLength(5);
  });

  it("hangAt a pixel -> never ends until it is aborted", async () => {
    const renderer = await rendererWith({ hangAt: { x: 0, y: 0 } });
    const abort = new AbortController();
    const rendering = renderer.render(unitOf(0), abort.signal);
    abort.abort();
    await expect(rendering).rejects.toMatchObject({ code: "cancelled" });
  });

  it("costUntil a file is there -> a unit that would take hours ends, and the next one, too", async () => {
    const folder = mkdtempSync(join(tmpdir(), "arras-fake-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const costUntil = join(folder, "now");
    const renderer = await rendererWith({ costMsPerSample: 1e5, costUntil });
    const rendering = renderer.render(unitOf(0), never);
    writeFileSync(costUntil, "");
    expect((await rendering).planes).toHaveLength(5);
    expect((await renderer.render(unitOf(1), never)).planes).toHaveLength(5);
  });

  it("wrongSizeAt a pixel -> the first plane is one byte short", async () => {
    const renderer = await rendererWith({ wrongSizeAt: { x: 0, y: 0 } });
    const { planes } = await renderer.render(unitOf(0), never);
    expect(planes[0]!.bytes.length).toBe(planeSizeBytes(planes[0]!.encoding, 256) - 1);
  });

  it("allocateBytes -> said in what was prepared", async () => {
    const renderer = new FakeRenderer(parseFakeOptions('{"allocateBytes":4096}'));
    const { scene, camera } = await loadScene(fakeRender(), smallFilm());
    const request = { scene, camera, film: smallFilm(), sampling: samplingOf(fakeRender()), threadCount: 1 };
    expect((await renderer.prepare(request)).sizeBytes).toBe(4096);
  });

  it("without noise -> the sums of n samples are n times the gradient, exactly", async () => {
    const renderer = await rendererWith({ noise: 0 });
    const { planes } = await renderer.render(unitOf(1, 0, 8), never);
    const bytes = planes[0]!.bytes.slice();
    const red = planes[0]!.encoding === "int32" ? new Int32Array(bytes.buffer) : new Float64Array(bytes.buffer);
    expect(red[3]).toBe(8 * Math.round(((16 + 3) / 64) * quantumsPerUnit));
  });

  it("every output -> a plane each, the left tenth without depth and object", async () => {
    const film = smallFilm({ outputs: filmOutputs(["albedo", "normal", "depth", "position", "id"]) });
    const renderer = await rendererWith({}, film);
    const { planes } = await renderer.render(unitOf(0, 0, 2, 1, film), never);
    const channels = filmChannels(film);
    expect(planes).toHaveLength(channels.length);
    const values = (output: string) =>
      new Float32Array(planes[channels.findIndex((channel) => channel.output === output)]!.bytes.slice().buffer);
    expect([values("depth")[0], values("id")[0]]).toEqual([Number.POSITIVE_INFINITY, 0]);
    expect(Number.isFinite(values("depth")[15])).toBe(true);
  });
});

describe("the fake renderer's noise", () => {
  it("any coordinates -> in [0, 1), the same every time", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), fc.nat(), (seed, x, y, i) => {
        const noise = noiseAt(seed, x, y, i);
        expect(noise).toBeGreaterThanOrEqual(0);
        expect(noise).toBeLessThan(1);
        expect(noiseAt(seed, x, y, i)).toBe(noise);
      }),
    );
  });

  it("many samples of a pixel -> a mean of a half", () => {
    let sum = 0;
    for (let i = 0; i < 10_000; i++) sum += noiseAt(1, 5, 6, i);
    expect(sum / 10_000).toBeCloseTo(0.5, 1);
  });
});

describe("wrongAt", () => {
  const sumsOf = async (renderer: FakeRenderer, tileIndex = 0) => {
    const [red, ...others] = (await renderer.render(unitOf(tileIndex, 0, 4), never)).planes;
    return {
      red: [...new Int32Array(red!.bytes.buffer)],
      others: others.map(({ bytes }) => Buffer.from(bytes).toString("hex")),
    };
  };

  it("this node -> its first value is one quantum off, always by the same; another node -> right", async () => {
    const right = await sumsOf(await rendererWith({}));
    const wrongAt = { node: "n1" };
    expect(await sumsOf(await rendererWith({ wrongAt }, smallFilm(), "n2"))).toEqual(right);
    const renderer = await rendererWith({ wrongAt }, smallFilm(), "n1");
    for (let at = 0; at < 2; at++) {
      const { red, others } = await sumsOf(renderer);
      expect(red).toEqual([right.red[0]! + 1, ...right.red.slice(1)]);
      expect(others).toEqual(right.others);
    }
  });

  it("it changes -> something else each time", async () => {
    const renderer = await rendererWith({ wrongAt: { changes: true } });
    const first = await sumsOf(renderer);
    expect((await sumsOf(renderer)).red[0]).toBe(first.red[0]! + 1);
  });

  it("a share of the units -> some of them", async () => {
    const [right, some] = [await rendererWith({}), await rendererWith({ wrongAt: { share: 0.5 } })];
    let wrongCount = 0;
    for (let tileIndex = 0; tileIndex < 16; tileIndex++) {
      if ((await sumsOf(some, tileIndex)).red[0] !== (await sumsOf(right, tileIndex)).red[0]) wrongCount += 1;
    }
    expect(wrongCount).toBeGreaterThan(2);
    expect(wrongCount).toBeLessThan(14);
  });
});
