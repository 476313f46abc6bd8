// The crew of a session, as scenarios: what happens to processes and streams, and whom it is told.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import { ArrasError } from "../../../proto/errors.ts";
import { ComputationExitedSchema, ExitCause } from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { settled } from "../../fakes/settled.ts";
import { CrewStage } from "./crew-stage.ts";

const failure = new ArrasError("renderer-failed", { message: "it broke", action: "a" });

describe("a crew", () => {
  let stage: CrewStage;
  beforeEach(() => {
    stage = new CrewStage();
  });

  it("all are launched -> once each, as attempt 1; those that connect are counted and get orders", async () => {
    const stream = await stage.running();
    expect(stage.launcher.labels).toEqual(["a#1", "b#1"]);
    expect(stage.crew.connectedCount).toBe(1);
    stage.crew.sendAll({ case: "end", value: { $typeName: "arras.v1.EndWork" } });
    expect(stream.sent).toEqual(["end"]);
  });

  it("one connects and says nothing for hours, for its scene is on its way -> left alone; its launch named the scene", async () => {
    await stage.running();
    stage.connect("b");
    stage.clock.advance(10 * 3600 * 1000);
    expect([stage.crew.connectedCount, stage.said(), stage.launcher.labels]).toEqual([2, [], ["a#1", "b#1"]]);
    expect(stage.launcher.launches.map(({ launch }) => launch.bundleSha256)).toEqual(["b1", "b1"]);
  });

  it("a stream ends before its process's exit is known -> blamed only after the exit", async () => {
    const stream = await stage.running();
    stage.crew.disconnected("a", stream);
    expect(stage.said()).toEqual([]);
    stage.clock.advance(100);
    stage.exited("a");
    expect(stage.said()).toEqual(["left a crashed", "restarting a computation-lost"]);
  });

  it("a stream ends and the process lives on -> lost, without blame, and it may come back", async () => {
    const stream = await stage.running();
    stage.crew.disconnected("a", stream);
    stage.clock.advance(250);
    expect(stage.said()).toEqual(["left a lost"]);
    stage.connect("a");
    expect([stage.crew.connectedCount, stage.said()]).toEqual([1, []]);
  });

  it("a process's exit is known before its stream ends -> blamed when the stream has ended, all it said being read", async () => {
    const stream = await stage.running();
    stage.exited("a");
    expect(stage.said()).toEqual([]);
    stage.crew.disconnected("a", stream);
    expect(stage.said()).toEqual(["left a crashed", "restarting a computation-lost"]);
  });

  it("the exit is known and the stream never ends -> blamed after a while, once, and the stream is closed", async () => {
    const stream = await stage.running();
    stage.exited("a");
    stage.clock.advance(250);
    expect(stage.said()).toEqual(["left a crashed", "restarting a computation-lost"]);
    expect(stream.isClosed).toBe(true);
    stage.crew.disconnected("a", stream);
    expect(stage.said()).toEqual([]);
  });

  it("there is no place elsewhere while another works -> said once, asked again each second without end", async () => {
    await stage.running();
    stage.placeFor = (berth) => ({ ...berth, nodeId: "m" });
    stage.exited("b");
    stage.clock.advance(0);
    stage.said();
    stage.placeFor = () => {
      throw failure;
    };
    stage.crew.lostNode("n", failure);
    stage.clock.advance(2 * limits.placeAgainMsMax);
    expect(stage.said()).toEqual(["left a lost", "restarting a renderer-failed", "unplaced a renderer-failed"]);
    stage.placeFor = (berth) => ({ ...berth, nodeId: "o" });
    stage.clock.advance(limits.placeAgainIntervalMs);
    expect(stage.launcher.last("a").nodeId).toBe("o");
  });

  it("it ends while one has no place -> its lost node is not asked", async () => {
    await stage.running();
    stage.placeFor = (berth) => ({ ...berth, nodeId: "m" });
    stage.exited("b");
    stage.clock.advance(0);
    stage.placeFor = () => {
      throw failure;
    };
    stage.crew.lostNode("n", failure);
    await stage.crew.end();
    expect(stage.launcher.stopped).toEqual(["m s b"]);
  });

  it("nobody has a place for long -> all are given up", async () => {
    await stage.running();
    stage.placeFor = () => {
      throw failure;
    };
    stage.crew.lostNode("n", failure);
    stage.clock.advance(limits.placeAgainMsMax);
    expect(stage.said().filter((text) => text.startsWith("gone"))).toEqual([
      "gone a renderer-failed, 1 remain",
      "gone b renderer-failed, 0 remain",
    ]);
    expect(stage.clock.timerCount).toBe(0);
  });

  it("its node stops it, to leave -> closed, nobody is to blame", async () => {
    const stream = await stage.running();
    stage.crew.disconnected("a", stream);
    stage.exited("a", 1, ExitCause.STOPPED);
    expect(stage.said()).toEqual(["left a closed", "restarting a computation-lost"]);
  });

  it("a process ends by itself -> closed, nobody is to blame", async () => {
    const stream = await stage.running();
    stage.crew.disconnected("a", stream);
    stage.exited("a", 1, ExitCause.ENDED);
    expect(stage.said()[0]).toBe("left a closed");
  });

  it("a newer stream of a name -> the older is closed and lost; its later end means nothing", async () => {
    const older = await stage.running();
    const newer = stage.connect("a");
    expect([older.isClosed, stage.said()]).toEqual([true, ["left a lost"]]);
    stage.crew.disconnected("a", older);
    stage.clock.advance(1000);
    expect([stage.said(), stage.crew.connectedCount]).toEqual([[], 1]);
    expect(newer.isClosed).toBe(false);
  });

  it("it comes back within the grace -> its old units are lost, and the timer does not strike later", async () => {
    const stream = await stage.running();
    stage.crew.disconnected("a", stream);
    stage.connect("a");
    stage.clock.advance(1000);
    expect([stage.said(), stage.crew.connectedCount]).toEqual([["left a lost"], 1]);
  });

  it("it dies again and again without a unit -> started again at once, then later and later, then gone", async () => {
    await stage.running();
    stage.exited("b");
    const launchesAtMs: number[] = [];
    for (let attempt = 2; attempt <= limits.restartsInARowMax + 1; attempt++) {
      while (stage.launcher.last("b").launch.order.attempt < attempt) stage.clock.advance(50);
      launchesAtMs.push(stage.clock.nowMs());
      stage.launcher.last("b").announce("");
      await settled();
      stage.exited("b", attempt);
    }
    expect(launchesAtMs).toEqual([50, 250, 650, 1450, 3050]);
    expect(stage.said().at(-1)).toBe("gone b computation-lost, 1 remain");
    stage.clock.advance(10_000);
    expect(stage.launcher.last("b").label).toBe("b#6");
  });

  it("a unit of it was merged -> its deaths count from the start again", async () => {
    await stage.running();
    for (let attempt = 1; attempt <= limits.restartsInARowMax + 3; attempt++) {
      stage.crew.worked("b");
      stage.exited("b", attempt);
      stage.clock.advance(0);
      stage.launcher.last("b").announce("");
      await settled();
    }
    expect(stage.said().every((text) => text.startsWith("restarting b"))).toBe(true);
  });

  it("over its memory limit -> once more, with more of it; a second time -> gone, the last of all -> none remains", async () => {
    await stage.running();
    const asked: string[] = [];
    stage.placeFor = async (berth, reason) => {
      asked.push(`${berth.name} ${reason}`);
      return { ...berth, nodeId: "m", memoryLimitBytes: 2 };
    };
    stage.exited("b", 1, ExitCause.MEMORY);
    await settled();
    expect(asked).toEqual(["b memory"]);
    expect(stage.said()).toEqual(["restarting b on m with more, computation-lost"]);
    expect(stage.launcher.last("b")).toMatchObject({ nodeId: "m", label: "b#2", launch: { memoryLimitBytes: 2 } });
    stage.exited("b", 2, ExitCause.MEMORY);
    expect(stage.said()).toEqual(["gone b computation-lost, 1 remain"]);
    stage.placeFor = () => Promise.reject(failure);
    stage.exited("a", 1, ExitCause.MEMORY);
    stage.clock.advance(250);
    await settled();
    expect(stage.said()).toEqual(["left a crashed", "gone a computation-lost, 0 remain"]);
  });

  it("its node refuses it for want of room -> another place, nobody is to blame; there is none -> asked again", async () => {
    stage.crew.launchAll();
    stage.placeFor = async (berth, reason) => {
      if (reason === "refused") throw failure;
      return berth;
    };
    const refusal = new ArrasError("resources-insufficient", { message: "m", action: "a" });
    for (let times = 0; times < limits.restartsInARowMax + 3; times += 1) {
      stage.launcher.last("a").refuse(refusal);
      await settled();
      stage.clock.advance(limits.placeAgainIntervalMs);
      await settled();
    }
    expect(stage.said()).toEqual(["unplaced a renderer-failed"]);
    stage.placeFor = async (berth) => ({ ...berth, nodeId: "m" });
    stage.launcher.last("a").refuse(refusal);
    await settled();
    expect(stage.launcher.last("a").nodeId).toBe("m");
    expect(stage.crew.members.get("a")?.restartCount).toBe(0);
  });

  it("computations come later -> launched like the others; a name that is there, or after the end -> nothing", async () => {
    await stage.running();
    const { berth } = stage.crew.members.get("a")!;
    stage.crew.add([berth, { ...berth, name: "c" }]);
    expect(stage.launcher.labels).toEqual(["a#1", "b#1", "c#1"]);
    await stage.crew.end();
    stage.crew.add([{ ...berth, name: "d" }]);
    expect(stage.crew.members.has("d")).toBe(false);
  });

  it("the exit of an older attempt, or of nobody -> means nothing", async () => {
    await stage.running();
    stage.exited("b");
    stage.clock.advance(0);
    stage.said();
    stage.exited("b", 1);
    stage.exited("nobody");
    expect(stage.said()).toEqual([]);
  });

  it("the launch is refused -> tried again; refused when it is connected already -> nothing", async () => {
    stage.crew.launchAll();
    stage.launcher.last("a").refuse(failure);
    stage.connect("b");
    stage.launcher.last("b").refuse(failure);
    await settled();
    expect(stage.said()).toEqual(["restarting a renderer-failed"]);
    stage.clock.advance(0);
    expect(stage.launcher.labels).toEqual(["a#1", "b#1", "a#2"]);
  });

  it("it is dismissed -> told to end, what it holds goes back, and it is not let in again", async () => {
    const stream = await stage.running();
    stage.crew.dismiss("a", failure);
    expect(stream.sent).toEqual(["end"]);
    expect(stage.said()).toEqual(["gone a renderer-failed, 1 remain", "left a closed"]);
    stage.crew.disconnected("a", stream);
    stage.exited("a");
    stage.clock.advance(100_000);
    expect(stage.said().filter((text) => text.includes(" a "))).toEqual([]);
    expect(() => stage.connect("a")).toThrow(expect.objectContaining({ code: "session-missing" }));
  });

  it("a process runs and never connects -> replaced after a while", async () => {
    await stage.running();
    stage.clock.advance(limits.launchTimeoutMs);
    await settled();
    expect(stage.said()).toEqual(["restarting b computation-lost"]);
    expect(stage.launcher.stopped).toEqual(["n s b"]);
  });

  it("what its processes use -> the most of all attempts", async () => {
    await stage.running();
    stage.crew.usage("a", 100);
    stage.crew.usage("a", 50);
    stage.crew.usage("nobody", 1);
    stage.crew.exited(create(ComputationExitedSchema, { computation: "a", attempt: 1, peakMemoryBytes: 300n }));
    expect(stage.crew.members.get("a")?.peakMemoryBytes).toBe(300);
  });

  it("a name that is not ours -> session-missing", () => {
    expect(() => stage.connect("x")).toThrow(expect.objectContaining({ code: "session-missing" }));
  });

  it("it ends -> all are told and stopped, also where a node does not answer; then nothing happens any more", async () => {
    const stream = await stage.running();
    stage.exited("b");
    stage.said();
    stage.launcher.stopError = new Error("no answer");
    await stage.crew.end();
    expect(stream.sent).toEqual(["end"]);
    expect(stage.launcher.stopped).toEqual(["n s a", "n s b"]);
    stage.crew.disconnected("a", stream);
    stage.exited("a");
    stage.clock.advance(100_000);
    expect([stage.said(), stage.launcher.labels]).toEqual([[], ["a#1", "b#1"]]);
    expect(() => stage.connect("a")).toThrow(expect.objectContaining({ code: "session-missing" }));
  });
});
