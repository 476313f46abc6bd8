// What a session says of its faults: each names what it is about, and who may try again.
import { expect, it } from "vitest";
import {
  leavingNode,
  notConnected,
  otherBits,
  sessionElsewhere,
  sessionMissing,
  unitRetry,
} from "../../../coordinator/session-errors.ts";
import { ArrasError } from "../../../proto/errors.ts";

it.each([
  [sessionElsewhere("s"), "unavailable", /another coordinator/, { session: "s" }],
  [sessionMissing("x".repeat(500)), "session-missing", /^.{20,120}$/, {}],
  [notConnected(90_000), "timed-out", /within 90 s/, {}],
  [otherBits("mcrt_i1", "a", "b"), "renderer-missing", /mcrt_i1 renders with a, the session with b/, {}],
  [leavingNode("mcrt_i1", "n"), "computation-lost", /mcrt_i1's node is leaving/, { node: "n" }],
])("%s -> code, words and place", (error, code, message, place) => {
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(error.place).toMatchObject(place);
});

it("the merger cannot read a unit's sums -> another may do better; other faults -> as their code says", () => {
  const fault = (code: "message-malformed" | "scene-broken") => new ArrasError(code, { message: "m", action: "a" });
  expect([unitRetry(fault("message-malformed")), unitRetry(fault("scene-broken"))]).toEqual(["other-node", "never"]);
});
