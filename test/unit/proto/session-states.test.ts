import { expect, it } from "vitest";
import type { SessionState } from "../../../proto/gen/arras/v1/session_pb.ts";
import { isFinalState } from "../../../proto/session-states.ts";

it("a state is final -> exactly those four", () => {
  const states = [1, 2, 3, 4, 5, 6, 7, 8] as SessionState[];
  expect(states.filter(isFinalState)).toEqual([4, 5, 6, 7]);
});
