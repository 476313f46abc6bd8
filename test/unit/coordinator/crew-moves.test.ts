// Computations that cannot stay where they are: one hangs, cannot work there, or its node leaves or is lost.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import type { Berth } from "../../../coordinator/berth.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { HelloSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { settled } from "../../fakes/settled.ts";
import { CrewStage, RecordedStream } from "./crew-stage.ts";

const failure = new ArrasError("renderer-failed", { message: "it broke", action: "a" });

describe("a crew that moves", () => {
  let stage: CrewStage;
  beforeEach(() => {
    stage = new CrewStage();
  });

  it("its node is lost -> its units go back without blame, it is launched elsewhere, what still comes from there is not heard", async () => {
    const stream = await stage.running();
    stage.placeFor = (berth) => ({ ...berth, nodeId: "m", threadCount: 3 });
    stage.crew.lostNode("n", failure);
    expect(stage.said()).toEqual(["left a lost", "restarting a renderer-failed", "restarting b renderer-failed"]);
    expect(stream.isClosed).toBe(true);
    stage.crew.disconnected("a", stream);
    stage.exited("a", 1);
    stage.clock.advance(0);
    expect(stage.launcher.launches.slice(2).map(({ nodeId, label }) => `${nodeId} ${label}`)).toEqual([
      "m a#2",
      "m b#2",
    ]);
    expect(stage.crew.members.get("a")?.berth).toMatchObject({ nodeId: "m", threadCount: 3 });
    const hello = (nodeId: string) => create(HelloSchema, { sessionId: "s", computation: "a", nodeId });
    expect(() => stage.crew.connected(hello("n"), new RecordedStream())).toThrow(/no computation "a" any more/);
    stage.crew.connected(hello("m"), new RecordedStream());
    expect([stage.crew.connectedCount, stage.said()]).toEqual([1, []]);
  });

  it("another node is lost -> nothing happens", async () => {
    await stage.running();
    stage.crew.lostNode("m", failure);
    expect(stage.said()).toEqual([]);
  });

  it("its node is to leave -> a place elsewhere, emptied, ended, and started there without blame", async () => {
    const stream = await stage.running();
    let askedCount = 0;
    stage.placeFor = (berth) => {
      askedCount += 1;
      return { ...berth, nodeId: "m" };
    };
    stage.crew.drainNode("n");
    // b has no stream, so it holds nothing.
    expect(stage.said()).toEqual(["draining a"]);
    expect(stage.launcher.stopped).toEqual(["n s b"]);
    await settled();
    stage.crew.drainNode("n");
    expect([stage.said(), askedCount]).toEqual([["restarting b computation-lost", "draining a"], 2]);
    stage.crew.move("a");
    expect([stage.said(), stream.isClosed]).toEqual([["left a closed"], true]);
    stage.exited("a", 1, ExitCause.STOPPED);
    expect(stage.said()).toEqual(["restarting a computation-lost"]);
    await settled();
    stage.clock.advance(0);
    expect(stage.launcher.launches.slice(2).map(({ nodeId, label }) => `${nodeId} ${label}`)).toEqual([
      "m b#2",
      "m a#2",
    ]);
    // The place was asked for with what had been found before.
    expect(stage.said()).toEqual([]);
    expect(stage.crew.members.get("a")).toMatchObject({
      restartCount: 1,
      restartsInARowCount: 0,
      nextBerth: undefined,
    });
    stage.crew.drainNode("n");
    stage.crew.move("a");
    expect([stage.said(), stage.launcher.stopped]).toEqual([[], ["n s b", "n s a"]]);
  });

  it("its node is to leave and there is no other place -> emptied and ended all the same; it waits, and goes to the first that is free", async () => {
    const stream = await stage.running();
    stage.placeFor = () => {
      throw new ArrasError("resources-insufficient", { message: "No node has 1 core free", action: "a" });
    };
    stage.crew.drainNode("n");
    expect([stage.said(), stage.launcher.stopped]).toEqual([["draining a"], ["n s b"]]);
    stage.crew.move("a");
    stage.exited("a", 1, ExitCause.STOPPED);
    await settled();
    expect([stream.isClosed, stage.crew.placeless]).toEqual([true, undefined]);
    stage.clock.advance(0);
    expect(stage.said()).toEqual([
      "left a closed",
      "restarting a computation-lost",
      "restarting b computation-lost",
      "unplaced a resources-insufficient",
      "unplaced b resources-insufficient",
    ]);
    expect(stage.crew.placeless?.message).toBe("Node n, where a runs, is leaving the farm. No node has 1 core free");
    stage.crew.drainNode("n");
    expect([stage.said(), stage.launcher.stopped]).toEqual([[], ["n s b", "n s a"]]);
    stage.placeFor = (berth) => ({ ...berth, nodeId: "m" });
    stage.clock.advance(limits.placeAgainIntervalMs);
    stage.launcher.last("a").announce("");
    await settled();
    expect([stage.launcher.last("a").nodeId, stage.crew.placeless]).toEqual(["m", undefined]);
  });

  it("its node is to leave, and a place is found only when it has gone -> it goes there", async () => {
    await stage.running();
    const found: ((berth: Berth) => void)[] = [];
    stage.placeFor = (berth) =>
      berth.nodeId === "m"
        ? berth
        : new Promise((resolve) => void found.push(() => resolve({ ...berth, nodeId: "m" })));
    stage.crew.drainNode("n");
    stage.crew.move("a");
    stage.exited("a", 1, ExitCause.STOPPED);
    stage.clock.advance(0);
    for (const answer of found) answer(stage.crew.members.get("a")!.berth);
    await settled();
    expect(stage.launcher.last("a")).toMatchObject({ nodeId: "m", label: "a#2" });
  });

  it("its node renders wrong samples -> what runs there is ended at once and started elsewhere, without blame", async () => {
    const stream = await stage.running();
    stage.placeFor = (berth) => ({ ...berth, nodeId: "m" });
    stage.crew.leaveNode("other", () => failure);
    expect([stage.said(), stage.launcher.stopped]).toEqual([[], []]);
    stage.crew.leaveNode("n", () => failure);
    expect([stage.said(), stream.isClosed, stage.launcher.stopped]).toEqual([
      ["left a closed"],
      true,
      ["n s a", "n s b"],
    ]);
    await settled();
    stage.clock.advance(0);
    expect(stage.said()).toEqual(["restarting a renderer-failed", "restarting b renderer-failed"]);
    const places = stage.launcher.launches.slice(2).map(({ nodeId, label }) => `${nodeId} ${label}`);
    expect(places).toEqual(["m a#2", "m b#2"]);
    expect(stage.crew.members.get("a")).toMatchObject({ restartCount: 1, restartsInARowCount: 0 });
  });

  it("its node is to leave and it dies of itself -> it goes to the place that was found", async () => {
    await stage.running();
    const asked: string[] = [];
    stage.placeFor = (berth) => {
      asked.push(`${berth.name} ${berth.nodeId}`);
      return { ...berth, nodeId: "m" };
    };
    stage.crew.drainNode("n");
    stage.exited("a", 1);
    stage.clock.advance(1000);
    expect(stage.launcher.last("a").nodeId).toBe("m");
    expect(asked.filter((text) => text.startsWith("a"))).toEqual(["a n", "a m"]);
  });

  it("it cannot work on its node -> ended there without blame, started on another; as often as one that crashes", async () => {
    const stream = await stage.running();
    const asked: string[] = [];
    stage.placeFor = (berth, reason) => {
      asked.push(`${berth.nodeId} ${reason}`);
      return { ...berth, nodeId: berth.nodeId === "n" ? "m" : "n" };
    };
    stage.crew.relocate("a", failure);
    expect([stream.isClosed, stage.said()]).toEqual([true, ["left a closed"]]);
    stage.exited("a", 1, ExitCause.STOPPED);
    stage.clock.advance(0);
    expect([asked, stage.said(), stage.launcher.last("a").nodeId]).toEqual([
      ["n refused"],
      ["restarting a renderer-failed"],
      "m",
    ]);
    for (let attempt = 2; attempt <= limits.restartsInARowMax + 1; attempt += 1) {
      stage.launcher.last("a").announce("");
      await settled();
      stage.connect("a");
      stage.crew.relocate("a", failure);
      stage.exited("a", attempt, ExitCause.STOPPED);
      stage.clock.advance(5_000);
    }
    expect(stage.said().at(-1)).toBe("gone a renderer-failed, 1 remain");
  });

  it("it cannot work on its node and there is no other -> given up with what it said", async () => {
    await stage.running();
    stage.placeFor = () => {
      throw new ArrasError("resources-insufficient", { message: "m", action: "a" });
    };
    stage.crew.relocate("a", failure);
    stage.exited("a", 1, ExitCause.STOPPED);
    stage.clock.advance(0);
    expect(stage.said()).toEqual(["left a closed", "gone a renderer-failed, 1 remain"]);
  });

  it("one is dismissed, or its node lost, while a place is looked for -> it is not launched there", async () => {
    await stage.running();
    const found: ((berth: Berth) => void)[] = [];
    stage.placeFor = () => new Promise((resolve) => void found.push(resolve));
    stage.exited("b");
    stage.clock.advance(0);
    stage.crew.lostNode("n", failure);
    stage.crew.dismiss("b", failure);
    stage.said();
    for (const answer of found) answer({ ...stage.crew.members.get("b")!.berth, nodeId: "m" });
    await settled();
    expect(stage.launcher.labels.filter((label) => label.startsWith("b"))).toEqual(["b#1"]);
  });

  it("it is dismissed while it leaves or waits for its restart -> no timer brings it back", async () => {
    const stream = await stage.running();
    stage.crew.disconnected("a", stream);
    stage.crew.dismiss("a", failure);
    stage.exited("b");
    stage.crew.dismiss("b", failure);
    stage.clock.advance(100_000);
    expect(stage.launcher.labels).toEqual(["a#1", "b#1"]);
    expect([...stage.crew.members.values()].map(({ phase }) => phase.t)).toEqual(["gone", "gone"]);
  });

  it("a process hangs and is replaced -> blamed, stopped, and another started when it is gone", async () => {
    const stream = await stage.running();
    stage.crew.replace("a", failure);
    expect([stream.isClosed, stage.said(), stage.launcher.stopped]).toEqual([true, ["left a crashed"], ["n s a"]]);
    expect(() => stage.connect("a")).toThrow(expect.objectContaining({ code: "session-missing" }));
    await settled();
    expect(stage.said()).toEqual(["restarting a renderer-failed"]);
    stage.clock.advance(0);
    stage.exited("a", 1);
    expect([stage.said(), stage.launcher.last("a").label]).toEqual([[], "a#2"]);
  });
});
