// A pixel in numbers and by name, as film and scene know it.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { probePixel } from "../../../coordinator/probe-pixel.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { type FilmPixel, FilmPixelSchema } from "../../../proto/gen/arras/v1/film_pb.ts";
import { PickReplySchema } from "../../../proto/gen/arras/v1/look_pb.ts";

const beauty = { output: "beauty", values: [1, 2, 3] };
const withId = (id: number) => [beauty, { output: "id", values: [id] }];

describe("a probed pixel", () => {
  let film: FilmPixel;
  let picked: { epoch: number; isHit: boolean; object?: string } | undefined;
  let pickCount: number;
  beforeEach(() => {
    film = create(FilmPixelSchema, { epoch: 3, sampleCount: 4, error: 0.5, outputs: [beauty] });
    picked = { epoch: 3, isHit: true, object: "chair" };
    pickCount = 0;
  });
  const probe = () =>
    probePixel(
      {
        readPixel: async () => film,
        pick: async () => {
          pickCount += 1;
          if (picked === undefined) throw new ArrasError("unavailable", { message: "nobody", action: "" });
          return create(PickReplySchema, picked);
        },
        objectName: (id) => ["table", "lamp"][id - 1],
      },
      5,
      6,
    );

  it("the film has ids -> the object that its samples met; nobody is asked", async () => {
    film.outputs = withId(2) as never;
    expect(await probe()).toMatchObject({ film: { sampleCount: 4, error: 0.5 }, isObjectKnown: true, object: "lamp" });
    film.outputs = withId(0) as never;
    expect(await probe()).toMatchObject({ isObjectKnown: true, object: "" });
    expect(pickCount).toBe(0);
  });

  it("no ids, no samples yet, or an id without a name -> what a computation sees there", async () => {
    expect(await probe()).toMatchObject({ isObjectKnown: true, object: "chair" });
    film = create(FilmPixelSchema, { ...film, sampleCount: 0, outputs: withId(0) as never });
    expect(await probe()).toMatchObject({ object: "chair" });
    film = create(FilmPixelSchema, { ...film, sampleCount: 4, outputs: withId(9) as never });
    expect(await probe()).toMatchObject({ object: "chair" });
    picked = { epoch: 3, isHit: false };
    expect(await probe()).toMatchObject({ isObjectKnown: true, object: "" });
  });

  it("nobody renders, or another scene already -> the film's numbers without a name", async () => {
    picked = { epoch: 4, isHit: true, object: "chair" };
    expect(await probe()).toMatchObject({ film: { sampleCount: 4 }, isObjectKnown: false, object: "" });
    picked = undefined;
    expect(await probe()).toMatchObject({ film: { sampleCount: 4 }, isObjectKnown: false, object: "" });
  });
});
