// What is said of a computation that stands still.
import { expect, it } from "vitest";
import { stuckError } from "../../../coordinator/stuck-error.ts";
import { unitOf } from "../../fakes/films.ts";

it("a computation is stuck -> who, at what, how long; and another node may try", () => {
  const error = stuckError("mcrt_i3", unitOf(5, 8, 4), 61_400);
  expect(error).toMatchObject({
    code: "computation-lost",
    retry: "other-node",
    message: "mcrt_i3 has been at one unit for 61 s and is ended",
    place: { computation: "mcrt_i3", unit: "pixels 16,16-32,32, samples 8-12" },
  });
});
