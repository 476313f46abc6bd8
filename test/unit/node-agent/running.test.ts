// One computation of an agent: its memory judged, and what is said of its end. Its process is a test's.
import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import type { GroupReading } from "../../../node-agent/cgroup/group-dialect.ts";
import type { MemoryGroup } from "../../../node-agent/cgroup/memory-group.ts";
import type { ProcessExit, RunningComputation } from "../../../node-agent/launch.ts";
import { Running } from "../../../node-agent/running.ts";
import { errorFromMessage } from "../../../proto/error-message.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { ExitCause, LaunchOrderSchema } from "../../../proto/gen/arras/v1/node_pb.ts";

const megabyte = 2 ** 20;
const order = create(LaunchOrderSchema, { sessionId: "s", computation: "mcrt_i0", attempt: 3 });
const ended = (code: number | null, signal: string | null = null): ProcessExit => ({ code, signal, tail: [] });

describe("a running computation", () => {
  let asked: string[];
  let group: GroupReading | undefined;

  beforeEach(() => {
    asked = [];
    group = undefined;
  });

  function running(hasGroup = false): Running {
    const process = {
      kill: () => void asked.push("kill process"),
      stop: async () => void asked.push("stop process"),
    };
    const itsGroup = { kill: () => void asked.push("kill group"), reading: () => group };
    return new Running(
      order,
      100 * megabyte,
      process as unknown as RunningComputation,
      { node: "n-1", host: "render07" },
      hasGroup ? (itsGroup as unknown as MemoryGroup) : undefined,
    );
  }
  const reading = (residentMB: number, peakMB = residentMB) => ({
    residentBytes: residentMB * megabyte,
    peakBytes: peakMB * megabyte,
  });

  it("memory goes up and down within the limit -> now and the most so far; it runs on", () => {
    const one = running();
    for (const resident of [40, 100, 20]) one.judge(reading(resident));
    expect([one.residentBytes, one.peakBytes]).toEqual([20 * megabyte, 100 * megabyte]);
    expect(asked).toEqual([]);
  });

  it("its process is gone -> the last that was known stays", () => {
    const one = running();
    one.judge(reading(40));
    one.judge(undefined);
    expect([one.residentBytes, one.peakBytes]).toEqual([40 * megabyte, 40 * megabyte]);
  });

  it("it passes its limit -> ended once, with all that it started; its end is about memory", () => {
    const one = running(true);
    group = { residentBytes: 90 * megabyte, swappedBytes: 0, chargedPeakBytes: 100 * megabyte, isKilled: true };
    one.judge(undefined);
    one.judge(undefined);
    expect(asked).toEqual(["kill process", "kill group"]);
    const report = one.exitReport(ended(null, "SIGKILL"));
    expect(report).toMatchObject({ cause: ExitCause.MEMORY, peakMemoryBytes: BigInt(100 * megabyte) });
    const error = errorFromMessage(report.error!);
    expect(error).toMatchObject({
      code: "memory-exceeded",
      place: { session: "s", computation: "mcrt_i0", node: "n-1" },
    });
    expect(error.message).toContain("100 MB");
  });

  it("it passes its limit without a group -> the watchdog ends its process", () => {
    const one = running();
    one.judge(reading(99, 101));
    expect(asked).toEqual(["kill process"]);
    expect(one.state.t).toBe("over-limit");
  });

  it("it is stopped while it is over its limit -> memory remains the reason", async () => {
    const one = running();
    one.judge(reading(101));
    await one.stop();
    expect(one.exitReport(ended(0)).cause).toBe(ExitCause.MEMORY);
  });

  it.each<[string, "running" | "launching", boolean, ProcessExit, ExitCause]>([
    ["it is stopped and ends", "running", true, ended(0), ExitCause.STOPPED],
    ["it is stopped while it is launched", "launching", true, ended(1), ExitCause.STOPPED],
    ["it is stopped and must be killed", "running", true, ended(null, "SIGKILL"), ExitCause.STOPPED],
    ["it ends by itself", "running", false, ended(0), ExitCause.ENDED],
    ["it fails", "running", false, ended(7), ExitCause.CRASHED],
    ["it is killed by somebody else", "running", false, ended(null, "SIGSEGV"), ExitCause.CRASHED],
  ])("%s -> its report says so", async (_, state, isStopped, exit, cause) => {
    const one = running();
    one.state = { t: state };
    if (isStopped) await one.stop();
    const report = one.exitReport(exit);
    expect(report).toMatchObject({ sessionId: "s", computation: "mcrt_i0", attempt: 3, nodeId: "n-1", cause });
    expect(report.error === undefined).toBe(cause !== ExitCause.CRASHED);
  });

  it("it crashes -> the error names it, its host and the signal", () => {
    const error = errorFromMessage(running().exitReport(ended(null, "SIGSEGV")).error!);
    expect(error).toMatchObject({ code: "computation-crashed", place: { computation: "mcrt_i0", node: "n-1" } });
    expect(error.message).toMatch(/^mcrt_i0 on render07 ended with .*SIGSEGV/);
  });

  it("its launch fails -> its own words, with place; a more exact place stays", () => {
    const said = new ArrasError("scene-broken", {
      message: "no mesh",
      action: "Save it again.",
      place: { path: "a.gltf", node: "said" },
    });
    expect(running().launchError(said)).toMatchObject({
      code: "scene-broken",
      message: "mcrt_i0: no mesh",
      action: "Save it again.",
      place: { session: "s", computation: "mcrt_i0", node: "said", path: "a.gltf" },
      cause: said,
    });
    expect(running().launchError(new Error("odd"))).toMatchObject({ code: "computation-crashed" });
  });

  it("its launch fails because it was over its limit -> memory is the reason, not what it said", () => {
    const one = running();
    one.judge(reading(150));
    expect(one.launchError(new Error("it went away"))).toMatchObject({ code: "memory-exceeded" });
  });
});
