// Picks of a session, as scenarios: who is asked, who answers, and what happens when nobody does.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { PixelProbes } from "../../../coordinator/pixel-probes.ts";
import { errorToMessage } from "../../../proto/error-message.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { PixelProbedSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { PickReplySchema } from "../../../proto/gen/arras/v1/look_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";

describe("what is under a pixel", () => {
  let clock: FakeClock;
  let showing: string[];
  let asked: { computation: string; probeIndex: number; x: number; y: number }[];
  let probes: PixelProbes;
  beforeEach(() => {
    clock = new FakeClock();
    showing = ["a", "b"];
    asked = [];
    probes = new PixelProbes(clock, {
      showing: () => showing,
      send: (computation, order) => {
        if (order.case === "probe") asked.push({ computation, ...order.value });
      },
    });
  });
  const picked = (object: string) => create(PickReplySchema, { epoch: 2, isHit: true, object });
  const answer = (at: number, object: string, computation = asked[at]!.computation) =>
    probes.answered(
      computation,
      create(PixelProbedSchema, { probeIndex: asked[at]!.probeIndex, picked: picked(object) }),
    );

  it("several are asked -> in turn of those that show the scene, each answered for itself in any order", async () => {
    const [first, second] = [probes.pick(1, 2), probes.pick(3, 4)];
    expect(asked.map(({ computation }) => computation).sort()).toEqual(["a", "b"]);
    expect(asked[0]).toMatchObject({ x: 1, y: 2 });
    answer(1, "chair");
    answer(0, "table");
    answer(0, "again");
    expect([(await first).object, (await second).object]).toEqual(["table", "chair"]);
  });

  it("another computation answers -> that is no answer", async () => {
    const pick = probes.pick(1, 2);
    answer(0, "wrong", "c");
    answer(0, "right");
    expect((await pick).object).toBe("right");
  });

  it("nobody shows the scene, who was asked leaves, does not answer, or the session ends -> unavailable", async () => {
    const refused = { code: "unavailable" };
    showing = [];
    await expect(probes.pick(1, 2)).rejects.toMatchObject(refused);
    showing = ["a"];
    const left = probes.pick(1, 2);
    probes.left("a");
    await expect(left).rejects.toMatchObject(refused);
    const late = probes.pick(1, 2);
    clock.advance(limits.pickTimeoutMs);
    await expect(late).rejects.toMatchObject(refused);
    const ended = probes.pick(1, 2);
    probes.end();
    await expect(ended).rejects.toMatchObject(refused);
  });

  it("the computation cannot say -> its error", async () => {
    const pick = probes.pick(9999, 0);
    const error = errorToMessage(new ArrasError("usage", { message: "no such pixel", action: "a" }));
    probes.answered(asked[0]!.computation, create(PixelProbedSchema, { probeIndex: asked[0]!.probeIndex, error }));
    await expect(pick).rejects.toMatchObject({ code: "usage" });
  });

  it("too many wait -> unavailable for one more, and room again when one is answered", async () => {
    const waiting = Array.from({ length: limits.picksWaitingMax }, () => probes.pick(0, 0));
    await expect(probes.pick(0, 0)).rejects.toMatchObject({ code: "unavailable" });
    answer(0, "chair");
    await waiting[0];
    const more = probes.pick(0, 0);
    answer(asked.length - 1, "table");
    expect((await more).object).toBe("table");
    probes.end();
    await Promise.allSettled(waiting);
  });
});
