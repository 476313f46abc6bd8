// What runs of a session that was taken over: asked of each node, again and again, until it answers or is lost.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { Adoption } from "../../../coordinator/adoption.ts";
import { AdoptedComputationSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

describe("an adoption", () => {
  let clock: FakeClock;
  let launcher: FakeLauncher;
  let found: string[];
  let adoption: Adoption;

  beforeEach(() => {
    [clock, launcher, found] = [new FakeClock(), new FakeLauncher(), []];
    adoption = new Adoption("s", ["a", "b"], {
      launcher,
      clock,
      log: silentLog,
      found: (nodeId, computations) => void found.push(`${nodeId}: ${computations.map(({ name }) => name)}`),
    });
  });
  const runs = (nodeId: string, ...names: string[]) =>
    launcher.running.set(
      nodeId,
      names.map((name) => create(AdoptedComputationSchema, { name })),
    );

  it("nodes answer -> told once each, also of one that runs nothing", async () => {
    runs("a", "merge", "mcrt_i0");
    runs("b");
    adoption.start();
    await settled();
    clock.advance(10_000);
    await settled();
    expect(found).toEqual(["a: merge,mcrt_i0", "b: "]);
    expect(launcher.adopted).toEqual(["a s", "b s"]);
  });

  it("a node does not answer -> asked again until it does", async () => {
    runs("a");
    adoption.start();
    await settled();
    clock.advance(500);
    await settled();
    runs("b", "mcrt_i1");
    clock.advance(500);
    await settled();
    expect(found).toEqual(["a: ", "b: mcrt_i1"]);
    expect(launcher.adopted).toEqual(["a s", "b s", "b s", "b s"]);
  });

  it("a node is lost before it answers, or all of it ends -> nothing is asked any more", async () => {
    adoption.start();
    await settled();
    adoption.lostNode("a");
    runs("a");
    runs("b");
    clock.advance(500);
    adoption.end();
    await settled();
    clock.advance(10_000);
    expect([found, clock.timerCount]).toEqual([[], 0]);
  });
});
