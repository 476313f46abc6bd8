// What every renderer must keep, whatever it renders with: a sample is a function of scene, pixel and sample index, so
// units can be repeated, cut and reordered. A test file calls rendererContract for each renderer.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RenderedUnit, Renderer, RenderUnit } from "../../node-agent/renderers/renderer.ts";
import type { SceneUpdate } from "../../node-agent/scene/description.ts";
import { type FilmSpec, filmChannels } from "../../proto/film-spec.ts";
import { areaPx, type PixelRect, widthPx } from "../../proto/rect.ts";
import { planeSizeBytes } from "../../proto/wire-plane.ts";
import {
  camera,
  diffuse,
  film,
  planeValues,
  quad,
  request,
  scene,
  sphere,
  uniformEnvironment,
  wholeFilm,
} from "../unit/node-agent/renderers/embree/scenes.ts";

const spec: FilmSpec = {
  ...film(40, 24, ["albedo", "normal", "depth", "position", "id"]),
  cropWindow: { x0: 4, y0: 0, x1: 40, y1: 24 },
};
const whole = spec.cropWindow;
const never = new AbortController().signal;

const lamp = { t: "point", name: "lamp", position: [2, 2, 3], intensity: [4, 4, 4] } as const;
const unevenEnvironment = {
  ...uniformEnvironment(0.5),
  widthPx: 4,
  heightPx: 2,
  pixels: Float32Array.from({ length: 4 * 2 * 3 }, (_, index) => (index % 5) / 4),
};

const testScene = scene({
  meshes: [
    sphere(1, 12),
    quad([-3, -1, 3], [6, 0, 0], [0, 0, -6]),
    quad([-1, 3, -1], [2, 0, 0], [0, 0, 2], { materialIndex: 1 }),
  ],
  materials: [diffuse([0.7, 0.4, 0.2]), diffuse([0, 0, 0], { emissive: [5, 5, 5] })],
  lights: [lamp],
  environment: unevenEnvironment,
});

/** One array of values a channel, in wire order. */
type Values = Float64Array[];

function unit(rect: PixelRect, sampleBegin: number, sampleEnd: number, stridePx = 1): RenderUnit {
  return { rect, sampleBegin, sampleEnd, stridePx };
}

function valuesOf(rendered: RenderedUnit, pixelCount: number): Values {
  return rendered.planes.map((plane) => planeValues(plane, pixelCount));
}

/** What the merger makes of two ranges of the same pixels (proto/outputs.ts). */
function merged(a: Values, b: Values): Values {
  const channels = filmChannels(spec);
  const depthAt = channels.findIndex(({ output }) => output === "depth");
  return channels.map(({ op, output }, channel) =>
    a[channel]!.map((value, pixel) => {
      const other = b[channel]![pixel]!;
      if (op === "sum") return value + other;
      if (op === "min") return Math.min(value, other);
      // A tie of depths is decided by the smaller tuple of the output's values.
      const order = [depthAt, ...channels.flatMap((row, i) => (row.output === output ? [i] : []))];
      const differing = order.find((i) => a[i]![pixel] !== b[i]![pixel]);
      return differing === undefined || a[differing]![pixel]! < b[differing]![pixel]! ? value : other;
    }),
  );
}

/** The pixels of `rect` out of values that cover the whole crop window. */
function cut(values: Values, rect: PixelRect): Values {
  return values.map((plane) => {
    const pixels: number[] = [];
    for (let y = rect.y0; y < rect.y1; y++) {
      for (let x = rect.x0; x < rect.x1; x++) pixels.push(plane[(y - whole.y0) * widthPx(whole) + (x - whole.x0)]!);
    }
    return Float64Array.from(pixels);
  });
}

