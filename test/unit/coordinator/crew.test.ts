// The crew of a session, as scenarios: what happens to processes and streams, and whom it is told.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import type { Berth } from "../../../coordinator/berth.ts";
import { Crew } from "../../../coordinator/crew.ts";
import type { WorkStream } from "../../../coordinator/crew-member.ts";
import type { MoveReason } from "../../../coordinator/placement/move.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { HelloSchema } from "../../../proto/gen/arras/v1/budget_pb.ts";
import { ComputationExitedSchema, ExitCause, LaunchOrderSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { FakeLauncher } from "../../fakes/fake-launcher.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

const failure = new ArrasError("renderer-failed", { message: "it broke", action: "a" });

class RecordedStream implements WorkStream {
  readonly sent: (string | undefined)[] = [];
  isClosed = false;

  send(order: Parameters<WorkStream["send"]>[0]): void {
    this.sent.push(order.case);
  }

  close(): void {
    this.isClosed = true;
  }
}

describe("a crew", () => {
  let clock: FakeClock;
  let launcher: FakeLauncher;
  let crew: Crew;
  let told: string[];
  let placeFor: (berth: Berth, reason: MoveReason) => Berth | Promise<Berth>;

  beforeEach(() => {
    clock = new FakeClock();
    launcher = new FakeLauncher();
    told = [];
    placeFor = (berth) => berth;
    const berths = ["a", "b"].map((name) => ({
      name,
      nodeId: "n",
      threadCount: 1,
      memoryLimitBytes: 1,
      coresReserved: 1,
      environment: {},
    }));
    crew = new Crew(berths, {
      save: () => undefined,
      launcher,
      clock,
      log: silentLog,
      sessionId: "s",
      bundleSha256: "b1",
      berthFor: (berth, reason) => placeFor(berth, reason),
      orderFor: ({ name }, attempt) => create(LaunchOrderSchema, { sessionId: "s", computation: name, attempt }),
      listener: {
        draining: (name) => void told.push(`draining ${name}`),
        left: (name, cause) => void told.push(`left ${name} ${cause}`),
        restarting: (name, reason) => void told.push(`restarting ${name} ${reason.code}`),
        restartingWithMore: ({ name, nodeId }, reason) =>
          void told.push(`restarting ${name} on ${nodeId} with more, ${reason.code}`),
        unplaced: (name, reason) => void told.push(`unplaced ${name} ${reason.code}`),
        gone: (name, error, remaining) => void told.push(`gone ${name} ${error.code}, ${remaining} remain`),
      },
    });
  });

  function said(): string[] {
    return told.splice(0);
  }

  const exited = (computation: string, attempt = 1, cause = ExitCause.CRASHED) =>
    crew.exited(create(ComputationExitedSchema, { sessionId: "s", computation, attempt, cause }));
  const connect = (computation: string) => {
    const stream = new RecordedStream();
    crew.connected(create(HelloSchema, { sessionId: "s", computation }), stream);
    return stream;
  };

  async function running(): Promise<RecordedStream> {
    crew.launchAll();
    for (const launch of launcher.launches) launch.announce("");
    await settled();
    return connect("a");
  }

  it("all are launched -> once each, as attempt 1; those that connect are counted and get orders", async () => {
    const stream = await running();
    expect(launcher.labels).toEqual(["a#1", "b#1"]);
    expect(crew.connectedCount).toBe(1);
    crew.sendAll({ case: "end", value: { $typeName: "arras.v1.EndWork" } });
    expect(stream.sent).toEqual(["end"]);
  });

  it("one connects and says nothing for hours, for its scene is on its way -> left alone; its launch named the scene", async () => {
    await running();
    connect("b");
    clock.advance(10 * 3600 * 1000);
    expect([crew.connectedCount, said(), launcher.labels]).toEqual([2, [], ["a#1", "b#1"]]);
    expect(launcher.launches.map(({ launch }) => launch.bundleSha256)).toEqual(["b1", "b1"]);
  });

  it("a stream ends before its process's exit is known -> blamed only after the exit", async () => {
    const stream = await running();
    crew.disconnected("a", stream);
    expect(said()).toEqual([]);
    clock.advance(100);
    exited("a");
    expect(said()).toEqual(["left a crashed", "restarting a computation-lost"]);
  });

  it("a stream ends and the process lives on -> lost, without blame, and it may come back", async () => {
    const stream = await running();
    crew.disconnected("a", stream);
    clock.advance(250);
    expect(said()).toEqual(["left a lost"]);
    connect("a");
    expect([crew.connectedCount, said()]).toEqual([1, []]);
  });

  it("a process's exit is known before its stream ends -> blamed when the stream has ended, all it said being read", async () => {
    const stream = await running();
    exited("a");
    expect(said()).toEqual([]);
    crew.disconnected("a", stream);
    expect(said()).toEqual(["left a crashed", "restarting a computation-lost"]);
  });

  it("the exit is known and the stream never ends -> blamed after a while, once, and the stream is closed", async () => {
    const stream = await running();
    exited("a");
    clock.advance(250);
    expect(said()).toEqual(["left a crashed", "restarting a computation-lost"]);
    expect(stream.isClosed).toBe(true);
    crew.disconnected("a", stream);
    expect(said()).toEqual([]);
  });

  it("its node is lost -> its units go back without blame, it is launched elsewhere, what still comes from there is not heard", async () => {
    const stream = await running();
    placeFor = (berth) => ({ ...berth, nodeId: "m", threadCount: 3 });
    crew.lostNode("n", failure);
    expect(said()).toEqual(["left a lost", "restarting a renderer-failed", "restarting b renderer-failed"]);
    expect(stream.isClosed).toBe(true);
    crew.disconnected("a", stream);
    exited("a", 1);
    clock.advance(0);
    expect(launcher.launches.slice(2).map(({ nodeId, label }) => `${nodeId} ${label}`)).toEqual(["m a#2", "m b#2"]);
    expect(crew.members.get("a")?.berth).toMatchObject({ nodeId: "m", threadCount: 3 });
    const hello = (nodeId: string) => create(HelloSchema, { sessionId: "s", computation: "a", nodeId });
    expect(() => crew.connected(hello("n"), new RecordedStream())).toThrow(/no computation "a" any more/);
    crew.connected(hello("m"), new RecordedStream());
    expect([crew.connectedCount, said()]).toEqual([1, []]);
  });

  it("another node is lost -> nothing happens", async () => {
    await running();
    crew.lostNode("m", failure);
    expect(said()).toEqual([]);
  });

  it("its node is to leave -> a place elsewhere, emptied, ended, and started there without blame", async () => {
    const stream = await running();
    let askedCount = 0;
    placeFor = (berth) => {
      askedCount += 1;
      return { ...berth, nodeId: "m" };
    };
    crew.drainNode("n", 20_000);
    // b has no stream, so it holds nothing.
    expect(said()).toEqual(["draining a"]);
    expect(launcher.stopped).toEqual(["n s b"]);
    await settled();
    crew.drainNode("n", 19_000);
    expect([said(), askedCount]).toEqual([["restarting b computation-lost", "draining a"], 2]);
    crew.move("a");
    expect([said(), stream.isClosed]).toEqual([["left a closed"], true]);
    exited("a", 1, ExitCause.STOPPED);
    expect(said()).toEqual(["restarting a computation-lost"]);
    await settled();
    clock.advance(0);
    expect(launcher.launches.slice(2).map(({ nodeId, label }) => `${nodeId} ${label}`)).toEqual(["m b#2", "m a#2"]);
    // The place was asked for with what had been found before.
    expect(said()).toEqual([]);
    expect(crew.members.get("a")).toMatchObject({ restartCount: 1, restartsInARowCount: 0, nextBerth: undefined });
    crew.drainNode("n", 1000);
    crew.move("a");
    expect([said(), launcher.stopped]).toEqual([[], ["n s b", "n s a"]]);
  });

  it("its node is to leave and there is no other place -> it works on, until shortly before the end", async () => {
    await running();
    placeFor = () => {
      throw failure;
    };
    crew.drainNode("n", limits.drainLastMs + 1);
    expect([said(), launcher.stopped]).toEqual([[], []]);
    crew.drainNode("n", limits.drainLastMs);
    expect(said()).toEqual(["draining a"]);
    expect(launcher.stopped).toEqual(["n s b"]);
  });

  it("its node is to leave and it dies of itself -> it goes to the place that was found", async () => {
    await running();
    const asked: string[] = [];
    placeFor = (berth) => {
      asked.push(`${berth.name} ${berth.nodeId}`);
      return { ...berth, nodeId: "m" };
    };
    crew.drainNode("n", 20_000);
    exited("a", 1);
    clock.advance(1000);
    expect(launcher.last("a").nodeId).toBe("m");
    expect(asked.filter((text) => text.startsWith("a"))).toEqual(["a n", "a m"]);
  });

  it("there is no place elsewhere while another works -> said once, asked again each second without end", async () => {
    await running();
    placeFor = (berth) => ({ ...berth, nodeId: "m" });
    exited("b");
    clock.advance(0);
    said();
    placeFor = () => {
      throw failure;
    };
    crew.lostNode("n", failure);
    clock.advance(2 * limits.placeAgainMsMax);
    expect(said()).toEqual(["left a lost", "restarting a renderer-failed", "unplaced a renderer-failed"]);
    placeFor = (berth) => ({ ...berth, nodeId: "o" });
    clock.advance(limits.placeAgainIntervalMs);
    expect(launcher.last("a").nodeId).toBe("o");
  });

  it("it ends while one has no place -> its lost node is not asked", async () => {
    await running();
    placeFor = (berth) => ({ ...berth, nodeId: "m" });
    exited("b");
    clock.advance(0);
    placeFor = () => {
      throw failure;
    };
    crew.lostNode("n", failure);
    await crew.end();
    expect(launcher.stopped).toEqual(["m s b"]);
  });

  it("nobody has a place for long -> all are given up", async () => {
    await running();
    placeFor = () => {
      throw failure;
    };
    crew.lostNode("n", failure);
    clock.advance(limits.placeAgainMsMax);
    expect(said().filter((text) => text.startsWith("gone"))).toEqual([
      "gone a renderer-failed, 1 remain",
      "gone b renderer-failed, 0 remain",
    ]);
    expect(clock.timerCount).toBe(0);
  });

  it("its node stops it, to leave -> closed, nobody is to blame", async () => {
    const stream = await running();
    crew.disconnected("a", stream);
    exited("a", 1, ExitCause.STOPPED);
    expect(said()).toEqual(["left a closed", "restarting a computation-lost"]);
  });

  it("a process ends by itself -> closed, nobody is to blame", async () => {
    const stream = await running();
    crew.disconnected("a", stream);
    exited("a", 1, ExitCause.ENDED);
    expect(said()[0]).toBe("left a closed");
  });

  it("a newer stream of a name -> the older is closed and lost; its later end means nothing", async () => {
    const older = await running();
    const newer = connect("a");
    expect([older.isClosed, said()]).toEqual([true, ["left a lost"]]);
    crew.disconnected("a", older);
    clock.advance(1000);
    expect([said(), crew.connectedCount]).toEqual([[], 1]);
    expect(newer.isClosed).toBe(false);
  });

  it("it comes back within the grace -> its old units are lost, and the timer does not strike later", async () => {
    const stream = await running();
    crew.disconnected("a", stream);
    connect("a");
    clock.advance(1000);
    expect([said(), crew.connectedCount]).toEqual([["left a lost"], 1]);
  });

  it("it dies again and again without a unit -> started again at once, then later and later, then gone", async () => {
    await running();
    exited("b");
    const launchesAtMs: number[] = [];
    for (let attempt = 2; attempt <= limits.restartsInARowMax + 1; attempt++) {
      while (launcher.last("b").launch.order.attempt < attempt) clock.advance(50);
      launchesAtMs.push(clock.nowMs());
      launcher.last("b").announce("");
      await settled();
      exited("b", attempt);
    }
    expect(launchesAtMs).toEqual([50, 250, 650, 1450, 3050]);
    expect(said().at(-1)).toBe("gone b computation-lost, 1 remain");
    clock.advance(10_000);
    expect(launcher.last("b").label).toBe("b#6");
  });

  it("a unit of it was merged -> its deaths count from the start again", async () => {
    await running();
    for (let attempt = 1; attempt <= limits.restartsInARowMax + 3; attempt++) {
      crew.worked("b");
      exited("b", attempt);
      clock.advance(0);
      launcher.last("b").announce("");
      await settled();
    }
    expect(said().every((text) => text.startsWith("restarting b"))).toBe(true);
  });

  it("over its memory limit -> once more, with more of it; a second time -> gone, the last of all -> none remains", async () => {
    await running();
    const asked: string[] = [];
    placeFor = async (berth, reason) => {
      asked.push(`${berth.name} ${reason}`);
      return { ...berth, nodeId: "m", memoryLimitBytes: 2 };
    };
    exited("b", 1, ExitCause.MEMORY);
    await settled();
    expect(asked).toEqual(["b memory"]);
    expect(said()).toEqual(["restarting b on m with more, computation-lost"]);
    expect(launcher.last("b")).toMatchObject({ nodeId: "m", label: "b#2", launch: { memoryLimitBytes: 2 } });
    exited("b", 2, ExitCause.MEMORY);
    expect(said()).toEqual(["gone b computation-lost, 1 remain"]);
    placeFor = () => Promise.reject(failure);
    exited("a", 1, ExitCause.MEMORY);
    clock.advance(250);
    await settled();
    expect(said()).toEqual(["left a crashed", "gone a computation-lost, 0 remain"]);
  });

  it("its node refuses it for want of room -> another place, nobody is to blame; there is none -> asked again", async () => {
    crew.launchAll();
    placeFor = async (berth, reason) => {
      if (reason === "refused") throw failure;
      return berth;
    };
    const refusal = new ArrasError("resources-insufficient", { message: "m", action: "a" });
    for (let times = 0; times < limits.restartsInARowMax + 3; times += 1) {
      launcher.last("a").refuse(refusal);
      await settled();
      clock.advance(limits.placeAgainIntervalMs);
      await settled();
    }
    expect(said()).toEqual(["unplaced a renderer-failed"]);
    placeFor = async (berth) => ({ ...berth, nodeId: "m" });
    launcher.last("a").refuse(refusal);
    await settled();
    expect(launcher.last("a").nodeId).toBe("m");
    expect(crew.members.get("a")?.restartCount).toBe(0);
  });

  it("it cannot work on its node -> ended there without blame, started on another; as often as one that crashes", async () => {
    const stream = await running();
    const asked: string[] = [];
    placeFor = (berth, reason) => {
      asked.push(`${berth.nodeId} ${reason}`);
      return { ...berth, nodeId: berth.nodeId === "n" ? "m" : "n" };
    };
    crew.relocate("a", failure);
    expect([stream.isClosed, said()]).toEqual([true, ["left a closed"]]);
    exited("a", 1, ExitCause.STOPPED);
    clock.advance(0);
    expect([asked, said(), launcher.last("a").nodeId]).toEqual([["n refused"], ["restarting a renderer-failed"], "m"]);
    for (let attempt = 2; attempt <= limits.restartsInARowMax + 1; attempt += 1) {
      launcher.last("a").announce("");
      await settled();
      connect("a");
      crew.relocate("a", failure);
      exited("a", attempt, ExitCause.STOPPED);
      clock.advance(5_000);
    }
    expect(said().at(-1)).toBe("gone a renderer-failed, 1 remain");
  });

  it("it cannot work on its node and there is no other -> given up with what it said", async () => {
    await running();
    placeFor = () => {
      throw new ArrasError("resources-insufficient", { message: "m", action: "a" });
    };
    crew.relocate("a", failure);
    exited("a", 1, ExitCause.STOPPED);
    clock.advance(0);
    expect(said()).toEqual(["left a closed", "gone a renderer-failed, 1 remain"]);
  });

  it("one is dismissed, or its node lost, while a place is looked for -> it is not launched there", async () => {
    await running();
    const found: ((berth: Berth) => void)[] = [];
    placeFor = () => new Promise((resolve) => void found.push(resolve));
    exited("b");
    clock.advance(0);
    crew.lostNode("n", failure);
    crew.dismiss("b", failure);
    said();
    for (const answer of found) answer({ ...crew.members.get("b")!.berth, nodeId: "m" });
    await settled();
    expect(launcher.labels.filter((label) => label.startsWith("b"))).toEqual(["b#1"]);
  });

  it("computations come later -> launched like the others; a name that is there, or after the end -> nothing", async () => {
    await running();
    const { berth } = crew.members.get("a")!;
    crew.add([berth, { ...berth, name: "c" }]);
    expect(launcher.labels).toEqual(["a#1", "b#1", "c#1"]);
    await crew.end();
    crew.add([{ ...berth, name: "d" }]);
    expect(crew.members.has("d")).toBe(false);
  });

  it("the exit of an older attempt, or of nobody -> means nothing", async () => {
    await running();
    exited("b");
    clock.advance(0);
    said();
    exited("b", 1);
    exited("nobody");
    expect(said()).toEqual([]);
  });

  it("the launch is refused -> tried again; refused when it is connected already -> nothing", async () => {
    crew.launchAll();
    launcher.last("a").refuse(failure);
    connect("b");
    launcher.last("b").refuse(failure);
    await settled();
    expect(said()).toEqual(["restarting a renderer-failed"]);
    clock.advance(0);
    expect(launcher.labels).toEqual(["a#1", "b#1", "a#2"]);
  });

  it("it is dismissed -> told to end, what it holds goes back, and it is not let in again", async () => {
    const stream = await running();
    crew.dismiss("a", failure);
    expect(stream.sent).toEqual(["end"]);
    expect(said()).toEqual(["gone a renderer-failed, 1 remain", "left a closed"]);
    crew.disconnected("a", stream);
    exited("a");
    clock.advance(100_000);
    expect(said().filter((text) => text.includes(" a "))).toEqual([]);
    expect(() => connect("a")).toThrow(expect.objectContaining({ code: "session-missing" }));
  });

  it("it is dismissed while it leaves or waits for its restart -> no timer brings it back", async () => {
    const stream = await running();
    crew.disconnected("a", stream);
    crew.dismiss("a", failure);
    exited("b");
    crew.dismiss("b", failure);
    clock.advance(100_000);
    expect(launcher.labels).toEqual(["a#1", "b#1"]);
    expect([...crew.members.values()].map(({ phase }) => phase.t)).toEqual(["gone", "gone"]);
  });

  it("a process hangs and is replaced -> blamed, stopped, and another started when it is gone", async () => {
    const stream = await running();
    crew.replace("a", failure);
    expect([stream.isClosed, said(), launcher.stopped]).toEqual([true, ["left a crashed"], ["n s a"]]);
    expect(() => connect("a")).toThrow(expect.objectContaining({ code: "session-missing" }));
    await settled();
    expect(said()).toEqual(["restarting a renderer-failed"]);
    clock.advance(0);
    exited("a", 1);
    expect([said(), launcher.last("a").label]).toEqual([[], "a#2"]);
  });

  it("a process runs and never connects -> replaced after a while", async () => {
    await running();
    clock.advance(limits.launchTimeoutMs);
    await settled();
    expect(said()).toEqual(["restarting b computation-lost"]);
    expect(launcher.stopped).toEqual(["n s b"]);
  });

  it("what its processes use -> the most of all attempts", async () => {
    await running();
    crew.usage("a", 100);
    crew.usage("a", 50);
    crew.usage("nobody", 1);
    crew.exited(create(ComputationExitedSchema, { computation: "a", attempt: 1, peakMemoryBytes: 300n }));
    expect(crew.members.get("a")?.peakMemoryBytes).toBe(300);
  });

  it("a name that is not ours -> session-missing", () => {
    expect(() => connect("x")).toThrow(expect.objectContaining({ code: "session-missing" }));
  });

  it("it ends -> all are told and stopped, also where a node does not answer; then nothing happens any more", async () => {
    const stream = await running();
    exited("b");
    said();
    launcher.stopError = new Error("no answer");
    await crew.end();
    expect(stream.sent).toEqual(["end"]);
    expect(launcher.stopped).toEqual(["n s a", "n s b"]);
    crew.disconnected("a", stream);
    exited("a");
    clock.advance(100_000);
    expect([said(), launcher.labels]).toEqual([[], ["a#1", "b#1"]]);
    expect(() => connect("a")).toThrow(expect.objectContaining({ code: "session-missing" }));
  });
});
