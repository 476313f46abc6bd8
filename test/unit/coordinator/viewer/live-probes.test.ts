// What a page's pointer asks, faster than it is answered.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { LiveProbes } from "../../../../coordinator/viewer/live-probes.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { type ProbeReply, ProbeReplySchema } from "../../../../proto/gen/arras/v1/look_pb.ts";
import type { ViewerPick } from "../../../../proto/gen/arras/v1/viewer_pb.ts";
import { settled } from "../../../fakes/settled.ts";

const pick = (requestIndex: number): ViewerPick => ({
  $typeName: "arras.v1.ViewerPick",
  requestIndex,
  x: 10 * requestIndex,
  y: 1,
});

it("a pointer moves while one pixel is asked of -> that one is answered, then the newest; those between are not asked", async () => {
  const asked: number[] = [];
  const answers: ((reply: ProbeReply | ArrasError) => void)[] = [];
  const told: string[] = [];
  const probe = (x: number) => {
    asked.push(x);
    return new Promise<ProbeReply>((resolve, reject) =>
      answers.push((reply) => (reply instanceof ArrasError ? reject(reply) : resolve(reply))),
    );
  };
  const probes = new LiveProbes({ probe }, ({ requestIndex, probed }) =>
    told.push(`${requestIndex} ${probed?.object ?? "unknown"}`),
  );
  for (const index of [1, 2, 3, 4]) probes.ask(pick(index));
  expect(asked).toEqual([10]);
  answers[0]?.(create(ProbeReplySchema, { object: "chair" }));
  await settled();
  expect([asked, told]).toEqual([[10, 40], ["1 chair"]]);
  answers[1]?.(new ArrasError("session-state", { message: "no film", action: "" }));
  await settled();
  probes.ask(pick(5));
  answers[2]?.(create(ProbeReplySchema, { object: "table" }));
  await settled();
  expect([asked, told]).toEqual([
    [10, 40, 50],
    ["1 chair", "4 unknown", "5 table"],
  ]);
});
