// A rendered unit as a message.
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { contributionOf } from "../../../../node-agent/mcrt/contribution.ts";
import { PlaneEncoding } from "../../../../proto/gen/arras/v1/common_pb.ts";
import { ContributionSchema } from "../../../../proto/gen/arras/v1/film_pb.ts";
import { unitFromMessage } from "../../../../proto/unit.ts";
import { unitOf } from "../../../fakes/films.ts";

it("planes of every encoding -> the same bytes in the same order after the wire, with unit and sender", () => {
  const planes = (["constant", "int32", "float64", "float32"] as const).map((encoding, at) => ({
    encoding,
    // Part of a larger buffer, as renderers return them.
    bytes: new Uint8Array([9, 9, at, at + 1, 9]).subarray(2, 4),
  }));
  const counts = { renderMs: 1, clampedCount: 0, nonFiniteCount: 0, clampedSamples: [], nonFiniteSamples: [] };
  const message = contributionOf({ sessionId: "s", computation: "mcrt_i0", nodeId: "n" }, unitOf(5, 3, 2), {
    planes,
    ...counts,
  });
  const read = fromBinary(ContributionSchema, toBinary(ContributionSchema, message));
  expect(unitFromMessage(read.unit)).toEqual(unitOf(5, 3, 2));
  expect([read.sessionId, read.computation, read.nodeId]).toEqual(["s", "mcrt_i0", "n"]);
  const { CONSTANT, INT32, FLOAT64, FLOAT32 } = PlaneEncoding;
  expect(read.planes.map(({ encoding, values }) => [encoding, [...values]])).toEqual([
    [CONSTANT, [0, 1]],
    [INT32, [1, 2]],
    [FLOAT64, [2, 3]],
    [FLOAT32, [3, 4]],
  ]);
});
