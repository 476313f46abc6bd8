import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { checkAdopt, checkDrain, checkLaunch } from "../../../node-agent/request-checks.ts";
import { ArrasError } from "../../../proto/errors.ts";
import {
  AdoptRequestSchema,
  ComputationKind,
  DrainRequestSchema,
  LaunchOrderSchema,
  LaunchRequestSchema,
} from "../../../proto/gen/arras/v1/node_pb.ts";
import { limits } from "../../../proto/limits.ts";

const use = { nodeId: "n", host: "h", memoryBytes: 1000, promisedBytes: 400, runningCount: 2, hasCache: true };
const good = {
  sessionId: "s",
  computation: "mcrt_i0",
  attempt: 1,
  kind: ComputationKind.MCRT,
  token: "t",
  threadCount: 2,
  coordinatorAddress: "unix:/x",
  nodeId: "n",
};

function check(order: Partial<typeof good>, memoryLimitBytes = 600n, runningCount = 2) {
  const request = create(LaunchRequestSchema, {
    order: create(LaunchOrderSchema, { ...good, ...order }),
    memoryLimitBytes,
  });
  return checkLaunch(request, { ...use, runningCount });
}

describe("a launch request", () => {
  it("that fits is taken, with its limit in bytes", () => {
    expect(check({}).limitBytes).toBe(600);
  });

  it("that names a bundle is taken where scenes are fetched, and refused elsewhere", () => {
    const request = create(LaunchRequestSchema, {
      order: create(LaunchOrderSchema, good),
      memoryLimitBytes: 1n,
      bundleSha256: "a".repeat(64),
    });
    expect(checkLaunch(request, use).limitBytes).toBe(1);
    const malformed = expect.objectContaining({ code: "message-malformed" });
    expect(() => checkLaunch(request, { ...use, hasCache: false })).toThrow(malformed);
    expect(() => checkLaunch({ ...request, bundleSha256: "../etc" }, use)).toThrow(malformed);
  });

  it.each([
    ["no kind", () => check({ kind: ComputationKind.UNSPECIFIED }), "message-malformed"],
    ["another node", () => check({ nodeId: "m" }), "message-malformed"],
    ["no attempt", () => check({ attempt: 0 }), "message-malformed"],
    ["no session", () => check({ sessionId: "" }), "message-malformed"],
    ["a name without end", () => check({ computation: "x".repeat(257) }), "message-malformed"],
    ["no limit", () => check({}, 0n), "message-malformed"],
    ["an absurd limit", () => check({}, 2n ** 63n), "message-malformed"],
    ["no order", () => checkLaunch(create(LaunchRequestSchema, {}), use), "message-malformed"],
    ["too many threads", () => check({ threadCount: 1025 }), "limit-exceeded"],
    ["more memory than is left", () => check({}, 601n), "resources-insufficient"],
    ["a process too many", () => check({}, 1n, 256), "resources-insufficient"],
  ])("with %s is refused", (_, action, code) => {
    try {
      action();
      expect.unreachable();
    } catch (error) {
      expect(ArrasError.from(error).code).toBe(code);
    }
  });
});

describe("a request to adopt", () => {
  const adopt = (sessionId: string, coordinatorAddress: string) =>
    checkAdopt(create(AdoptRequestSchema, { sessionId, coordinatorAddress }), "n");

  it("with an address, or without one to only ask, is taken", () => {
    expect(adopt("s", "host:1").coordinatorAddress).toBe("host:1");
    expect(adopt("s", "").sessionId).toBe("s");
  });

  it.each([
    ["no session", () => adopt("", "host:1")],
    ["no address", () => adopt("s", "host")],
  ])("with %s is refused", (_, action) => {
    expect(action).toThrow(expect.objectContaining({ code: "message-malformed", place: { node: "n" } }));
  });
});

describe("a request to drain", () => {
  const drain = (deadlineMs: number, reason = "r") =>
    checkDrain(create(DrainRequestSchema, { deadlineMs, reason }), { nodeId: "n", drainDeadlineMs: 7000 });

  it("is taken with its deadline, or with the node's where it says none", () => {
    expect(drain(0)).toEqual({ deadlineMs: 7000, reason: "a request: r" });
    expect(drain(limits.drainDeadlineMsMax).deadlineMs).toBe(limits.drainDeadlineMsMax);
  });

  it.each([
    ["a deadline beyond the limit", () => drain(limits.drainDeadlineMsMax + 1)],
    ["a reason without end", () => drain(1, "x".repeat(limits.messageTextCharsMax + 1))],
  ])("with %s is refused", (_, action) => {
    expect(action).toThrow(expect.objectContaining({ code: "message-malformed", place: { node: "n" } }));
  });
});