export function rendererContract(name: string, makeRenderer: () => Renderer | Promise<Renderer>): void {
  describe(`${name} as a renderer`, () => {
    let renderer: Renderer;
    const values = async (rect: PixelRect, begin: number, end: number) =>
      valuesOf(await renderer.render(unit(rect, begin, end), never), areaPx(rect));

    beforeAll(async () => {
      renderer = await makeRenderer();
      await renderer.prepare(request({ scene: testScene, camera: camera([0, 0, 5]), film: spec }));
    });
    afterAll(() => renderer.close());

    it("names itself and what its bits depend on", () => {
      const capabilities = renderer.capabilities();
      expect(capabilities.name).not.toBe("");
      expect(capabilities.version).not.toBe("");
      expect(capabilities.instructionSet).not.toBe("");
    });

    it("returns one plane of the right length for each channel of the film", async () => {
      const { planes } = await renderer.render(unit(whole, 0, 2), never);
      expect(planes).toHaveLength(filmChannels(spec).length);
      for (const plane of planes) expect(plane.bytes.length).toBe(planeSizeBytes(plane.encoding, areaPx(whole)));
    });

    it("the same unit rendered twice gives the same bytes", async () => {
      const [first, second] = [
        await renderer.render(unit(whole, 3, 6), never),
        await renderer.render(unit(whole, 3, 6), never),
      ];
      expect(second.planes).toEqual(first.planes);
    });

    it("samples [0, 8) equal [0, 3) and [3, 8) merged, exactly", async () => {
      expect(merged(await values(whole, 0, 3), await values(whole, 3, 8))).toEqual(await values(whole, 0, 8));
    });

    it("a unit of several samples equals its samples one by one", async () => {
      const rect = { x0: 10, y0: 5, x1: 20, y1: 15 };
      let sum = await values(rect, 0, 1);
      for (let i = 1; i < 5; i++) sum = merged(sum, await values(rect, i, i + 1));
      expect(sum).toEqual(await values(rect, 0, 5));
    });

    it("any sub-rectangle equals the same pixels of the whole", async () => {
      const all = await values(whole, 0, 2);
      for (const rect of [
        { x0: 4, y0: 0, x1: 5, y1: 1 },
        { x0: 16, y0: 7, x1: 31, y1: 24 },
        { x0: 39, y0: 23, x1: 40, y1: 24 },
      ]) {
        expect(await values(rect, 0, 2)).toEqual(cut(all, rect));
      }
    });

    it("a coarse unit holds sample 0 of the pixels at multiples of 8 in the display window", async () => {
      const coarse = await renderer.render(unit(whole, 0, 1, 8), never);
      const all = await values(whole, 0, 1);
      const pixels: { x: number; y: number }[] = [];
      for (let y = 0; y < 24; y += 8) for (let x = 8; x < 40; x += 8) pixels.push({ x, y });
      const expected = pixels.map(({ x, y }) =>
        cut(all, { x0: x, y0: y, x1: x + 1, y1: y + 1 }).map(([value]) => value),
      );
      const actual = valuesOf(coarse, pixels.length);
      expect(pixels.map((_, pixel) => actual.map((plane) => plane[pixel]))).toEqual(expected);
    });

    it("units rendered at once, on however many threads, equal the same units one after another", async () => {
      const ranges = [0, 1, 2, 3, 4, 5].map((i) => [i, i + 2] as const);
      const together = await Promise.all(ranges.map(([begin, end]) => values(whole, begin, end)));
      for (const [i, [begin, end]] of ranges.entries()) expect(together[i]).toEqual(await values(whole, begin, end));
    });

    it("an aborted unit rejects with cancelled, and the renderer stays usable", async () => {
      const before = await values(whole, 0, 1);
      const abort = new AbortController();
      const rendering = renderer.render(unit(whole, 0, spec.maxSpp), abort.signal);
      setImmediate(() => abort.abort());
      await expect(rendering).rejects.toMatchObject({ code: "cancelled" });
      expect(await values(whole, 0, 1)).toEqual(before);
    });

    it("a unit whose signal is already aborted rejects with cancelled", async () => {
      await expect(renderer.render(unit(whole, 0, 1), AbortSignal.abort())).rejects.toMatchObject({
        code: "cancelled",
      });
    });

    it.each<[string, RenderUnit]>([
      ["outside the film", unit({ x0: 32, y0: 0, x1: 41, y1: 8 }, 0, 1)],
      ["outside the crop window", unit({ x0: 0, y0: 0, x1: 8, y1: 8 }, 0, 1)],
      ["without pixels", unit({ x0: 8, y0: 8, x1: 8, y1: 16 }, 0, 1)],
      ["without samples", unit(whole, 4, 4)],
      ["beyond the film's sample count", unit(whole, spec.maxSpp, spec.maxSpp + 1)],
      ["with broken numbers", unit({ x0: 4.5, y0: 0, x1: 8, y1: 8 }, 0, 1)],
    ])("a unit %s is refused", async (_, misfit) => {
      await expect(renderer.render(misfit, never)).rejects.toMatchObject({ code: "message-malformed" });
    });

    it("a prepared scene replaces the one before", async () => {
      const before = await values(whole, 0, 1);
      const small = film(8, 8);
      await renderer.prepare(request({ scene: testScene, camera: camera([0, 0, 5]), film: small }));
      const rendered = await renderer.render(unit(wholeFilm(small), 0, 1), never);
      expect(rendered.planes).toHaveLength(filmChannels(small).length);
      await renderer.prepare(request({ scene: testScene, camera: camera([0, 0, 5]), film: spec }));
      expect(await values(whole, 0, 1)).toEqual(before);
    });

    describe("when its scene is edited", () => {
      const plain: SceneUpdate = { camera: camera([0, 0, 5]), materials: [], hiddenObjectIds: [] };
      const black = { baseColor: [0, 0, 0], roughness: 1, metallic: 0, emissive: [0, 0, 0] } as const;
      const edited: readonly [string, SceneUpdate][] = [
        ["camera", { ...plain, camera: camera([1, 2, 4]) }],
        ["environment turned", { ...plain, environment: { rotationRad: 1, tint: [1, 0.5, 0.25] } }],
        ["environment off", { ...plain, environment: { rotationRad: 0, tint: [0, 0, 0] } }],
        ["light", { ...plain, lights: [{ ...lamp, intensity: [9, 1, 1] }] }],
        ["light off", { ...plain, lights: [{ ...lamp, intensity: [0, 0, 0] }] }],
        ["material", { ...plain, materials: [{ ...black, materialIndex: 0, baseColor: [0, 1, 0], roughness: 0.3 }] }],
        ["what emits", { ...plain, materials: [{ ...black, materialIndex: 1, emissive: [0, 8, 0] }] }],
        ["what emits, off", { ...plain, materials: [{ ...black, materialIndex: 1 }] }],
        ["an object hidden", { ...plain, hiddenObjectIds: [1] }],
        ["what emits hidden", { ...plain, hiddenObjectIds: [3] }],
      ];
      const prepared = () => renderer.prepare(request({ scene: testScene, camera: camera([0, 0, 5]), film: spec }));

      it.each(edited)("%s: another picture, whose bits do not depend on what was shown before", async (_, update) => {
        await prepared();
        const before = await values(whole, 0, 2);
        await renderer.update(update);
        const fresh = await values(whole, 0, 2);
        expect(fresh).not.toEqual(before);
        for (const [, other] of edited) await renderer.update(other);
        await renderer.update(update);
        expect(await values(whole, 0, 2)).toEqual(fresh);
        await renderer.update(plain);
        expect(await values(whole, 0, 2)).toEqual(before);
      });

      it("a camera, a light, materials and an environment -> the bits of a scene whose file has them", async () => {
        await prepared();
        const [first, second] = testScene.materials;
        const materials = [
          { ...first!, baseColor: [0.1, 0.2, 0.9] as const, roughness: 0.2, metallic: 1 },
          { ...second!, emissive: [1, 2, 3] as const },
        ];
        const lights = [{ ...lamp, intensity: [0, 3, 0] as const }];
        const environment = { ...testScene.environment!, rotationRad: 2 };
        const scene = { ...testScene, materials, lights, environment };
        await renderer.update({
          camera: camera([2, 1, 4]),
          environment: { rotationRad: 2, tint: [1, 1, 1] },
          lights,
          materials: materials.map((factors, materialIndex) => ({ ...factors, materialIndex })),
          hiddenObjectIds: [],
        });
        const updated = await values(whole, 0, 2);
        await renderer.prepare(request({ scene, camera: camera([2, 1, 4]), film: spec }));
        expect(updated).toEqual(await values(whole, 0, 2));
      });

      it("units are under way and aborted -> it is updated when their threads have ended", async () => {
        await prepared();
        const aborting = new AbortController();
        const rendering = renderer.render(unit(whole, 0, spec.maxSpp), aborting.signal);
        const aborted = expect(rendering).rejects.toMatchObject({ code: "cancelled" });
        aborting.abort();
        await renderer.update({ ...plain, hiddenObjectIds: [1, 3] });
        await aborted;
        const after = await values(whole, 0, 1);
        await renderer.update({ ...plain, hiddenObjectIds: [1, 3] });
        expect(await values(whole, 0, 1)).toEqual(after);
      });
    });

    it("what is under a pixel -> as the outputs say; nothing where nothing is; with the scene as it is now", async () => {
      await renderer.prepare(request({ scene: testScene, camera: camera([0, 0, 5]), film: spec }));
      const picked = await renderer.pick(20, 12);
      expect(picked).toMatchObject({ objectId: 1, materialIndex: 0 });
      expect(Math.hypot(...(picked?.normal ?? []))).toBeCloseTo(1, 5);
      expect(await renderer.pick(20, 12)).toEqual(picked);
      expect(await renderer.pick(1, 1)).toBeUndefined();
    });

    it("describes the path of a sample in lines of text", async () => {
      const text = await renderer.debugSample(20, 12, 0);
      expect(text.split("\n").length).toBeGreaterThan(1);
      expect(await renderer.debugSample(20, 12, 0)).toBe(text);
    });
  });
}
