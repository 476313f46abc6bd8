// Requests over a bus: decoded for the agent, answered for it where they cannot be.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { InMemoryBus } from "../../../host/in-memory-bus.ts";
import { type AgentAnswers, answerRequests } from "../../../node-agent/agent-requests.ts";
import { ArrasError } from "../../../proto/errors.ts";
import {
  AdoptReplySchema,
  DrainReplySchema,
  DrainRequestSchema,
  LaunchReplySchema,
  StopReplySchema,
} from "../../../proto/gen/arras/v1/node_pb.ts";
import { subjects } from "../../../proto/subjects.ts";

const garbage = new Uint8Array([255, 1, 2]);
const unasked = () => {
  throw new ArrasError("session-state", { message: "asked", action: "a" });
};

function answering(answers: Partial<AgentAnswers>) {
  const bus = new InMemoryBus();
  const all = { launch: unasked, stop: unasked, adopt: unasked, drain: unasked, ...answers };
  return { bus, subscriptions: answerRequests(bus, "n", all) };
}

describe("requests to an agent", () => {
  it("one comes -> decoded, and answered when the agent does", async () => {
    const { bus } = answering({
      drain: ({ deadlineMs }, reply) => void setImmediate(() => reply({ leftMs: deadlineMs })),
    });
    const request = toBinary(DrainRequestSchema, create(DrainRequestSchema, { deadlineMs: 7 }));
    expect(fromBinary(DrainReplySchema, await bus.request(subjects.drain("n"), request, 1000)).leftMs).toBe(7);
  });

  it.each([
    ["launch", LaunchReplySchema],
    ["stop", StopReplySchema],
    ["adopt", AdoptReplySchema],
    ["drain", DrainReplySchema],
  ] as const)(
    "a malformed %s -> refused, unseen by the agent; one that it refuses -> its error",
    async (name, schema) => {
      const { bus } = answering({});
      const codeOf = async (bytes: Uint8Array) =>
        fromBinary(schema, await bus.request(subjects[name]("n"), bytes, 1000)).error?.code;
      expect(await codeOf(garbage)).toBe("message-malformed");
      expect(await codeOf(new Uint8Array())).toBe("session-state");
    },
  );

  it("it is ended -> nobody answers any more", async () => {
    const { bus, subscriptions } = answering({});
    for (const subscription of subscriptions) subscription.unsubscribe();
    for (const name of ["launch", "stop", "adopt", "drain"] as const)
      await expect(bus.request(subjects[name]("n"), garbage, 1000)).rejects.toMatchObject({ code: "unavailable" });
  });
});
