// What a session says of its faults: each names what it is about, and who may try again.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import {
  clientGone,
  holeText,
  leavingNode,
  notConnected,
  otherBits,
  passedTwice,
  sessionElsewhere,
  sessionMissing,
  waitedTooLong,
  withMoreText,
  withoutPlace,
} from "../../../coordinator/session-errors.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { QueuePlaceSchema } from "../../../proto/gen/arras/v1/session_pb.ts";
import { berth } from "../../fakes/session-plans.ts";

const place = create(QueuePlaceSchema, { position: 1, waitingCount: 1, reason: "No node is there" });

it.each([
  [sessionElsewhere("s"), "unavailable", /another coordinator/, { session: "s" }],
  [sessionMissing("x".repeat(500)), "session-missing", /^.{20,120}$/, {}],
  [notConnected(90_000), "timed-out", /within 90 s/, {}],
  [clientGone(600_400), "cancelled", /^Nobody has watched it for 600 s/, {}],
  [otherBits("mcrt_i1", "a", "b"), "renderer-missing", /mcrt_i1 renders with a, the session with b/, {}],
  [waitedTooLong(90_000, undefined), "resources-insufficient", /^It waited 90 s in the queue$/, {}],
  [waitedTooLong(90_000, place), "resources-insufficient", /in the queue: No node is there/, {}],
  [leavingNode("mcrt_i1", "n"), "computation-lost", /Node n, where mcrt_i1 runs, is leaving/, { node: "n" }],
])("%s -> code, words and place", (error, code, message, place) => {
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(error.place).toMatchObject(place);
});

it("a hole -> where, from which sample on, and why", () => {
  const rect = { x0: 1, y0: 2, x1: 9, y1: 10 };
  expect(holeText({ t: "hole", rect, fromSample: 4, toSample: 8, reason: "it crashed" })).toBe(
    "Pixels 1,2-9,10 get no samples from 4 on: it crashed",
  );
});

it("a computation has lost its place and finds no other -> why, what is missing, and what helps", () => {
  const refusal = new ArrasError("resources-insufficient", { message: "No node has 1 core free", action: "Add one." });
  expect(withoutPlace(leavingNode("mcrt_i1", "n"), refusal)).toMatchObject({
    code: "resources-insufficient",
    message: "Node n, where mcrt_i1 runs, is leaving the farm. No node has 1 core free",
    action: "Add one.",
  });
});

it("a computation gets more memory -> how much, and where", () => {
  const larger = { ...berth("mcrt_i0"), memoryLimitBytes: 2 ** 31 };
  const error = new ArrasError("memory-exceeded", { message: "mcrt_i0 passed its memory", action: "a" });
  expect(withMoreText(larger, error)).toBe(
    "mcrt_i0 is started again, once, with 2048 MB on node n: mcrt_i0 passed its memory",
  );
  expect(passedTwice(error, 2 ** 30)).toMatchObject({
    code: "memory-exceeded",
    message: "mcrt_i0 passed its memory, as it had passed the 1024 MB that it is defined to have",
    action: "a",
  });
});
