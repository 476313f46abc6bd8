// The life of a session: the changes that may happen, and no others.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  changeState,
  isFinal,
  type SessionState,
  sessionTransitions,
  stateFromRecord,
  stateToMessage,
} from "../../../coordinator/session-state.ts";
import { errorToMessage } from "../../../proto/error-message.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { SessionEventSchema } from "../../../proto/gen/arras/v1/session_pb.ts";
import { sessionRecord } from "../../fakes/session-plans.ts";

const states: Record<SessionState["t"], SessionState> = {
  queued: { t: "queued" },
  starting: { t: "starting" },
  preparing: { t: "preparing", connectedAtMs: 1 },
  rendering: { t: "rendering", connectedAtMs: 1, preparedAtMs: 2 },
  paused: { t: "paused", connectedAtMs: 1, preparedAtMs: 2 },
  finished: { t: "finished" },
  stopped: { t: "stopped" },
  holes: { t: "holes" },
  failed: { t: "failed", error: new ArrasError("internal", { message: "m", action: "a" }) },
};
const names = Object.keys(states) as SessionState["t"][];

describe("session states", () => {
  it.each(names.flatMap((from) => names.map((to) => [from, to] as const)))(
    "%s -> %s: as the table says",
    (from, to) => {
      const allowed: readonly string[] = sessionTransitions[from];
      if (allowed.includes(to)) expect(changeState(states[from], states[to])).toBe(states[to]);
      else expect(() => changeState(states[from], states[to])).toThrow(`from ${from} to ${to}`);
    },
  );

  it("final -> exactly those that nothing follows, each reachable from every other", () => {
    expect(names.filter((name) => isFinal(states[name]))).toEqual(["finished", "stopped", "holes", "failed"]);
    for (const name of names.filter((each) => !isFinal(states[each]))) {
      expect(sessionTransitions[name]).toEqual(expect.arrayContaining(["stopped", "failed"]));
    }
  });

  it("as messages -> all different, none malformed", () => {
    const messages = names.map((name) => stateToMessage(states[name]));
    expect(new Set(messages).size).toBe(names.length);
    expect(messages).not.toContain(0);
  });

  it("written into a record and read again -> the same, with this clock's times", () => {
    const times = { connectedAtMs: 3, preparedAtMs: 4 };
    for (const name of names) {
      const error = errorToMessage(new ArrasError("internal", { message: "m", action: "a" }));
      const final = create(SessionEventSchema, name === "failed" ? { error } : {});
      const record = sessionRecord({ state: stateToMessage(states[name]), final });
      expect(stateFromRecord(record, times)).toMatchObject(
        name === "failed" ? { t: name, error: { code: "internal", message: "m" } } : { t: name },
      );
    }
    const rendering = sessionRecord({ state: stateToMessage(states.rendering) });
    expect(stateFromRecord(rendering, times)).toEqual({ t: "rendering", ...times });
  });
});
