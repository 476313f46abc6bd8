// What computations say early counts once, when what they were told has come true.
import { create } from "@bufbuild/protobuf";
import { beforeEach, expect, it } from "vitest";
import { EarlyComputations } from "../../../coordinator/early-reports.ts";
import { PreparedSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { limits } from "../../../proto/limits.ts";

const told = { epoch: 1, mergerAddress: "unix:/merger" };
const prepared = create(PreparedSchema, { epoch: 1, renderer: "fake" });
let early: EarlyComputations;

beforeEach(() => {
  early = new EarlyComputations();
  early.assigned("mcrt_i0", told);
});

it("nothing was assigned early -> what it says counts at once", () => {
  expect([early.prepared("mcrt_i1", prepared), early.credit("mcrt_i1", 1)]).toEqual([false, false]);
  expect(early.take("mcrt_i1", told)).toBeUndefined();
});

it("it is ready and takes units -> kept until the film is open, and then once", () => {
  expect([early.prepared("mcrt_i0", prepared), early.credit("mcrt_i0", 3), early.credit("mcrt_i0", 4)]).toEqual([
    true,
    true,
    true,
  ]);
  expect(early.take("mcrt_i0", told)).toMatchObject({ prepared, creditCount: 7 });
  expect([early.credit("mcrt_i0", 1), early.take("mcrt_i0", told)]).toEqual([false, undefined]);
});

it("it loads the scene still -> it need not be told again", () => {
  expect(early.take("mcrt_i0", told)).toMatchObject({ prepared: undefined, creditCount: 0 });
});

it.each([
  ["another epoch", { ...told, epoch: 2 }],
  ["another merger", { ...told, mergerAddress: "unix:/other" }],
])("%s has come meanwhile -> nothing of it counts", (_, now) => {
  early.prepared("mcrt_i0", prepared);
  expect(early.take("mcrt_i0", now)).toBeUndefined();
});

it.each([
  ["it is told anew", () => early.assigned("mcrt_i0", told), { prepared: undefined, creditCount: 0 }],
  ["it leaves", () => early.left("mcrt_i0"), undefined],
])("%s -> what it said before does not count", (_, happen, expected) => {
  early.prepared("mcrt_i0", prepared);
  early.credit("mcrt_i0", 5);
  happen();
  const taken = early.take("mcrt_i0", told);
  if (expected === undefined) expect(taken).toBeUndefined();
  else expect(taken).toMatchObject(expected);
});

it("it takes more units than there can be -> as many as there can be", () => {
  early.credit("mcrt_i0", limits.leasedUnitsMax);
  early.credit("mcrt_i0", limits.leasedUnitsMax);
  expect(early.take("mcrt_i0", told)?.creditCount).toBe(limits.leasedUnitsMax);
});
