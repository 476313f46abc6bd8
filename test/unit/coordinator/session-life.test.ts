import { expect, it } from "vitest";
import { SessionLife } from "../../../coordinator/session-life.ts";

function life({ isOurs = true } = {}) {
  const told: string[] = [];
  const world = {
    journal: { record: ({ t }: { readonly t: string }) => told.push(t) },
    mayAct: () => isOurs,
    save: () => {
      told.push("saved");
      return undefined;
    },
  };
  return { life: new SessionLife("s", world, { t: "queued" }), told };
}

it("it changes -> that is told, and kept where the store is to have it; going on in a known state is no news", () => {
  const { life: session, told } = life();
  session.resume({ t: "starting" });
  expect(told).toEqual([]);
  session.change({ t: "preparing", connectedAtMs: 1 });
  expect(told).toEqual(["session-preparing", "saved"]);
  session.set({ t: "stopped" });
  expect(told).toEqual(["session-preparing", "saved", "session-stopped"]);
  expect(session.isFinal).toBe(true);
});

it("a change that there is not -> throws, and nothing is told", () => {
  const { life: session, told } = life();
  expect(() => session.change({ t: "rendering", connectedAtMs: 1, preparedAtMs: 1 })).toThrow(/queued to rendering/);
  expect(told).toEqual([]);
  expect(session.state.t).toBe("queued");
});

it("it is not ours, or was given up -> nobody may act for it", () => {
  expect(life({ isOurs: false }).life.mayAct()).toBe(false);
  const { life: session } = life();
  expect(session.mayAct()).toBe(true);
  session.isAbandoned = true;
  expect(session.mayAct()).toBe(false);
});
