// Films: arithmetic bounds, outputs, planes, and what a message must hold.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FilmSpec, filmChannels, maxSppFor, quantumsPerUnit, sampleClampLimit } from "../../../proto/film-spec.ts";
import { filmSpecFromMessage, filmSpecToMessage } from "../../../proto/film-spec-message.ts";
import { type FilmSpec as FilmSpecMessage, FilmSpecSchema } from "../../../proto/gen/arras/v1/common_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { filmOutputs, type OutputName, outputDeclarations, outputOrder } from "../../../proto/outputs.ts";
import { planeSizeBytes } from "../../../proto/wire-plane.ts";
import { smallFilm } from "../../fakes/films.ts";

describe("the arithmetic of films", () => {
  it("any budget -> a power of two that holds it, at least 4,096; full sums of it are exact in float64", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: limits.sppMax }), (budget) => {
        const maxSpp = maxSppFor(budget);
        expect(maxSpp).toBeGreaterThanOrEqual(Math.max(4096, budget));
        expect(Number.isInteger(Math.log2(maxSpp))).toBe(true);
        expect(maxSppFor(maxSpp)).toBe(maxSpp);
        expect(sampleClampLimit(maxSpp) * maxSpp * quantumsPerUnit).toBeLessThanOrEqual(2 ** 53);
      }),
    );
    expect([1, 4096, 4097].map(maxSppFor)).toEqual([4096, 4096, 8192]);
  });
});

describe("outputs", () => {
  const names = fc.subarray([...outputOrder]);
  it("any wish -> the required ones too, in canonical order, once; asking again changes nothing", () => {
    fc.assert(
      fc.property(names, names, (first, second) => {
        const outputs = filmOutputs([...second, ...first, ...second]);
        expect(outputs).toEqual(outputOrder.filter((name) => outputs.includes(name)));
        for (const name of [...first, ...second, "beauty", "alpha", "luminance2"]) expect(outputs).toContain(name);
        expect(filmOutputs(outputs)).toEqual(outputs);
      }),
    );
  });

  it.each<OutputName>(["position", "id"])("%s alone -> depth too, which decides who is closest", (name) => {
    expect(filmOutputs([name])).toContain("depth");
  });

  it("planes -> outputs in order, channels as declared, each with its way to merge", () => {
    const film = smallFilm({ outputs: filmOutputs(["id"]) });
    expect(filmChannels(film).map(({ output, channel, op }) => `${output}.${channel} ${op}`)).toEqual([
      "beauty.R sum",
      "beauty.G sum",
      "beauty.B sum",
      "alpha.A sum",
      "luminance2.Y sum",
      "depth.Z min",
      "id.id closest",
    ]);
    expect(Object.values(outputDeclarations).every(({ channels }) => channels.length > 0)).toBe(true);
  });

  it("a plane's size -> by its encoding", () => {
    expect((["constant", "int32", "float64", "float32"] as const).map((e) => planeSizeBytes(e, 10))).toEqual([
      8, 40, 80, 40,
    ]);
  });
});

describe("film messages", () => {
  it("a film crosses the wire -> the same film", () => {
    const film: FilmSpec = smallFilm({
      cropWindow: { x0: 3, y0: 4, x1: 60, y1: 64 },
      outputs: filmOutputs(["position", "normal"]),
      maxSpp: 65_536,
    });
    expect(filmSpecFromMessage(fromBinary(FilmSpecSchema, toBinary(FilmSpecSchema, filmSpecToMessage(film))))).toEqual(
      film,
    );
  });

  const changed = (change: (message: FilmSpecMessage) => unknown): FilmSpecMessage => {
    const message = filmSpecToMessage(smallFilm());
    change(message);
    return message;
  };
  const wide = limits.filmSidePxMax + 1;
  it.each<[string, string, FilmSpecMessage | undefined]>([
    ["nothing", "message-malformed", undefined],
    ["an empty one", "message-malformed", create(FilmSpecSchema)],
    ["no width", "message-malformed", changed((m) => Object.assign(m, { widthPx: 0 }))],
    ["a side too long", "limit-exceeded", changed((m) => Object.assign(m, { widthPx: wide }))],
    ["too many pixels", "limit-exceeded", changed((m) => Object.assign(m, { widthPx: 16_384, heightPx: 16_384 }))],
    ["a crop window outside", "message-malformed", changed((m) => Object.assign(m.cropWindow!, { x1: 65 }))],
    ["an empty crop window", "message-malformed", changed((m) => Object.assign(m.cropWindow!, { y1: 0 }))],
    [
      "tiles too small",
      "message-malformed",
      changed((m) => Object.assign(m, { tileSizePx: limits.tileSizePxMin - 1 })),
    ],
    [
      "tiles too large",
      "message-malformed",
      changed((m) => Object.assign(m, { tileSizePx: limits.tileSizePxMax + 1 })),
    ],
    ["an unknown output", "message-malformed", changed((m) => void m.outputs.push("toString"))],
    ["outputs in another order", "message-malformed", changed((m) => void m.outputs.reverse())],
    ["a required output missing", "message-malformed", changed((m) => void m.outputs.pop())],
    ["an output twice", "message-malformed", changed((m) => void m.outputs.unshift("beauty"))],
    ["a sample bound of 0", "message-malformed", changed((m) => Object.assign(m, { maxSpp: 0 }))],
    ["a sample bound that is no power of two", "message-malformed", changed((m) => Object.assign(m, { maxSpp: 5000 }))],
    ["a sample bound beyond all", "message-malformed", changed((m) => Object.assign(m, { maxSpp: 2 * limits.sppMax }))],
  ])("%s -> %s", (_, code, message) => {
    expect(() => filmSpecFromMessage(message)).toThrow(expect.objectContaining({ code }));
  });
});
